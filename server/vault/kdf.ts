/**
 * From the operator's password to the KEK: Argon2id (RFC 9106) in a Worker that may do nothing but compute. The Worker
 * ends with its memory as soon as the key is there.
 */

import { AEAD_KEY_BYTES } from "../../shared/crypto/aead.ts";
import { wipe } from "../../shared/crypto/wipe.ts";
import { utf8 } from "../../shared/encoding.ts";
import type { Argon2Parameters } from "../../shared/crypto/argon2_parameters.ts";

/** Derives 32 bytes from a password and a salt. */
export type DeriveKey = (
  password: Uint8Array,
  salt: Uint8Array,
  parameters: Argon2Parameters,
) => Promise<Uint8Array<ArrayBuffer>>;

/** The password's bytes: surrounding white space is not part of it (section 3.6 of the wire contract). */
export function passwordBytes(password: string): Uint8Array<ArrayBuffer> {
  return utf8(password.trim());
}

/** What the Worker is sent. */
export interface KdfTask {
  readonly password: Uint8Array;
  readonly salt: Uint8Array;
  readonly parameters: Argon2Parameters;
}

/** {@linkcode DeriveKey} by Argon2id in a Worker. Wipes its copy of the password, not the caller's. */
export const deriveByArgon2id: DeriveKey = async (password, salt, parameters) => {
  const worker = startWorker();
  const task: KdfTask = { password: password.slice(), salt: salt.slice(), parameters };
  try {
    return await answerOf(worker, task);
  } finally {
    worker.terminate();
    wipe(task.password);
  }
};

/** The Worker, which is loaded from a file: before permissions are given up. */
export function startWorker(): Worker {
  return new Worker(new URL("./kdf_worker.ts", import.meta.url), {
    type: "module",
    name: "kdf",
    deno: { permissions: "none" },
  });
}

/** Hands a task over and waits for its key. One at a time. */
export function answerOf(worker: Worker, task: KdfTask): Promise<Uint8Array<ArrayBuffer>> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => {
      if (data instanceof Uint8Array && data.byteLength === AEAD_KEY_BYTES) resolve(new Uint8Array(data));
      else reject(new Error(`the key derivation failed: ${data}`));
    };
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(`the key derivation failed: ${event.message}`));
    };
    worker.postMessage(task);
  });
}
