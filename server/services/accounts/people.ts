/** People as those see them who may invite them, give them roles and shut them out. There is always one super-admin left. */

import type {
  InvitedPerson,
  InvitePersonRequest,
  PersonSummary,
  UpdatePersonRequest,
} from "../../../shared/api/people.ts";
import type { PageQuery } from "../../../shared/api/page.ts";
import { type Clock, formatOptionalTimestamp, formatTimestamp } from "../../../shared/clock.ts";
import { randomUuid } from "../../../shared/crypto/random.ts";
import { VaultError } from "../../../shared/errors.ts";
import { parseNamespaceName } from "../../../shared/names.ts";
import { type RoleAssignment } from "../../access/roles.ts";
import type { Ledger, Tx } from "../../audit/ledger.ts";
import type { AdminCaller } from "../../caller.ts";
import { parseEmail } from "../../identity/email.ts";
import { findById, isSuperAdmin, type PersonRow, rolesOf } from "../../identity/people.ts";
import { endSessions } from "../../identity/person_sessions.ts";
import { isUniqueViolation } from "../../store/faults.ts";
import type { Store } from "../../store/store.ts";
import type { ServiceDeps } from "../deps.ts";
import { type Invitation, invite } from "./invitations.ts";
import { type Page, pageOf, readCursor } from "../paging.ts";
import { success } from "../success.ts";

export class PeopleService {
  readonly #store: Store;
  readonly #ledger: Ledger;
  readonly #clock: Clock;

  constructor({ store, ledger, clock }: Pick<ServiceDeps, "store" | "ledger" | "clock">) {
    this.#store = store;
    this.#ledger = ledger;
    this.#clock = clock;
  }

  /** By e-mail address. */
  async list(_caller: AdminCaller, { limit, cursor }: PageQuery): Promise<Page<PersonSummary>> {
    const after = readCursor(cursor, isEmailKey);
    let query = this.#store.reader.selectFrom("admin_users").selectAll().orderBy("email").limit(limit + 1);
    if (after !== undefined) query = query.where("email", ">", after[0]);
    return pageOf(await query.execute(), limit, (row) => [row.email]).map(toSummary);
  }

