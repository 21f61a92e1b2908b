/**
 * Signals to us are signals to the child: its process group is not ours, so that nothing reaches it by itself.
 * Installed once the child runs; before that, the default action is what a person wants.
 */

import { FORWARDED_SIGNALS, type ForwardedSignal } from "../../shared/socket/messages.ts";

type Forward = (name: ForwardedSignal) => Promise<void>;

/** Calls back for every forwarded signal, from now until the process ends. The child is on pipes. */
export function forwardSignals(forward: Forward): void {
  listen(FORWARDED_SIGNALS, async (name) => {
    await forward(name);
    if (name !== "SIGTSTP") return;
    // Our listener took the stop away from us; the shell waits to see it.
    const { stopSelf } = await import("./stop_self.ts");
    stopSelf();
  });
}

/**
 * The same for a child on a terminal of its own. A stop comes from there, by {@linkcode CallerTerminal.suspend}, so that
 * SIGTSTP keeps its default action here; and a new size is told to the terminal, which tells the child.
 */
export function forwardTerminalSignals(forward: Forward, onResize: () => void, onContinue: () => void): void {
  const plain = FORWARDED_SIGNALS.filter((name) => name !== "SIGTSTP" && name !== "SIGWINCH");
  listen(plain, async (name) => {
    if (name === "SIGCONT") onContinue();
    await forward(name);
  });
  Deno.addSignalListener("SIGWINCH", onResize);
}

function listen(names: readonly ForwardedSignal[], forward: Forward): void {
  for (const name of names) Deno.addSignalListener(name, () => void forward(name));
}
