/**
 * The values that a secret had before. Each write of a value keeps the one it replaces, sealed anew for a row of its own:
 * the seal is bound to secret and version, so a version cannot pass for another one, nor for the present value.
 *
 * Tokens read the present value and nothing else; only the admin sees, brings back or destroys an older one.
 */

import { type Clock, formatOptionalTimestamp, type Instant } from "../../../shared/clock.ts";
import type {
  DestroyedVersions,
  RollbackRequest,
  RolledBackSecret,
  SecretVersionList,
  SecretVersionSummary,
  SecretVersionWithValue,
} from "../../../shared/api/secret_versions.ts";
import { VaultError } from "../../../shared/errors.ts";
import type { Ledger, Tx } from "../../audit/ledger.ts";
import type { AdminCaller } from "../../caller.ts";
import type { Queries, SecretVersionTable } from "../../store/schema.ts";
import type { SealedColumns } from "../../store/vault_schema.ts";
import type { Store } from "../../store/store.ts";
import type { Place } from "../../vault/associated_data.ts";
import type { Vault } from "../../vault/vault.ts";
import type { Selectable } from "kysely";
import type { ServiceDeps } from "../deps.ts";
import {
  checkVersion,
  factsOf,
  findFacts,
  findSecret,
  type SecretFacts,
  secretPlace,
  type SecretRow,
} from "./secret_rows.ts";
import { valueText } from "./secret_values.ts";
import { success } from "../success.ts";

/** Older values kept for each secret, unless the configuration says otherwise. */
export const KEPT_VERSIONS = 10;

type VersionRow = Selectable<SecretVersionTable>;
type VersionFacts = Omit<VersionRow, keyof SealedColumns>;

const FACTS = ["id", "secret_ref", "namespace", "version", "encoding", "written_at", "replaced_at"] as const;

export class SecretVersionService {
  readonly #store: Store;
  readonly #ledger: Ledger;
  readonly #vault: Vault;
  readonly #clock: Clock;
  readonly #kept: number;

  constructor({ store, ledger, vault, clock, config }: ServiceDeps) {
    this.#store = store;
    this.#ledger = ledger;
    this.#vault = vault;
    this.#clock = clock;
    this.#kept = config.keptVersions ?? KEPT_VERSIONS;
  }

  /** Newest first, the present one included; no values. @throws VaultError `secret.not_found` */
  async list(caller: AdminCaller, id: string): Promise<SecretVersionList> {
    const secret = await findFacts(this.#store.reader, id, caller);
    const rows = await this.#store.reader.selectFrom("secret_versions").select(FACTS)
      .where("secret_ref", "=", id).orderBy("version", "desc").execute();
    const { key_path, namespace } = secret;
    return {
      id,
      key_path,
      namespace,
      kept: this.#kept,
      versions: [presentOf(secret, rows[0]), ...rows.map(toSummary)],
    };
  }

  /** Audited as a reading. @throws VaultError `secret.not_found`, `secret.version_not_found`, `server.audit_unavailable` */
  async read(caller: AdminCaller, id: string, version: number): Promise<SecretVersionWithValue> {
    const secret = await findSecret(this.#store.reader, id, caller);
    const present = secret.version === version;
    const row = present ? secret : await findVersion(this.#store.reader, id, version);
    const details = { value: true, version };
    const entry = success(caller, "read_secret", { ...factsOf(secret), details });
    const permit = await this.#ledger.permit([entry], [row.id]);
    const value = this.#vault.open(permit, present ? secretPlace(secret) : versionPlace(row), row);
    const { key_path, namespace } = secret;
    try {
      return {
        id,
        key_path,
        namespace,
        version,
        encoding: row.encoding,
        value: valueText(value.expose(), row.encoding),
      };
    } finally {
      value.wipe();
    }
  }

  /**
   * Makes an older value the present one, as a new version; nothing is lost by it.
   * @throws VaultError `secret.not_found`, `secret.version_*`, `secret.changed`
   */
  async rollBack(caller: AdminCaller, id: string, request: RollbackRequest): Promise<RolledBackSecret> {
    const { to_version: to } = request;
    return await this.#ledger.commit(async (tx) => {
      const secret = await findSecret(tx.db, id, caller);
      const details = { changed: ["value"], rolled_back_to: to };
      await tx.audit(success(caller, "rollback_secret", { ...factsOf(secret), details }));
      checkVersion(secret, request.version);
      if (secret.version === to) throw isPresent("it is what tokens read already; choose an older one");
      const old = await findVersion(tx.db, id, to);
      const sealed = this.#vault.reseal(versionPlace(old), old, secretPlace(secret));
      if (sealed === undefined) throw unreadable();
      const now = this.#clock.now();
      await keepPresent(tx, this.#vault, secret, { now, kept: this.#kept });
      const version = secret.version + 1;
      const changes = { ...sealed, encoding: old.encoding, version, updated_at: now };
      await tx.db.updateTable("secrets").set(changes).where("id", "=", id).execute();
      return { rolled_back: true, id, version, to_version: to };
    });
  }

  /** For good. @throws VaultError `secret.not_found`, `secret.version_not_found`, `secret.version_current` */
  async destroy(caller: AdminCaller, id: string, version: number): Promise<DestroyedVersions> {
    return await this.#ledger.commit(async (tx) => {
      const secret = await findFacts(tx.db, id, caller);
      const details = { versions: [String(version)] };
      await tx.audit(success(caller, "destroy_secret_version", { ...factsOf(secret), details }));
      if (secret.version === version) {
        throw isPresent("store a new value first, or delete the secret");
      }
      const { id: row } = await findVersion(tx.db, id, version);
      await tx.db.deleteFrom("secret_versions").where("id", "=", row).execute();
      return { destroyed: [version] };
    });
  }