  /** Makes the account and a link by which its password is set. @throws VaultError `person.exists`, `request.invalid` */
  async invite(caller: AdminCaller, request: InvitePersonRequest): Promise<InvitedPerson> {
    const now = this.#clock.now();
    const row: PersonRow = {
      id: randomUuid(),
      email: parseEmail(request.email),
      display_name: request.display_name ?? null,
      roles: JSON.stringify(assignmentsOf(request.roles)),
      password_salt: null,
      password_hash: null,
      password_kdf: null,
      oidc_subject: null,
      disabled_at: null,
      last_sign_in_at: null,
      created_at: now,
      created_by: caller.name,
      updated_at: now,
    };
    return await this.#ledger.commit(async (tx) => {
      await tx.audit(success(caller, "person_invite", factsOf(row)));
      await insert(tx, row);
      return invited(row, await invite(tx, row.id, now));
    });
  }

  /** Another link, for who lost the first one or the password. @throws VaultError `person.not_found` */
  async inviteAgain(caller: AdminCaller, id: string): Promise<InvitedPerson> {
    return await this.#change(caller, id, "person_invite", async (tx, person) => {
      return invited(person, await invite(tx, person.id, this.#clock.now()));
    });
  }

  /** @throws VaultError `person.not_found`, `person.last_super_admin` */
  async update(caller: AdminCaller, id: string, request: UpdatePersonRequest): Promise<PersonSummary> {
    const roles = request.roles === undefined ? undefined : JSON.stringify(assignmentsOf(request.roles));
    const display_name = request.display_name;
    const changes = {
      ...(roles === undefined ? {} : { roles }),
      ...(display_name === undefined || display_name === null ? {} : { display_name }),
      updated_at: this.#clock.now(),
    };
    const details = roles === undefined ? {} : { roles };
    return await this.#change(caller, id, "person_update", async (tx, person) => {
      await tx.db.updateTable("admin_users").set(changes).where("id", "=", id).execute();
      await checkOneLeft(tx, person);
      return toSummary({ ...person, ...changes });
    }, details);
  }

  /** Ends what lets the person in as well; gives whether they were shut out before. @throws VaultError `person.*` */
  async disable(caller: AdminCaller, id: string): Promise<boolean> {
    const at = this.#clock.now();
    return await this.#change(caller, id, "person_disable", async (tx, person) => {
      if (person.disabled_at !== null) return true;
      await tx.db.updateTable("admin_users").set({ disabled_at: at, updated_at: at }).where("id", "=", id)
        .execute();
      await checkOneLeft(tx, person);
      await endSessions(tx.db, id, { at });
      await tx.db.updateTable("admin_api_tokens").set({ revoked_at: at })
        .where("user_ref", "=", id).where("revoked_at", "is", null).execute();
      await tx.db.deleteFrom("admin_invitations").where("user_ref", "=", id).execute();
      return false;
    });
  }

  /** Gives whether they were shut out. @throws VaultError `person.not_found` */
  async enable(caller: AdminCaller, id: string): Promise<boolean> {
    return await this.#change(caller, id, "person_enable", async (tx, person) => {
      await tx.db.updateTable("admin_users").set({ disabled_at: null, updated_at: this.#clock.now() })
        .where("id", "=", id).execute();
      return person.disabled_at !== null;
    });
  }

  /** Gives how many sessions ended. @throws VaultError `person.not_found` */
  async endSessions(caller: AdminCaller, id: string): Promise<number> {
    return await this.#change(
      caller,
      id,
      "person_end_sessions",
      (tx) => endSessions(tx.db, id, { at: this.#clock.now() }),
    );
  }

  async #change<T>(
    caller: AdminCaller,
    id: string,
    action: string,
    work: (tx: Tx, person: PersonRow) => Promise<T>,
    details: Readonly<Record<string, string>> = {},
  ): Promise<T> {
    return await this.#ledger.commit(async (tx) => {
      const person = await findById(tx.db, id);
      if (person === undefined) throw personNotFound();
      const facts = factsOf(person);
      await tx.audit(success(caller, action, { ...facts, details: { ...facts.details, ...details } }));
      return await work(tx, person);
    });
  }
}

export function personNotFound(): VaultError {
  return new VaultError("person.not_found", "There is no person of this id; list the people for their ids");
}

/** @throws VaultError `request.invalid` */
function assignmentsOf(roles: InvitePersonRequest["roles"]): RoleAssignment[] {
  return roles.map(({ role, namespaces }) => ({
    role,
    namespaces: namespaces?.map((name) => parseNamespaceName(name, "namespaces")) ?? null,
  }));
}

/** After a change: whoever was a super-admin may stop being one only while another is left. */
async function checkOneLeft(tx: Tx, before: PersonRow): Promise<void> {
  if (!isSuperAdmin(before)) return;
  const people = await tx.db.selectFrom("admin_users").select(["roles", "disabled_at"])
    .where("disabled_at", "is", null).execute();
  if (people.some(isSuperAdmin)) return;
  throw new VaultError(
    "person.last_super_admin",
    "This is the last super-admin; make another person one first",
  );
}

async function insert(tx: Tx, row: PersonRow): Promise<void> {
  try {
    await tx.db.insertInto("admin_users").values(row).execute();
  } catch (error) {
    if (!isUniqueViolation(error, "admin_users.email")) throw error;
    throw new VaultError("person.exists", "There is an account of this address; change its roles instead");
  }
}

function factsOf({ id, email, roles }: PersonRow) {
  return { resourcePath: id, details: { email, roles } };
}

function invited(person: PersonRow, { code, path, expiresAt }: Invitation): InvitedPerson {
  return { person: toSummary(person), code, path, expires_at: formatTimestamp(expiresAt) };
}

function toSummary(row: PersonRow): PersonSummary {
  return {
    id: row.id,
    email: row.email,
    display_name: row.display_name,
    roles: rolesOf(row),
    disabled_at: formatOptionalTimestamp(row.disabled_at),
    last_sign_in_at: formatOptionalTimestamp(row.last_sign_in_at),
    created_at: formatTimestamp(row.created_at),
    created_by: row.created_by,
  };
}

function isEmailKey(parts: readonly unknown[]): parts is readonly [string] {
  return parts.length === 1 && typeof parts[0] === "string";
}
