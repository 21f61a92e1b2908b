/** `/project/secrets`, `/project/run` and `/project/config`: what the holder of a project token reads. */

import { textAnswer } from "../http/answer.ts";
import { projectEndpoint } from "../http/endpoint.ts";
import type { Routes } from "../http/mount.ts";
import type { ProjectConfigService } from "../services/project_config.ts";
import { RunReleaseRequest } from "../../shared/api/run_release.ts";
import type { ProjectRunService } from "../services/project_run.ts";
import type { ProjectSecretsService } from "../services/project_secrets.ts";

export function projectReadRoutes(
  secrets: ProjectSecretsService,
  runs: ProjectRunService,
  config: ProjectConfigService,
): Routes {
  return {
    "GET /project/secrets/:project": projectEndpoint(
      {},
      ({ caller, headOnly }) => secrets.read(caller, headOnly),
    ),
    "POST /project/run/:project": projectEndpoint(
      { body: RunReleaseRequest },
      ({ caller, body }) => runs.release(caller, body),
    ),
    "GET /project/config/:project/:app": projectEndpoint({}, async ({ caller, param }) => {
      const { text, contentType } = await config.render(caller, param("app"));
      return textAnswer(text, contentType);
    }),
  };
}
