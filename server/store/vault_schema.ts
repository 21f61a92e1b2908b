/** The rows of the vault itself: how it is sealed, its own keys, and their life. */

import type { Generated } from "kysely";

/** The two halves of an envelope, see `server/vault/envelope.ts`. */
export interface SealedColumns {
  kek_version: number;
  wrapped_dek: Uint8Array;
  sealed_body: Uint8Array;
}

/** One row: how the KEK is derived and how a password is proved. */
export interface VaultSealTable {
  id: Generated<number>;
  /** KDF parameters as JSON, see `server/vault/kdf.ts`. */
  kdf: string;
  salt: Uint8Array;
  sentinel: Uint8Array;
  kek_version: number;
  created_at: number;
  updated_at: number;
}

/** Long-lived keys of the server itself, sealed like secrets. */
export interface ServerKeyTable extends SealedColumns {
  /** For signing keys, the `kid`. */
  id: string;
  purpose: "signing" | "audit_mac" | "token_pepper";
  /** Public half of a signing key. */
  public_key: Uint8Array | null;
  created_at: number;
  retired_at: number | null;
}

/** How each signing key vouched for the one after it, see `shared/proofs/key_handover.ts`. */
export interface SigningKeyHandoverTable {
  to_kid: string;
  from_kid: string;
  from_public: Uint8Array;
  to_public: Uint8Array;
  at: number;
  signature: Uint8Array;
}

/** Sets of recovery shares that were made. Of the shares the server keeps nothing. */
export interface RecoverySetTable {
  /** As it is printed at the beginning of each share. */
  id: string;
  threshold: number;
  shares: number;
  /** The KEK that was split: shares of an older one open nothing. */
  kek_version: number;
  created_at: number;
}

/** Rotations of the KEK. The nullable columns are there while one runs, and overwritten when it is complete. */
export interface KekRotationTable {
  to_version: number;
  from_version: number;
  state: "running" | "completed";
  /** How the old password is proved. */
  old_kdf: string | null;
  old_salt: Uint8Array | null;
  old_sentinel: Uint8Array | null;
  /** Each key sealed under the other, so that either password opens the vault. */
  old_kek_under_new: Uint8Array | null;
  new_kek_under_old: Uint8Array | null;
  /** Sealed rows when it began, and what was re-wrapped since. */
  rows_total: number;
  rows_rewrapped: number;
  /** Of these, how many were values of secrets. */
  secrets_rewrapped: number;
  begun_at: number;
  completed_at: number | null;
}
