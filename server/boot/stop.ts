/**
 * The end of the server: on the first signal requests that run are finished and no other is taken, then audit, database
 * and keys are closed in this order. A second signal ends it at once; what was answered is durable either way.
 */

import type { Logger } from "../log.ts";
import type { InFlight } from "./in_flight.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** How long running requests get. Shorter than what systemd and container runtimes wait before they kill. */
export const STOP_DEADLINE_MS = 8_000;

/** Resolves with the name of the first signal; `atOnce` runs at the second. */
export function firstSignal(atOnce: () => void): Promise<string> {
  return new Promise((resolve) => {
    let seen = false;
    for (const signal of SIGNALS) {
      Deno.addSignalListener(signal, () => {
        if (seen) atOnce();
        seen = true;
        resolve(signal);
      });
    }
  });
}

/** Finishes what runs and closes the listener; connections that are still busy after the deadline are cut. */
export async function drain(
  { server, abort, inFlight }: { server: Deno.HttpServer; abort: AbortController; inFlight: InFlight },
  log: Logger,
): Promise<void> {
  const finished = await inFlight.finish(STOP_DEADLINE_MS);
  if (!finished) {
    log.warn("requests did not finish in time and are cut off", { deadline_ms: STOP_DEADLINE_MS });
    abort.abort();
  }
  await server.shutdown();
  await server.finished;
}
