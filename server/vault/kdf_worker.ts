/** The Worker that runs Argon2id: started without any permission, given one task, ended by its maker. */

/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />

import { argon2id } from "hash-wasm";
import type { KdfTask } from "./kdf.ts";

self.onmessage = async ({ data }: MessageEvent<KdfTask>) => {
  self.postMessage(await derive(data).catch((error: unknown) => String(error)));
};

/** The key; what goes wrong is about parameters and memory, never about the password. */
function derive({ password, salt, parameters }: KdfTask): Promise<Uint8Array> {
  return argon2id({
    password,
    salt,
    memorySize: parameters.memoryKib,
    iterations: parameters.passes,
    parallelism: parameters.lanes,
    hashLength: 32,
    outputType: "binary",
  }).finally(() => password.fill(0));
}
