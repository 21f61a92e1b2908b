/** `/metrics`: what a monitoring system asks for every few seconds. */

import { textAnswer } from "../http/answer.ts";
import { adminEndpoint } from "../http/endpoint.ts";
import type { Routes } from "../http/mount.ts";
import type { MetricsService } from "../services/metrics.ts";

const TYPE = "text/plain; version=0.0.4; charset=utf-8";

export function metricsRoutes(metrics: MetricsService): Routes {
  return {
    "GET /metrics": adminEndpoint(
      { answerTypes: ["text/plain"] },
      async ({ caller }) => textAnswer(await metrics.read(caller), TYPE),
    ),
  };
}
