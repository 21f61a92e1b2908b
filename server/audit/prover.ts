/**
 * What is derived from the audit key, and so lives as long as the log does, through every rotation of the KEK and of the
 * keys that sign tokens: the MAC of the tail record, and the Ed25519 key that signs heads and checkpoints.
 */

import {
  publicKeyOf,
  sign,
  type SigningKey,
  signingKey,
  verify,
  verifyingKey,
} from "../../shared/crypto/ed25519.ts";
import { hmacSha256 } from "../../shared/crypto/hash.ts";
import type { StoredKey } from "../../shared/crypto/key_storage.ts";
import { wipe } from "../../shared/crypto/wipe.ts";
import { joinBytes } from "../../shared/bytes.ts";
import { toHex, utf8 } from "../../shared/encoding.ts";
import type { AuditPages } from "../store/audit_pages.ts";
import type { ChainTail } from "../store/writer.ts";
import { type ChainVerdict, verifyChain, type VerifyOptions } from "./verify.ts";

/** What stands for rows that are gone: the last of them, and the root of the tree up to it. */
export interface Checkpoint extends ChainTail {
  readonly root: Uint8Array;
}

const HEAD_KEY_PURPOSE = "cortexauth/audit-head-key/v1";
const TAIL_DOMAIN = "cortexauth/audit-tail/v1";

export class AuditProver {
  readonly #key: StoredKey;
  #signing: SigningKey | undefined;

  /** Uses the key as long as its owner keeps it. */
  constructor(key: StoredKey) {
    this.#key = key;
  }

  /** Raw Ed25519 public key, 32 bytes. */
  get publicKey(): Uint8Array<ArrayBuffer> {
    return publicKeyOf(this.#signingKey);
  }

  /** A signature, 64 bytes. */
  sign(message: Uint8Array): Uint8Array {
    return sign(this.#signingKey, message);
  }

  /** Whether a signature of ours stands under the checkpoint. */
  vouchesFor(checkpoint: Checkpoint, signature: Uint8Array): boolean {
    return verify(verifyingKey(this.publicKey), checkpointMessage(checkpoint), signature);
  }

  /** The MAC of the record that the log ends here. */
  tailMac({ seq, mac }: ChainTail): Uint8Array {
    const message = joinBytes(utf8(`${TAIL_DOMAIN}\n${seq}\n`), mac);
    return this.#key.use((key) => hmacSha256(key, message));
  }

  /** {@linkcode verifyChain} under the audit key. */
  verifyRows(pages: AuditPages, options: VerifyOptions = {}): Promise<ChainVerdict> {
    return verifyChain(pages, this.#key, options);
  }

  /** Forgets the signing key. */
  close(): void {
    this.#signing = undefined;
  }

  get #signingKey(): SigningKey {
    return this.#signing ??= this.#derive();
  }

  #derive(): SigningKey {
    const seed = this.#key.use((key) => hmacSha256(key, HEAD_KEY_PURPOSE));
    try {
      return signingKey(seed);
    } finally {
      wipe(seed);
    }
  }
}

/** What the signature of a checkpoint covers. */
export function checkpointMessage({ seq, mac, root }: Checkpoint): Uint8Array {
  return utf8(`cortexauth/audit-checkpoint/v1\n${seq}\n${toHex(mac)}\n${toHex(root)}\n`);
}
