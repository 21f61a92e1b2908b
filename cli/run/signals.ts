/**
 * Signals to us are signals to the child: its process group is not ours, so that nothing reaches it by itself.
 * Installed once the child runs; before that, the default action is what a person wants.
 */

import { FORWARDED_SIGNALS, type ForwardedSignal } from "../../shared/socket/messages.ts";

/** Calls back for every forwarded signal, from now until the process ends. */
export function forwardSignals(forward: (name: ForwardedSignal) => Promise<void>): void {
  for (const name of FORWARDED_SIGNALS) {
    Deno.addSignalListener(name, () => void onSignal(name, forward));
  }
}

async function onSignal(
  name: ForwardedSignal,
  forward: (name: ForwardedSignal) => Promise<void>,
): Promise<void> {
  await forward(name);
  if (name !== "SIGTSTP") return;
  // Our listener took the stop away from us; the shell waits to see it.
  const { stopSelf } = await import("./stop_self.ts");
  stopSelf();
}
