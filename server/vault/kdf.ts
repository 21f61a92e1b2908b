/**
 * From the operator's password to the KEK: Argon2id (RFC 9106) in a Worker that may do nothing but compute. The Worker
 * ends with its memory as soon as the key is there.
 */

import { AEAD_KEY_BYTES } from "../../shared/crypto/aead.ts";
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
  /** Moves over to the Worker, which wipes it. */
  readonly password: Uint8Array<ArrayBuffer>;
  readonly salt: Uint8Array;
  readonly parameters: Argon2Parameters;
}

/** {@linkcode DeriveKey} by Argon2id in a Worker. The password stays the caller's. */
export const deriveByArgon2id: DeriveKey = async (password, salt, parameters) => {
  const worker = startWorker();
  const task: KdfTask = { password: password.slice(), salt: salt.slice(), parameters };
  try {
    return await answerOf(worker, task);
  } finally {
    worker.terminate();
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

/**
 * Hands a task over and waits for its key. One at a time. Password and key move and are not copied: copies that messages are
 * made of would stay in freed memory.
 */
export function answerOf(worker: Worker, task: KdfTask): Promise<Uint8Array<ArrayBuffer>> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => {
      if (isKey(data)) resolve(data);
      else reject(new Error(`the key derivation failed: ${data}`));
    };
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(`the key derivation failed: ${event.message}`));
    };
    worker.postMessage(task, [task.password.buffer]);
  });
}

function isKey(data: unknown): data is Uint8Array<ArrayBuffer> {
  return data instanceof Uint8Array && data.byteLength === AEAD_KEY_BYTES &&
    data.buffer instanceof ArrayBuffer;
}
