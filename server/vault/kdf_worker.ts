/**
 * The Worker that runs Argon2id: started without any permission, given one task after another, ended by its maker. What it
 * needs for a task, up to gigabytes, goes back to the system when the task is done.
 */

/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />

import { argon2id } from "hash-wasm";
import type { KdfTask } from "./kdf.ts";

self.onmessage = async ({ data }: MessageEvent<KdfTask>) => {
  try {
    const key = await derive(data);
    self.postMessage(key, [key.buffer]);
  } catch (error) {
    self.postMessage(String(error));
  }
  await giveMemoryBack();
};

/**
 * WebAssembly's memory goes back when it is collected as garbage, and a Worker that waits collects none. Memory that is
 * asked for and never touched costs nothing, and makes the engine collect: seen with 256 MiB, which then were gone.
 */
async function giveMemoryBack(): Promise<void> {
  for (let round = 0; round < 16; round++) {
    new ArrayBuffer(64 * 1024 * 1024);
    await new Promise((resolve) => setTimeout(resolve));
  }
}

/** The key; what goes wrong is about parameters and memory, never about the password. */
async function derive({ password, salt, parameters }: KdfTask): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const hash = await argon2id({
      password,
      salt,
      memorySize: parameters.memoryKib,
      iterations: parameters.passes,
      parallelism: parameters.lanes,
      hashLength: 32,
      outputType: "binary",
    });
    const key = hash.slice();
    hash.fill(0);
    return key;
  } finally {
    password.fill(0);
  }
}
