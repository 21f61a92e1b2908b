/**
 * Input from a terminal, taken only while we are in its foreground: a job in the background that tries to read is
 * stopped by the system, although its program may want no input at all (`cortex run -- server &`).
 */

import { cBuffer } from "../../shared/os/c_memory.ts";
import { libc } from "../../shared/os/libc.ts";

const STDIN = 0;
const POLLIN = 0x1;
const POLLFD_BYTES = 8;
/** How soon a job that comes to the foreground notices it. */
const LOOK_EVERY_MS = 200;

/** Bytes read, null at the end of input. Waits as long as we are in the background. */
export async function readTerminal(buffer: Uint8Array): Promise<number | null> {
  while (!await hasInput() || !inForeground()) {
    if (!inForeground()) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return await Deno.stdin.read(buffer);
}

function inForeground(): boolean {
  const { tcgetpgrp, getpgrp } = libc().posix;
  return tcgetpgrp(STDIN) === getpgrp();
}

/** Waits a moment for input; does not take it, so that the system has nothing against it in the background. */
async function hasInput(): Promise<boolean> {
  const pollfd = cBuffer(POLLFD_BYTES);
  const view = new DataView(pollfd.buffer);
  view.setInt32(0, STDIN, true);
  view.setInt16(4, POLLIN, true);
  return await libc().posix.poll(pollfd, 1n, LOOK_EVERY_MS) > 0;
}
