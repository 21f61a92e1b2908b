/**
 * The sealed part of a database of the predecessor (sections 3.6 and 3.7 of the wire contract): a KEK from its password,
 * proved against its sentinel, and envelopes without associated data.
 */

import type { Argon2Parameters } from "../../shared/crypto/argon2_parameters.ts";
import { aeadOpen } from "../../shared/crypto/aead.ts";
import { hmacSha256 } from "../../shared/crypto/hash.ts";
import type { KeyStorage, StoredKey } from "../../shared/crypto/key_storage.ts";
import { wipe } from "../../shared/crypto/wipe.ts";
import { fromBase64, fromUtf8 } from "../../shared/encoding.ts";
import { StartupError } from "../startup_error.ts";
import { type DeriveKey, passwordBytes } from "../vault/kdf.ts";
import type { LegacySeal } from "./legacy_rows.ts";

/** Fixed in its code, not stored. */
export const LEGACY_ARGON2: Argon2Parameters = { memoryKib: 64 * 1024, passes: 3, lanes: 1 };

const SENTINEL = "CORTEX_AUTH_KEK_SENTINEL_v1";
const AUDIT_KEY_LABEL = "cortex-auth/audit-mac-v1";
const NOTHING_ASSOCIATED = new Uint8Array();

export class LegacyVault {
  readonly #kek: StoredKey;

  private constructor(kek: StoredKey) {
    this.#kek = kek;
  }

  /** @throws StartupError where the password does not open the sentinel */
  static async unseal(
    seal: LegacySeal,
    password: string,
    { derive, storage }: { readonly derive: DeriveKey; readonly storage: KeyStorage },
  ): Promise<LegacyVault> {
    const vault = LegacyVault.withKek(seal, await deriveLegacyKek(seal.salt, password, derive), storage);
    if (vault !== undefined) return vault;
    throw new StartupError("The password of the old vault is wrong; start again with the right one");
  }

  /** Takes a KEK over, or wipes it and gives undefined where it does not open the sentinel. */
  static withKek(seal: LegacySeal, kek: Uint8Array, storage: KeyStorage): LegacyVault | undefined {
    const proof = openBlob(kek, seal.sentinel_ciphertext);
    if (proof !== undefined && fromUtf8(proof) === SENTINEL) return new LegacyVault(storage.store(kek));
    wipe(kek);
    return undefined;
  }

  /** The plaintext, to be wiped by the caller, or undefined where it does not open. */
  open(body: string, wrappedDek: string): Uint8Array<ArrayBuffer> | undefined {
    const dek = this.#kek.use((kek) => openBlob(kek, wrappedDek));
    if (dek?.byteLength !== 32) return undefined;
    try {
      return openBlob(dek, body);
    } finally {
      wipe(dek);
    }
  }

  /** The key of the chain of its log. */
  auditKey(): Uint8Array {
    return this.#kek.use((kek) => hmacSha256(kek, AUDIT_KEY_LABEL));
  }

  wipe(): void {
    this.#kek.wipe();
  }
}

/** @throws StartupError for a salt that is none */
export async function deriveLegacyKek(
  salt: string,
  password: string,
  derive: DeriveKey,
): Promise<Uint8Array<ArrayBuffer>> {
  const saltBytes = fromBase64(salt);
  if (saltBytes === undefined || saltBytes.byteLength < 8) {
    throw new StartupError("The old database has no sound salt; restore it from a backup");
  }
  const bytes = passwordBytes(password);
  try {
    return await derive(bytes, saltBytes, LEGACY_ARGON2);
  } finally {
    wipe(bytes);
  }
}

/** Nonce, ciphertext and tag in base64, as `shared/crypto/aead.ts` lays them out too. */
function openBlob(key: Uint8Array, blob: string): Uint8Array<ArrayBuffer> | undefined {
  const bytes = fromBase64(blob);
  return bytes === undefined ? undefined : aeadOpen(key, bytes, NOTHING_ASSOCIATED);
}
