/** A turn of the event loop. */

import { setImmediate } from "node:timers";

/** Resolves after the events that are ready now were handled: sockets are read, handlers run. No timer is involved. */
export function nextMacrotask(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
