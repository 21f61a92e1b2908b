/** Time that passes, as a value: so that no test waits for a renewal, a back-off or a grace. */

import { type Clock, systemClock } from "../shared/clock.ts";

export interface Timers extends Clock {
  /** Runs the action once after so many milliseconds; the result calls it off. */
  after(milliseconds: number, action: () => void): () => void;
}

/** `setTimeout` holds no more than 31 bits: 24 days. */
const LONGEST = 2 ** 31 - 1;

/** The clock on the wall. A timer does not keep the process alive. */
export const systemTimers: Timers = {
  now: () => systemClock.now(),
  after: (milliseconds, action) => {
    const id = setTimeout(action, Math.min(milliseconds, LONGEST));
    Deno.unrefTimer(id);
    return () => clearTimeout(id);
  },
};

/** Resolves after so many milliseconds. */
export function delay(timers: Timers, milliseconds: number): Promise<void> {
  return new Promise((resolve) => timers.after(milliseconds, resolve));
}
