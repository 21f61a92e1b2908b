/** `/project/leaks`: what daemons tell of programs that printed values. */

import { LeakReport, LeakReportAnswer } from "../../shared/api/leaks.ts";
import { projectEndpoint } from "../http/endpoint.ts";
import type { Routes } from "../http/mount.ts";
import type { ProjectLeakService } from "../services/release/project_leaks.ts";

export function projectLeakRoutes(leaks: ProjectLeakService): Routes {
  return {
    "POST /project/leaks/:project": projectEndpoint(
      { body: LeakReport, answer: LeakReportAnswer },
      ({ caller, body }) => leaks.report(caller, body),
    ),
  };
}
