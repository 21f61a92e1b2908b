/** The Worker that runs Argon2id: started without any permission, given one task, ended by its maker. */

/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />

import { argon2id } from "hash-wasm";
import type { KdfTask } from "./kdf.ts";

self.onmessage = async ({ data }: MessageEvent<KdfTask>) => {
  const { password, salt, parameters } = data;
  const key = await argon2id({
    password,
    salt,
    memorySize: parameters.memoryKib,
    iterations: parameters.passes,
    parallelism: parameters.lanes,
    hashLength: 32,
    outputType: "binary",
  });
  password.fill(0);
  self.postMessage(key);
  key.fill(0);
};