  /** Destroys all but the newest `keep` older values. @throws VaultError `secret.not_found` */
  async prune(caller: AdminCaller, id: string, keep: number): Promise<DestroyedVersions> {
    return await this.#ledger.commit(async (tx) => {
      const secret = await findFacts(tx.db, id, caller);
      const destroyed = await prune(tx, id, keep);
      const details = { versions: destroyed.map(String) };
      await tx.audit(success(caller, "destroy_secret_version", { ...factsOf(secret), details }));
      return { destroyed };
    });
  }
}

/** Keeping it, and how many. */
export interface Keeping {
  readonly now: Instant;
  /** Older values that stay; 0 keeps none. */
  readonly kept: number;
}

/**
 * Keeps the present value of a secret as its version, before another one takes its place in the same transaction, and
 * destroys those that are too many. A value that does not open is not kept: storing a new one is how it is mended.
 */
export async function keepPresent(
  tx: Tx,
  vault: Vault,
  secret: SecretRow,
  { now, kept }: Keeping,
): Promise<void> {
  const { id: secret_ref, namespace, version, encoding } = secret;
  const facts = { id: versionId(secret_ref, version), secret_ref, namespace, version, encoding };
  const sealed = kept === 0 ? undefined : vault.reseal(secretPlace(secret), secret, versionPlace(facts));
  if (sealed !== undefined) {
    const times = { written_at: await writtenAt(tx, secret), replaced_at: now };
    await tx.db.insertInto("secret_versions").values({ ...facts, ...sealed, ...times }).execute();
  }
  await prune(tx, secret_ref, kept);
}

/** A version was written when the one before it was replaced. */
async function writtenAt(tx: Tx, { id, version, created_at }: SecretFacts): Promise<Instant | null> {
  if (version === 1) return created_at;
  const before = await tx.db.selectFrom("secret_versions").select("replaced_at")
    .where("secret_ref", "=", id).where("version", "=", version - 1).executeTakeFirst();
  return before?.replaced_at ?? null;
}

/** Gives the versions that it destroyed, newest first. */
async function prune(tx: Tx, secretRef: string, keep: number): Promise<number[]> {
  const rows = await tx.db.selectFrom("secret_versions").select(["id", "version"])
    .where("secret_ref", "=", secretRef).orderBy("version", "desc").execute();
  const surplus = rows.slice(keep);
  if (surplus.length === 0) return [];
  await tx.db.deleteFrom("secret_versions").where("id", "in", surplus.map(({ id }) => id)).execute();
  return surplus.map(({ version }) => version);
}

/** The id of a version's row, which its seal is bound to: names secret and version. */
function versionId(secretRef: string, version: number): string {
  return `${secretRef}@${version}`;
}

function versionPlace({ id, namespace }: { readonly id: string; readonly namespace: string }): Place {
  return { table: "secret_versions", id, namespace };
}

async function findVersion(db: Queries, id: string, version: number): Promise<VersionRow> {
  const row = await db.selectFrom("secret_versions").selectAll()
    .where("secret_ref", "=", id).where("version", "=", version).executeTakeFirst();
  if (row !== undefined) return row;
  throw new VaultError(
    "secret.version_not_found",
    "The secret has no such version any more; list its versions for those that are kept",
  );
}

function isPresent(next: string): VaultError {
  return new VaultError("secret.version_current", `This version is the present value of the secret; ${next}`);
}

function unreadable(): VaultError {
  return new VaultError(
    "secret.version_unreadable",
    "This version does not open: its row was changed outside the server; choose another one, or restore a backup",
  );
}

function presentOf(secret: SecretFacts, before: VersionFacts | undefined): SecretVersionSummary {
  const follows = before?.version === secret.version - 1 ? before.replaced_at : null;
  return {
    version: secret.version,
    current: true,
    encoding: secret.encoding,
    written_at: formatOptionalTimestamp(secret.version === 1 ? secret.created_at : follows),
    replaced_at: null,
  };
}

function toSummary(row: VersionFacts): SecretVersionSummary {
  return {
    version: row.version,
    current: false,
    encoding: row.encoding,
    written_at: formatOptionalTimestamp(row.written_at),
    replaced_at: formatOptionalTimestamp(row.replaced_at),
  };
}
