/** `/admin/reach`, `/admin/policies/test` and `/admin/usage`. */

import { PolicyTest, PolicyTestQuery, Reach, ReachQuery, Usage, UsageQuery } from "../../shared/api/reach.ts";
import { adminEndpoint } from "../http/endpoint.ts";
import type { Routes } from "../http/mount.ts";
import type { ReachService } from "../services/projects/reach.ts";
import type { UsageService } from "../services/projects/usage.ts";

export function reachRoutes(reach: ReachService, usage: UsageService): Routes {
  return {
    "GET /admin/reach": adminEndpoint(
      { query: ReachQuery, answer: Reach },
      ({ caller, query }) => reach.read(caller, query),
    ),
    "GET /admin/policies/test": adminEndpoint(
      { query: PolicyTestQuery, answer: PolicyTest },
      ({ caller, query }) => reach.test(caller, query),
    ),
    "GET /admin/usage": adminEndpoint(
      { query: UsageQuery, answer: Usage },
      ({ caller, query }) => usage.read(caller, query),
    ),
  };
}
