/**
 * Grants: which secret a project may be given, and under which environment name. A project needs no row of its own to
 * be granted something. Reads look at the grants every time, so taking one back works on tokens that live.
 */

import type { PageQuery } from "../../../shared/api/page.ts";
import type {
  CreatedGrant,
  CreateGrantRequest,
  GrantSummary,
  UpdateGrantRequest,
} from "../../../shared/api/projects.ts";
import { SignLimits } from "../../../shared/api/sign_limits.ts";
import { type Clock, formatTimestamp } from "../../../shared/clock.ts";
import { randomUuid } from "../../../shared/crypto/random.ts";
import { VaultError } from "../../../shared/errors.ts";
import { defaultEnvName, parseEnvName, parseProjectName, type ProjectName } from "../../../shared/names.ts";
import type { Ledger, Tx } from "../../audit/ledger.ts";
import type { AdminCaller } from "../../caller.ts";
import { isUniqueViolation } from "../../store/faults.ts";
import type { Delivery, Queries, SecretType } from "../../store/schema.ts";
import type { Store } from "../../store/store.ts";
import type { ServiceDeps } from "../deps.ts";
import { within } from "../namespace_reach.ts";
import { isTimeKey, type Page, readPage } from "../paging.ts";
import type { ProjectAddress } from "./project_rows.ts";
import { secretNotFound } from "../secrets/secret_rows.ts";
import { success } from "../success.ts";

export class ProjectGrantService {
  readonly #store: Store;
  readonly #ledger: Ledger;
  readonly #clock: Clock;

  constructor({ store, ledger, clock }: ServiceDeps) {
    this.#store = store;
    this.#ledger = ledger;
    this.#clock = clock;
  }

  /** Newest first; a project nobody knows has none. */
  async list(caller: AdminCaller, address: ProjectAddress, wanted: PageQuery): Promise<Page<GrantSummary>> {
    let query = selectGrants(this.#store.reader)
      .where("g.project_name", "=", address.name).where(within(caller, "g.namespace"));
    if (address.namespace !== undefined) query = query.where("g.namespace", "=", address.namespace);
    const page = await readPage(query, {
      by: ["g.granted_at", "g.id"],
      newestFirst: true,
      keyOf: (row) => [row.granted_at, row.id],
      isKey: isTimeKey,
    }, wanted);
    return page.map(toSummary);
  }

  /** @throws VaultError `secret.not_found`, `grant.exists`, `grant.name_taken`, `request.invalid` */
  create(caller: AdminCaller, project: string, request: CreateGrantRequest): Promise<CreatedGrant> {
    const projectName = parseProjectName(project);
    const wanted = request.env_var_name || null;
    if (wanted !== null) parseEnvName(wanted, "env_var_name");
    return this.#ledger.commit(async (tx) => {
      const secret = await tx.db.selectFrom("secrets").select(["id", "namespace", "key_path", "secret_type"])
        .where("id", "=", request.secret_id).where(within(caller, "namespace")).executeTakeFirst();
      if (secret === undefined) throw secretNotFound();
      const { namespace, key_path, secret_type } = secret;
      const effectiveName = wanted?.toUpperCase() ?? defaultEnvName(key_path);
      const terms = termsOf(request, NEW_TERMS);
      const details = { env_var_name: effectiveName, ...auditedTerms(terms) };
      const facts = { projectName, namespace, resourcePath: key_path, details };
      await tx.audit(success(caller, "create_project_grant", facts));
      const id = randomUuid();
      await this.#insert(tx, {
        id,
        namespace,
        project_name: projectName,
        secret_ref: secret.id,
        env_var_name: wanted,
        effective_name: effectiveName,
        granted_by: caller.name,
        granted_at: this.#clock.now(),
        ...toColumns(terms),
      });
      return {
        id,
        project_name: projectName,
        namespace,
        secret_id: secret.id,
        secret_key_path: key_path,
        secret_type,
        env_var_name: wanted,
        effective_name: effectiveName,
        ...terms,
      };
    });
  }

  /** Changes how the value reaches programs, from the next read on. @throws VaultError `grant.not_found` */
  update(
    caller: AdminCaller,
    project: string,
    grantId: string,
    request: UpdateGrantRequest,
  ): Promise<GrantTerms> {
    return this.#ledger.commit(async (tx) => {
      const row = await tx.db.selectFrom("project_grants").select([
        "namespace",
        "delivery",
        "read_once",
        "bound",
        "sign_limits",
      ])
        .where("id", "=", grantId).where("project_name", "=", project).where(within(caller, "namespace"))
        .executeTakeFirst();
      if (row === undefined) throw grantNotFound();
      const terms = termsOf(request, toTerms(row));
      const facts = { projectName: project, namespace: row.namespace, resourcePath: grantId };
      await tx.audit(success(caller, "update_project_grant", { ...facts, details: auditedTerms(terms) }));
      await tx.db.updateTable("project_grants").set(toColumns(terms)).where("id", "=", grantId).execute();
      return terms;
    });
  }

  /** @throws VaultError `grant.not_found` */
  async delete(caller: AdminCaller, project: string, grantId: string): Promise<void> {
    await this.#ledger.commit(async (tx) => {
      const row = await tx.db.deleteFrom("project_grants")
        .where("id", "=", grantId).where("project_name", "=", project).where(within(caller, "namespace"))
        .returning("namespace").executeTakeFirst();
      if (row === undefined) throw grantNotFound();
      const facts = { projectName: project, namespace: row.namespace, resourcePath: grantId };
      await tx.audit(success(caller, "delete_project_grant", facts));
    });
  }

  async #insert(tx: Tx, row: NewGrant): Promise<void> {
    try {
      await tx.db.insertInto("project_grants").values(row).execute();
    } catch (error) {
      const columns = "project_grants.namespace, project_grants.project_name, project_grants.effective_name";
      if (!isUniqueViolation(error, columns)) throw error;
      throw await collision(tx, row);
    }
  }
}

