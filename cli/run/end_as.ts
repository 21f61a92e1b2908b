/**
 * Ends this process as the program ended. A shell that sees death by SIGINT stops its loop; an exit code of 130 would
 * make it go on.
 */

import type { Exited } from "../../shared/socket/messages.ts";

const SIG_DFL = 0n;

/** The program's exit code; does not return where a signal killed the program and can kill us. */
export async function endAs({ code, signal }: Exited): Promise<number> {
  if (signal !== undefined) await dieBy(signal);
  return code;
}

async function dieBy(name: string): Promise<void> {
  const { libc } = await import("../../shared/os/libc.ts");
  const { cBuffer } = await import("../../shared/os/c_memory.ts");
  const { posix, numbers } = libc();
  const number = Object.entries(numbers.signals).find(([known]) => known === name)?.[1];
  if (number === undefined) return;
  // The program may have left a core of its own; one of ours is of no use to anybody.
  posix.setrlimit(numbers.RLIMIT_CORE, cBuffer(RLIMIT_BYTES));
  posix.signal(number, SIG_DFL);
  posix.kill(Deno.pid, number);
}

const RLIMIT_BYTES = 16;
