/**
 * Secrets as the admin handles them. Lists never decrypt; the one read of a value is in the audit log, durably, before
 * the vault opens anything.
 */

import { sql, type Updateable } from "kysely";
import type {
  CreateSecretRequest,
  SecretListQuery,
  SecretSummary,
  SecretWithValue,
  UpdateSecretRequest,
} from "../../../shared/api/secrets.ts";
import type { Clock } from "../../../shared/clock.ts";
import { randomUuid } from "../../../shared/crypto/random.ts";
import { wipe } from "../../../shared/crypto/wipe.ts";
import { VaultError } from "../../../shared/errors.ts";
import { parseKeyPath } from "../../../shared/names.ts";
import type { Ledger, Tx } from "../../audit/ledger.ts";
import type { AdminCaller } from "../../caller.ts";
import type { Queries, SecretTable } from "../../store/schema.ts";
import type { Store } from "../../store/store.ts";
import type { Vault } from "../../vault/vault.ts";
import type { ServiceDeps } from "../deps.ts";
import { ensureNamespace, namespaceOf } from "../namespaces.ts";
import { checkWithin, within } from "../namespace_reach.ts";
import { isTextKey, type Page, readPage } from "../paging.ts";
import {
  checkVersion,
  FACT_COLUMNS,
  factsOf,
  findFacts,
  findSecret,
  insertSecret,
  type NewSecret,
  sealNewSecret,
  type SecretFacts,
  secretPlace,
  toSummary,
} from "./secret_rows.ts";
import { checkRedactable, valueBytes, valueText } from "./secret_values.ts";
import { keepPresent, KEPT_VERSIONS } from "./secret_versions.ts";
import { success } from "../success.ts";

export interface CreatedSecret {
  readonly id: string;
  readonly key_path: string;
  readonly namespace: string;
}

export interface DeletedSecret {
  readonly grantsRemoved: number;
}

export class SecretService {
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

  /** By key path, all namespaces unless one is named. */
  async list(caller: AdminCaller, wanted: SecretListQuery): Promise<Page<SecretSummary>> {
    const query = selectFacts(this.#store.reader, wanted).where(within(caller, "namespace"));
    const page = await readPage(query, {
      by: ["key_path", "id"],
      keyOf: (row) => [row.key_path, row.id],
      isKey: isTextKey,
    }, wanted);
    return page.map(toSummary);
  }

  /** Everything but the value. @throws VaultError `secret.not_found` */
  async describe(caller: AdminCaller, id: string): Promise<SecretSummary> {
    const row = await findSecret(this.#store.reader, id, caller);
    const facts = { ...factsOf(row), details: { value: false } };
    await this.#ledger.commit((tx) => tx.audit(success(caller, "read_secret", facts)));
    return toSummary(row);
  }

  /** @throws VaultError `secret.not_found`, `server.audit_unavailable` */
  async read(caller: AdminCaller, id: string): Promise<SecretWithValue> {
    const row = await findSecret(this.#store.reader, id, caller);
    const entry = success(caller, "read_secret", { ...factsOf(row), details: { value: true } });
    const permit = await this.#ledger.permit([entry], [row.id]);
    const value = this.#vault.open(permit, secretPlace(row), row);
    try {
      return { ...toSummary(row), value: valueText(value.expose(), row.encoding) };
    } finally {
      value.wipe();
    }
  }

  /** @throws VaultError `secret.exists`, `secret.decoy_collision`, `secret.unredactable`, `request.invalid`, `template.invalid` */
  async create(caller: AdminCaller, request: CreateSecretRequest): Promise<CreatedSecret> {
    const secret: NewSecret = {
      id: randomUuid(),
      keyPath: parseKeyPath(request.key_path, "key_path"),
      namespace: namespaceOf(request.namespace),
      type: request.secret_type,
      encoding: request.encoding ?? "utf8",
      description: request.description || null,
      isDecoy: request.is_honey_token,
      isUnredactable: request.unredactable,
    };
    checkWithin(caller, secret.namespace);
    const now = this.#clock.now();
    const value = valueBytes(request.value, secret);
    checkRedactable(value, secret);
    const row = sealNewSecret(this.#vault, secret, value, now);
    await this.#ledger.commit(async (tx) => {
      await tx.audit(success(caller, "create_secret", factsOf(row)));
      await ensureNamespace(tx, secret.namespace, now);
      await insertSecret(tx, row);
    });
    return { id: secret.id, key_path: secret.keyPath, namespace: secret.namespace };
  }

  /** Gives the new version; the value before it is kept as an older one. @throws VaultError `secret.not_found`, `secret.changed`, `secret.decoy_collision` */
  async update(caller: AdminCaller, id: string, request: UpdateSecretRequest): Promise<number> {
    if (request.value === null || request.value === undefined) rejectLoneEncoding(request);
    const before = await findFacts(this.#store.reader, id, caller);
    const sealed = this.#sealValue(before, request);
    return await this.#ledger.commit(async (tx) => {
      const row = await findSecret(tx.db, id, caller);
      await tx.audit(
        success(caller, "update_secret", { ...factsOf(row), details: { changed: changedFields(request) } }),
      );
      checkVersion(row, request.version);
      if (request.is_honey_token === true && row.is_honey_token === 0) await checkNotGranted(tx, id);
      const now = this.#clock.now();
      if (sealed !== undefined) await keepPresent(tx, this.#vault, row, { now, kept: this.#kept });
      const version = sealed === undefined ? row.version : row.version + 1;
      const changes = { ...sealed, ...plainChanges(request), version, updated_at: now };
      await tx.db.updateTable("secrets").set(changes).where("id", "=", id).execute();
      return version;
    });
  }

  /** Grants and older values of it go with it. @throws VaultError `secret.not_found` */
  async delete(caller: AdminCaller, id: string): Promise<DeletedSecret> {
    return await this.#ledger.commit(async (tx) => {
      const row = await findFacts(tx.db, id, caller);
      const grants = await tx.db.deleteFrom("project_grants").where("secret_ref", "=", id).executeTakeFirst();
      const grantsRemoved = Number(grants.numDeletedRows);
      const details = { grants_removed: grantsRemoved };
      await tx.audit(success(caller, "delete_secret", { ...factsOf(row), details }));
      await tx.db.deleteFrom("secrets").where("id", "=", id).execute();
      return { grantsRemoved };
    });
  }

