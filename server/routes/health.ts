/** `/healthz`: the process answers. `/readyz`: it can serve. For supervisors and load balancers. */

import { Health, Readiness } from "../../shared/api/health.ts";
import { publicEndpoint } from "../http/endpoint.ts";
import type { Routes } from "../http/mount.ts";
import type { HealthService } from "../services/health.ts";

export function healthRoutes(health: HealthService): Routes {
  return {
    "GET /healthz": publicEndpoint({ answer: Health }, async () => ({ status: "ok" as const })),
    "GET /readyz": publicEndpoint({ answer: Readiness }, async () => {
      await health.checkReady();
      return { status: "ready", sealed: false, database: "ok", audit: "ok" } as const;
    }),
  };
}
