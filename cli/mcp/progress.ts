/** Tells a client that asked for it that a run still goes on, so that it does not take silence for a failure. */

import { SECOND } from "../../shared/clock.ts";

/** What of a call is needed; the SDK's context has it. */
export interface ProgressContext {
  readonly _meta?: { readonly progressToken?: string | number | undefined } | undefined;
  readonly sendNotification: (notification: {
    method: "notifications/progress";
    params: { progressToken: string | number; progress: number; message: string };
  }) => Promise<void>;
}

const EVERY = 5 * SECOND;

export class Progress implements Disposable {
  readonly #timer: ReturnType<typeof setInterval> | undefined;

  constructor({ _meta, sendNotification }: ProgressContext) {
    const progressToken = _meta?.progressToken;
    if (progressToken === undefined) return;
    let progress = 0;
    this.#timer = setInterval(() => {
      progress += EVERY / SECOND;
      const params = { progressToken, progress, message: `still running after ${progress} s` };
      sendNotification({ method: "notifications/progress", params }).catch(() => {});
    }, EVERY);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
