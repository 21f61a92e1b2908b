/**
 * The server's own long-lived keys, sealed like secrets in `server_keys`: the audit key, the pepper of stored token
 * hashes, and the keys that sign tokens. All are made at first boot; only signing keys are ever added.
 */

import type { Insertable, Selectable } from "kysely";
import type { Instant } from "../../shared/clock.ts";
import type { KeyStorage, StoredKey } from "../../shared/crypto/key_storage.ts";
import { generateSeed, publicKeyOf, type SigningKey, signingKey } from "../../shared/crypto/ed25519.ts";
import { randomBytes, randomUuid } from "../../shared/crypto/random.ts";
import { wipe } from "../../shared/crypto/wipe.ts";
import type { ServerKeyTable } from "../store/vault_schema.ts";
import { StartupError } from "../startup_error.ts";
import { NO_NAMESPACE, type Place } from "./associated_data.ts";
import { openEnvelope, sealEnvelope } from "./envelope.ts";
import type { Keyring } from "./keyring.ts";
import type { Vault } from "./vault.ts";

/** A key that signs tokens, out of its row. */
export interface LoadedSigningKey {
  readonly kid: string;
  readonly key: SigningKey;
  readonly createdAt: Instant;
  /** When it stopped signing; it still verifies. */
  readonly retiredAt: Instant | null;
}

/** Keys as the program uses them. */
export interface ServerKeys {
  readonly auditMac: StoredKey;
  readonly tokenPepper: StoredKey;
  readonly signing: readonly LoadedSigningKey[];
  wipe(): void;
}

type Purpose = ServerKeyTable["purpose"];
type Row = Selectable<ServerKeyTable>;

/** A row of `server_keys` as a place for sealing. */
export function serverKeyPlace(id: string): Place {
  return { table: "server_keys", id, namespace: NO_NAMESPACE };
}

/** One key of each purpose, and their rows for the database. */
export function makeServerKeys(
  keyring: Keyring,
  storage: KeyStorage,
  now: Instant,
): { keys: ServerKeys; rows: Insertable<ServerKeyTable>[] } {
  const rows = [
    sealNewKey(keyring, "audit_mac", randomBytes(32), now),
    sealNewKey(keyring, "token_pepper", randomBytes(32), now),
    sealNewKey(keyring, "signing", generateSeed(), now),
  ];
  return { keys: openServerKeys(keyring, storage, rows), rows };
}

/** A new signing key and its row: what a rotation adds. */
export function makeSigningKey(
  vault: Pick<Vault, "seal">,
  now: Instant,
): { readonly key: LoadedSigningKey; readonly row: Insertable<ServerKeyTable> } {
  const id = randomUuid();
  const seed = generateSeed();
  try {
    const key = { kid: id, key: signingKey(seed), createdAt: now, retiredAt: null };
    const sealed = vault.seal(serverKeyPlace(id), seed);
    const public_key = publicKeyOf(key.key);
    return { key, row: { id, purpose: "signing", public_key, ...sealed, created_at: now, retired_at: null } };
  } finally {
    wipe(seed);
  }
}

/** Seals key material for a new row and wipes the given array. */
export function sealNewKey(keyring: Keyring, purpose: Purpose, material: Uint8Array, now: Instant): Row {
  const id = randomUuid();
  const public_key = purpose === "signing" ? publicKeyOf(signingKey(material)) : null;
  const sealed = sealEnvelope(keyring, serverKeyPlace(id), material);
  wipe(material);
  return { id, purpose, public_key, ...sealed, created_at: now, retired_at: null };
}

/** @throws StartupError where a key does not open or is not there */
export function openServerKeys(keyring: Keyring, storage: KeyStorage, rows: readonly Row[]): ServerKeys {
  const auditMac = storage.store(openSingle(keyring, rows, "audit_mac"));
  const tokenPepper = storage.store(openSingle(keyring, rows, "token_pepper"));
  const signing = rows.filter((row) => row.purpose === "signing").map((row) => openSigning(keyring, row));
  const wipeAll = () => {
    auditMac.wipe();
    tokenPepper.wipe();
  };
  return { auditMac, tokenPepper, signing, wipe: wipeAll };
}

function openSigning(keyring: Keyring, row: Row): LoadedSigningKey {
  const seed = openRow(keyring, row);
  const key = signingKey(seed);
  wipe(seed);
  return { kid: row.id, key, createdAt: row.created_at, retiredAt: row.retired_at };
}

function openSingle(keyring: Keyring, rows: readonly Row[], purpose: Purpose): Uint8Array {
  const row = rows.find((candidate) => candidate.purpose === purpose);
  if (row === undefined) {
    throw new StartupError(`The database has no ${purpose} key; restore it from a backup`);
  }
  return openRow(keyring, row);
}

function openRow(keyring: Keyring, row: Row): Uint8Array {
  const material = openEnvelope(keyring, serverKeyPlace(row.id), row);
  if (material !== undefined) return material;
  throw new StartupError(`The ${row.purpose} key in the database does not open; restore it from a backup`);
}
