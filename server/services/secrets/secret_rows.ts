/** Secrets as rows: what create, update and import have in common. */

import type { Insertable, Selectable } from "kysely";
import { formatTimestamp, type Instant } from "../../../shared/clock.ts";
import type { SecretSummary, SecretType, ValueEncoding } from "../../../shared/api/secrets.ts";
import { wipe } from "../../../shared/crypto/wipe.ts";
import { VaultError } from "../../../shared/errors.ts";
import type { KeyPath, NamespaceName } from "../../../shared/names.ts";
import type { Tx } from "../../audit/ledger.ts";
import { isUniqueViolation } from "../../store/faults.ts";
import type { Queries, SecretTable } from "../../store/schema.ts";
import type { Place } from "../../vault/associated_data.ts";
import type { Vault } from "../../vault/vault.ts";
import type { AdminCaller } from "../../caller.ts";
import { within } from "../namespace_reach.ts";

export type SecretRow = Selectable<SecretTable>;
/** Everything about a secret that is not sealed. */
export type SecretFacts = Omit<SecretRow, "wrapped_dek" | "sealed_body" | "kek_version">;

export const FACT_COLUMNS = [
  "id",
  "namespace",
  "key_path",
  "secret_type",
  "encoding",
  "description",
  "is_honey_token",
  "unredactable",
  "version",
  "created_at",
  "updated_at",
] as const satisfies readonly (keyof SecretFacts)[];

export interface NewSecret {
  readonly id: string;
  readonly namespace: NamespaceName;
  readonly keyPath: KeyPath;
  readonly type: SecretType;
  readonly encoding: ValueEncoding;
  readonly description: string | null;
  readonly isDecoy: boolean;
  /** May be a value that is not replaced in what programs print. */
  readonly isUnredactable: boolean;
}

/** Where the value of a secret is sealed. */
export function secretPlace({ id, namespace }: { readonly id: string; readonly namespace: string }): Place {
  return { table: "secrets", id, namespace };
}

/** The row of a new secret. Wipes the value. */
export function sealNewSecret(
  vault: Vault,
  secret: NewSecret,
  value: Uint8Array<ArrayBuffer>,
  now: Instant,
): Insertable<SecretTable> {
  try {
    return {
      id: secret.id,
      namespace: secret.namespace,
      key_path: secret.keyPath,
      secret_type: secret.type,
      encoding: secret.encoding,
      description: secret.description,
      is_honey_token: secret.isDecoy ? 1 : 0,
      unredactable: secret.isUnredactable ? 1 : 0,
      version: 1,
      ...vault.seal(secretPlace(secret), value),
      created_at: now,
      updated_at: now,
    };
  } finally {
    wipe(value);
  }
}

/** @throws VaultError `secret.exists`, `secret.decoy_collision` */
export async function insertSecret(tx: Tx, row: Insertable<SecretTable>): Promise<void> {
  try {
    await tx.db.insertInto("secrets").values(row).execute();
  } catch (error) {
    if (!isUniqueViolation(error, "secrets.namespace, secrets.key_path")) throw error;
    throw await collision(tx, row);
  }
}

async function collision(tx: Tx, row: Insertable<SecretTable>): Promise<VaultError> {
  const existing = await tx.db.selectFrom("secrets").select(["id", "is_honey_token"])
    .where("namespace", "=", row.namespace).where("key_path", "=", row.key_path).executeTakeFirstOrThrow();
  const details = { id: existing.id };
  if (row.is_honey_token === 1 && existing.is_honey_token === 0) {
    const message =
      "A real secret exists at this key path, and a decoy may not take its place; choose another path";
    return new VaultError("secret.decoy_collision", message, { details });
  }
  const message =
    "A secret exists at this key path in this namespace; change it with PUT, or choose another path";
  return new VaultError("secret.exists", message, { details });
}

/** Whose reach counts: a secret outside of it is not there. */
type InReach = Pick<AdminCaller, "reach">;

/** A secret as lists show it. */
export function toSummary(row: SecretFacts): SecretSummary {
  return {
    id: row.id,
    key_path: row.key_path,
    secret_type: row.secret_type,
    description: row.description,
    namespace: row.namespace,
    is_honey_token: row.is_honey_token === 1,
    unredactable: row.unredactable === 1,
    encoding: row.encoding,
    version: row.version,
    created_at: formatTimestamp(row.created_at),
    updated_at: formatTimestamp(row.updated_at),
  };
}

export function secretNotFound(): VaultError {
  return new VaultError(
    "secret.not_found",
    "There is no secret with this id; list the secrets for their ids",
  );
}

/** @throws VaultError `secret.not_found` */
export async function findSecret(db: Queries, id: string, of: InReach): Promise<SecretRow> {
  const row = await db.selectFrom("secrets").selectAll().where("id", "=", id).where(within(of, "namespace"))
    .executeTakeFirst();
  if (row === undefined) throw secretNotFound();
  return row;
}

/** Without what is sealed. @throws VaultError `secret.not_found` */
export async function findFacts(db: Queries, id: string, of: InReach): Promise<SecretFacts> {
  const row = await db.selectFrom("secrets").select(FACT_COLUMNS).where("id", "=", id)
    .where(within(of, "namespace")).executeTakeFirst();
  if (row === undefined) throw secretNotFound();
  return row;
}

/** What audit rows say of a secret. */
export function factsOf(row: { readonly namespace: string; readonly key_path: string }) {
  return { namespace: row.namespace, resourcePath: row.key_path };
}

/** A change that was made for another version is refused. @throws VaultError `secret.changed` */
export function checkVersion(row: SecretFacts, seen: number | null | undefined): void {
  if (seen === null || seen === undefined || seen === row.version) return;
  throw new VaultError(
    "secret.changed",
    "The secret was changed since it was read; read it again, then change it",
    {
      details: { version: row.version },
    },
  );
}
