/**
 * Requests by route and outcome, and how long they took. Labels are routes of the access table and statuses: nothing
 * that a caller chose, so their number is bounded and no name leaks into them.
 */

import type { Metric, Sample } from "./exposition.ts";

/** Upper bounds in seconds. A release takes about one millisecond, a password's proof a second or two. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10] as const;

interface Durations {
  /** Answers within each bound; those beyond the last are in `count` alone. */
  readonly within: number[];
  count: number;
  sum: number;
}

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
  readonly #answers = new Map<string, Map<number, number>>();
  readonly #durations = new Map<string, Durations>();

  /** To be called with each answer. `route` and `caller` are those of the access table. */
  answered(route: string, caller: string, status: number, seconds: number): void {
    const statuses = entryOf(this.#answers, route, () => new Map<number, number>());
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    const durations = entryOf(this.#durations, caller, () => ({ within: [], count: 0, sum: 0 }));
    const bound = BOUNDS.findIndex((most) => seconds <= most);
    if (bound !== -1) durations.within[bound] = (durations.within[bound] ?? 0) + 1;
    durations.count += 1;
    durations.sum += seconds;
  }

  metrics(): Metric[] {
    return [
      {
        ...REQUESTS,
        type: "counter",
        samples: [...this.#answers].flatMap(([route, statuses]) =>
          [...statuses].map(([status, value]) => ({ labels: { route, status: String(status) }, value }))
        ),
      },
      {
        ...DURATIONS,
        type: "histogram",
        samples: [...this.#durations].flatMap(([caller, durations]) => histogram(caller, durations)),
      },
    ];
  }
}

/** Buckets of a histogram add up: each counts what is within its bound. */
function histogram(caller: string, { within, count, sum }: Durations): Sample[] {
  let soFar = 0;
  const buckets = BOUNDS.map((bound, at) => {
    soFar += within[at] ?? 0;
    return { suffix: "_bucket", labels: { caller, le: String(bound) }, value: soFar };
  });
  return [
    ...buckets,
    { suffix: "_bucket", labels: { caller, le: "+Inf" }, value: count },
    { suffix: "_sum", labels: { caller }, value: sum },
    { suffix: "_count", labels: { caller }, value: count },
  ];
}

function entryOf<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const known = map.get(key) ?? make();
  map.set(key, known);
  return known;
}
