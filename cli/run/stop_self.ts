/** Stops this process as Ctrl-Z would: `Deno.kill` would need the right to run programs. */

import { libc } from "../../shared/os/libc.ts";

/** signal.h; the only number that differs between the two systems among those we send to ourselves. */
const SIGSTOP = Deno.build.os === "darwin" ? 17 : 19;

/** Returns when somebody has continued us. */
export function stopSelf(): void {
  libc().posix.kill(Deno.pid, SIGSTOP);
}
