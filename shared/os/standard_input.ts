/**
 * Takes the terminal away from standard input. A program that gave permissions up must not ask for them back: on a
 * terminal Deno would stop everything and prompt, and a tired operator might press `A`. Without a terminal it refuses.
 */

import { closeFd, openPath } from "./descriptor.ts";
import { libc } from "./libc.ts";
import { check } from "./os_error.ts";

const STANDARD_INPUT = 0;
const O_RDONLY = 0;

/** From now on standard input is empty. Keys such as Ctrl-C still reach the program. @throws OsError */
export function emptyStandardInput(): void {
  const nothing = openPath("/dev/null", O_RDONLY);
  try {
    check("dup2", libc().posix.dup2(nothing, STANDARD_INPUT));
  } finally {
    closeFd(nothing);
  }
}