  /** Id and namespace, which the seal is bound to, never change, so sealing before the transaction is safe. */
  #sealValue(row: SecretFacts, request: UpdateSecretRequest): Updateable<SecretTable> | undefined {
    if (request.value === null || request.value === undefined) return undefined;
    const encoding = request.encoding ?? row.encoding;
    const bytes = valueBytes(request.value, { type: row.secret_type, encoding });
    try {
      const isUnredactable = request.unredactable ?? row.unredactable === 1;
      checkRedactable(bytes, { type: row.secret_type, isUnredactable });
      return { ...this.#vault.seal(secretPlace(row), bytes), encoding };
    } finally {
      wipe(bytes);
    }
  }
}

function selectFacts(db: Queries, { key_path, namespace, is_honey_token, search }: SecretListQuery) {
  let query = db.selectFrom("secrets").select(FACT_COLUMNS);
  if (key_path !== undefined) query = query.where("key_path", "=", key_path);
  if (namespace !== undefined) query = query.where("namespace", "=", namespace);
  if (is_honey_token !== undefined) {
    query = query.where("is_honey_token", "=", is_honey_token === "true" ? 1 : 0);
  }
  if (search !== undefined) {
    // `LIKE` would read `%` and `_` in what a caller sends.
    query = query.where(
      sql<boolean>`instr(lower(key_path || ' ' || coalesce(description, '')), lower(${search})) > 0`,
    );
  }
  return query;
}

function rejectLoneEncoding(request: UpdateSecretRequest): void {
  if (request.encoding === null || request.encoding === undefined) return;
  throw new VaultError("request.invalid", "Field 'encoding' comes with 'value'; send both, or neither");
}

function changedFields(request: UpdateSecretRequest): string[] {
  const fields = ["value", "description", "is_honey_token", "unredactable"] as const;
  return fields.filter((field) => request[field] !== null && request[field] !== undefined);
}

function plainChanges(request: UpdateSecretRequest): Updateable<SecretTable> {
  const { description, is_honey_token, unredactable } = request;
  return {
    ...(description === null || description === undefined ? {} : { description: description || null }),
    ...(is_honey_token === null || is_honey_token === undefined
      ? {}
      : { is_honey_token: is_honey_token ? 1 : 0 }),
    ...(unredactable === null || unredactable === undefined ? {} : { unredactable: unredactable ? 1 : 0 }),
  };
}

/** Programs that use the secret for real would be taken for thieves the next time they start. */
async function checkNotGranted(tx: Tx, id: string): Promise<void> {
  const grants = await tx.db.selectFrom("project_grants").select("project_name").where("secret_ref", "=", id)
    .limit(5).execute();
  if (grants.length === 0) return;
  const message =
    "Projects are granted this real secret, so it cannot become a decoy; take those grants back first";
  throw new VaultError("secret.decoy_collision", message, {
    details: { projects: grants.map((grant) => grant.project_name) },
  });
}
