/** `/metrics`: what a monitoring system asks for every few seconds. */

import { textAnswer } from "../http/answer.ts";
import { adminEndpoint } from "../http/endpoint.ts";
import type { Routes } from "../http/mount.ts";
import { EXPOSITION_TYPE } from "../metrics/exposition.ts";
import type { MetricsService } from "../services/metrics.ts";

export function metricsRoutes(metrics: MetricsService): Routes {
  return {
    "GET /metrics": adminEndpoint(
      { answerTypes: ["text/plain"] },
      async ({ caller }) => textAnswer(await metrics.read(caller), EXPOSITION_TYPE),
    ),
  };
}
