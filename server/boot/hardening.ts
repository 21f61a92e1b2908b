/**
 * What keeps keys out of swap, core dumps and other processes of the same user. What cannot be had is said in the log,
 * never skipped in silence; the server starts all the same, since an operator may have no other machine.
 */

import { heapKeyStorage, type KeyStorage } from "../../shared/crypto/key_storage.ts";
import { hardenProcess, PRELOAD_VARIABLES } from "../../shared/os/hardening.ts";
import { lockedKeyStorage } from "../../shared/os/locked_key_storage.ts";
import { emptyStandardInput } from "../../shared/os/standard_input.ts";
import type { ProtectionStep } from "../../shared/os/protection.ts";
import type { Logger } from "../log.ts";

/** Hardens the process and gives the storage for keys. To be called before the password is read. */
export function harden(log: Logger, env: (name: string) => string | undefined): KeyStorage {
  for (const variable of PRELOAD_VARIABLES.filter((name) => env(name) !== undefined)) {
    log.warn("foreign code may be loaded into this program", { variable });
  }
  try {
    const storage = lockedKeyStorage();
    report(log, [...hardenProcess(), ...storage.steps]);
    return storage;
  } catch (error) {
    log.warn("the process is not hardened and keys are kept on the heap", { error });
    return heapKeyStorage;
  }
}

/** To be called once the password was read: from then on nobody is asked anything on the terminal. */
export function leaveTerminal(log: Logger): void {
  try {
    emptyStandardInput();
  } catch (error) {
    log.warn("standard input stays open: on a terminal, do not allow what Deno may ask for", { error });
  }
}

function report(log: Logger, steps: readonly ProtectionStep[]): void {
  for (const { step, reason } of steps.filter(({ done }) => !done)) {
    log.warn("not protected", { step, reason });
  }
  log.info("protected", { steps: steps.filter(({ done }) => done).map(({ step }) => step) });
}