/** How a grant gives its value. */
export interface GrantTerms {
  readonly delivery: Delivery;
  readonly read_once: boolean;
  readonly bound: boolean;
  readonly sign?: SignLimits;
}

const NEW_TERMS: GrantTerms = { delivery: "env", read_once: false, bound: false };

/** @throws VaultError `request.invalid` for what cannot be read once */
function termsOf(request: UpdateGrantRequest, before: GrantTerms): GrantTerms {
  const terms = {
    delivery: request.delivery ?? before.delivery,
    read_once: request.read_once ?? before.read_once,
    bound: request.bound ?? before.bound,
    ...signOf(request.sign ?? before.sign),
  };
  if (!terms.read_once || terms.delivery === "file") return terms;
  throw new VaultError(
    "request.invalid",
    "Only a file can be read once; set delivery to 'file', or read_once to false",
  );
}

function signOf(limits: SignLimits | undefined): { readonly sign?: SignLimits } {
  return limits === undefined || Object.keys(limits).length === 0 ? {} : { sign: limits };
}

function auditedTerms({ sign, ...terms }: GrantTerms) {
  return { ...terms, ...(sign === undefined ? {} : { sign: JSON.stringify(sign) }) };
}

function toColumns({ delivery, read_once, bound, sign }: GrantTerms) {
  const sign_limits = sign === undefined ? null : JSON.stringify(sign);
  return { delivery, read_once: read_once ? 1 : 0, bound: bound ? 1 : 0, sign_limits };
}

interface TermColumns {
  readonly delivery: Delivery;
  readonly read_once: number;
  readonly bound: number;
  readonly sign_limits: string | null;
}

function toTerms({ delivery, read_once, bound, sign_limits }: TermColumns): GrantTerms {
  const sign = sign_limits === null ? undefined : SignLimits.parse(JSON.parse(sign_limits));
  return { delivery, read_once: read_once === 1, bound: bound === 1, ...signOf(sign) };
}

function selectGrants(db: Queries) {
  return db.selectFrom("project_grants as g").innerJoin("secrets as s", "s.id", "g.secret_ref")
    .select(["g.id", "g.project_name", "g.secret_ref", "g.effective_name", "g.env_var_name"])
    .select(["g.granted_by", "g.granted_at", "s.key_path", "s.namespace", "s.secret_type"])
    .select(["g.delivery", "g.read_once", "g.bound", "g.sign_limits"]);
}

function grantNotFound(): VaultError {
  return new VaultError(
    "grant.not_found",
    "This project has no grant of this id; list its grants for their ids",
  );
}

interface NewGrant extends TermColumns {
  readonly id: string;
  readonly namespace: string;
  readonly project_name: ProjectName;
  readonly secret_ref: string;
  readonly env_var_name: string | null;
  readonly effective_name: string;
  readonly granted_by: string;
  readonly granted_at: number;
}

async function collision(tx: Tx, row: NewGrant): Promise<VaultError> {
  const existing = await tx.db.selectFrom("project_grants").select(["id", "secret_ref"])
    .where("namespace", "=", row.namespace).where("project_name", "=", row.project_name)
    .where("effective_name", "=", row.effective_name).executeTakeFirstOrThrow();
  const details = { grant_id: existing.id };
  return existing.secret_ref === row.secret_ref
    ? new VaultError("grant.exists", "The project already has this secret under this name", { details })
    : new VaultError(
      "grant.name_taken",
      "The project has another secret under this environment name; set env_var_name to a different one",
      { details },
    );
}

interface ListedGrant extends TermColumns {
  readonly id: string;
  readonly project_name: string;
  readonly secret_ref: string;
  readonly effective_name: string;
  readonly env_var_name: string | null;
  readonly granted_by: string;
  readonly granted_at: number;
  readonly key_path: string;
  readonly secret_type: SecretType;
  readonly namespace: string;
}

function toSummary(row: ListedGrant): GrantSummary {
  return {
    id: row.id,
    project_name: row.project_name,
    secret_id: row.secret_ref,
    secret_key_path: row.key_path,
    secret_namespace: row.namespace,
    secret_type: row.secret_type,
    env_var_name: row.env_var_name ?? row.effective_name,
    ...toTerms(row),
    granted_by: row.granted_by,
    granted_at: formatTimestamp(row.granted_at),
  };
}
