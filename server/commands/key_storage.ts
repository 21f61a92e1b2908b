/** Where a command keeps keys while it runs: as the server does, and saying so where it cannot. */

import { heapKeyStorage, type KeyStorage } from "../../shared/crypto/key_storage.ts";
import { hardenProcess } from "../../shared/os/hardening.ts";
import { lockedKeyStorage } from "../../shared/os/locked_key_storage.ts";
import type { CommandIo } from "./command.ts";

/** To be called before a password is read. */
export function commandKeyStorage(io: CommandIo): KeyStorage {
  try {
    const storage = lockedKeyStorage();
    hardenProcess();
    return storage;
  } catch {
    io.say("cortex-server: this process is not hardened and keeps keys on the heap");
    return heapKeyStorage;
  }
}
