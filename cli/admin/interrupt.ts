/** Long work that Ctrl-C ends in order: what was begun is taken back before the program goes. */

import { VaultError } from "../../shared/errors.ts";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** @throws VaultError `client.interrupted` once a signal came and the work has ended */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const interrupt = () =>
    controller.abort(new VaultError("client.interrupted", "Interrupted, so nothing was kept; start again"));
  for (const signal of SIGNALS) Deno.addSignalListener(signal, interrupt);
  try {
    return await work(controller.signal);
  } finally {
    for (const signal of SIGNALS) Deno.removeSignalListener(signal, interrupt);
  }
}
