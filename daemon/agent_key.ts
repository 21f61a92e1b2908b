/**
 * The agent's private key while the daemon runs: its seed lies on a locked page, and a key object is made of it for the
 * moment of a signature. Signatures by it are rare: one for each session, one for each discover.
 */

import { decodeKeyText, KEY_BYTES, sign, signingKey } from "../shared/crypto/ed25519.ts";
import type { KeyStorage, StoredKey } from "../shared/crypto/key_storage.ts";
import { wipe } from "../shared/crypto/wipe.ts";
import { fromUtf8 } from "../shared/encoding.ts";
import { VaultError } from "../shared/errors.ts";
import type { AgentId } from "../shared/names.ts";
import { readPrivateFile } from "../shared/os/private_file.ts";

export class AgentKey {
  readonly #seed: StoredKey;

  /** Takes the 32 bytes of the seed over: the given array is wiped. */
  constructor(seed: Uint8Array, storage: KeyStorage) {
    this.#seed = storage.store(seed);
  }

  /** 64 bytes. */
  sign(message: Uint8Array): Uint8Array {
    return this.#seed.use((seed) => sign(signingKey(seed), message));
  }

  wipe(): void {
    this.#seed.wipe();
  }
}

/** Reads `<directory>/agent-<id>.key`. @throws VaultError `client.file_unsafe`, `client.not_logged_in` */
export function loadAgentKey(directory: string, agentId: AgentId, storage: KeyStorage): AgentKey {
  const path = `${directory}/agent-${agentId}.key`;
  const bytes = readPrivateFile(path);
  if (bytes === undefined) {
    throw new VaultError(
      "client.not_logged_in",
      `The agent's key ${path} is missing; run cortex daemon login`,
    );
  }
  try {
    const seed = decodeKeyText(fromUtf8(bytes)?.trim() ?? "");
    if (seed?.byteLength !== KEY_BYTES) {
      throw new VaultError("client.file_unsafe", `${path} holds no agent key`);
    }
    return new AgentKey(seed, storage);
  } finally {
    wipe(bytes);
  }
}
