/**
 * Requests by route and outcome, and how long they took, in the form that Prometheus reads. Labels are routes of the
 * access table and statuses: nothing that a caller chose, so their number is bounded and no name leaks into them.
 */

import { Counter, Histogram, type Registry } from "prom-client";

/** Seconds. A release takes about one millisecond, a password's proof a second or two. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

const REQUESTS = {
  name: "cortex_http_requests_total",
  help: "Requests that were answered, by route and status",
  labels: ["route", "status"],
} as const;

const DURATIONS = {
  name: "cortex_http_request_duration_seconds",
  help: "From the request to the head of its answer, by who may call the route",
  labels: ["caller"],
} as const;

/** What is counted as it happens, since the vault was unsealed. */
export const COUNTED = [REQUESTS, DURATIONS] as const;

export class RequestMetrics {
  readonly #requests: Counter<"route" | "status">;
  readonly #durations: Histogram<"caller">;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#requests = new Counter({ ...REQUESTS, labelNames: REQUESTS.labels, registers });
    this.#durations = new Histogram({
      ...DURATIONS,
      labelNames: DURATIONS.labels,
      buckets: BUCKETS,
      registers,
    });
  }

  /** To be called with each answer. `route` and `caller` are those of the access table. */
  answered(route: string, caller: string, status: number, seconds: number): void {
    this.#requests.inc({ route, status: String(status) });
    this.#durations.observe({ caller }, seconds);
  }
}
