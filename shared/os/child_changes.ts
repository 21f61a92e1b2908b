/**
 * What happens to a child of this process: it is stopped, and it ends. The end is only looked at: the child stays a
 * zombie, its number taken, until this process itself has ended or reaps it.
 */

import { cBuffer } from "./c_memory.ts";
import { type Ending, endingBySignal } from "./child.ts";
import { libc } from "./libc.ts";

export type ChildChange =
  | { readonly kind: "stopped" }
  | { readonly kind: "ended"; readonly ending: Ending };

/** A wait is interrupted by signals; that many times in a row it is no interruption. */
const MAX_TRIES = 1000;
const P_PID = 1;
const WNOHANG = 1;
/** siginfo_t: `si_code` is at 8 on both systems; its numbers are POSIX's in practice (CLD_EXITED, CLD_STOPPED). */
const CODE_OFFSET = 8;
const CLD_EXITED = 1;
const CLD_STOPPED = 5;

/** Waits for the next stop, or for the end. */
export async function nextChange(pid: number): Promise<ChildChange> {
  const { WEXITED, WSTOPPED, WNOWAIT, SIGINFO_BYTES, STATUS_OFFSET } = libc().numbers.wait;
  const info = cBuffer(SIGINFO_BYTES);
  const view = new DataView(info.buffer);
  for (
    let tries = 0;
    await libc().posix.waitid(P_PID, pid, info, WEXITED | WSTOPPED | WNOWAIT) !== 0;
    tries++
  ) {
    if (tries === MAX_TRIES) throw new Error("this is no child of ours");
  }
  const code = view.getInt32(CODE_OFFSET, true);
  const status = view.getInt32(STATUS_OFFSET, true);
  if (code === CLD_STOPPED) {
    // Taken, or the same stop would be told again and again.
    await libc().posix.waitid(P_PID, pid, info, WSTOPPED | WNOHANG);
    return { kind: "stopped" };
  }
  return { kind: "ended", ending: code === CLD_EXITED ? { code: status } : endingBySignal(status) };
}
