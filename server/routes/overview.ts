/** `/admin/overview` and `/admin/waiting`. */

import { Overview, Waiting } from "../../shared/api/overview.ts";
import { LOOKS } from "../access_table.ts";
import { adminEndpoint } from "../http/endpoint.ts";
import type { Routes } from "../http/mount.ts";
import type { OverviewService } from "../services/overview.ts";
import type { WaitingService } from "../services/approvals/waiting.ts";

export function overviewRoutes(overview: OverviewService, waiting: WaitingService): Routes {
  return {
    "GET /admin/overview": adminEndpoint({ answer: Overview }, ({ caller }) => overview.read(caller, LOOKS)),
    "GET /admin/waiting": adminEndpoint({ answer: Waiting }, ({ caller }) => waiting.count(caller)),
    "GET /admin/waiting/stream": adminEndpoint(
      { answerTypes: ["text/event-stream"] },
      async ({ caller }) =>
        new Response(await waiting.follow(caller), { headers: { "Content-Type": "text/event-stream" } }),
    ),
  };
}
