/**
 * Key derivation for a server that has given its permissions up: a Worker that was loaded before, and waits. It costs some
 * megabytes while it waits; those of a derivation go back when it is done. One derivation at a time.
 */

import type { Argon2Parameters } from "../../shared/crypto/argon2_parameters.ts";
import { answerOf, type DeriveKey, type KdfTask, startWorker } from "./kdf.ts";

export interface KeptKdf {
  readonly derive: DeriveKey;
  /** Ends the Worker; a derivation that runs is abandoned. */
  close(): void;
}

/** Proves that the Worker is loaded: the smallest derivation that there is (RFC 9106, section 3.1). */
const SMALLEST: Argon2Parameters = { memoryKib: 8, passes: 1, lanes: 1 };

/** Starts the Worker and waits until it can derive. @throws Error where it cannot */
export async function keepKdf(): Promise<KeptKdf> {
  const worker = startWorker();
  let before: Promise<unknown> = Promise.resolve();
  const derive: DeriveKey = (password, salt, parameters) => {
    const task: KdfTask = { password: password.slice(), salt: salt.slice(), parameters };
    const mine = before.then(() => answerOf(worker, task));
    before = mine.catch(() => {});
    return mine;
  };
  await derive(new Uint8Array(8), new Uint8Array(8), SMALLEST);
  return { derive, close: () => worker.terminate() };
}
