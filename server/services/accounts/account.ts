/** What people do with their own accounts: prove anew who they are, change the password, see and end sessions, make API tokens. */

import type {
  ApiTokenSummary,
  ChangePasswordRequest,
  CreateApiTokenRequest,
  CreatedApiToken,
  Me,
  ReauthenticateRequest,
  SessionSummary,
} from "../../../shared/api/auth.ts";
import { type Clock, DAY, formatOptionalTimestamp, formatTimestamp } from "../../../shared/clock.ts";
import { sha256 } from "../../../shared/crypto/hash.ts";
import { randomUuid } from "../../../shared/crypto/random.ts";
import { VaultError } from "../../../shared/errors.ts";
import { parseNamespaceName } from "../../../shared/names.ts";
import { reaches, type Right } from "../../access/roles.ts";
import type { Ledger } from "../../audit/ledger.ts";
import type { AdminCaller, PersonRef } from "../../caller.ts";
import { newApiToken, readRights, TOKEN_RIGHTS } from "../../identity/api_tokens.ts";
import type { Passwords } from "../../identity/passwords.ts";
import { findById, isProvidersOwn, rolesOf } from "../../identity/people.ts";
import { endSessions, type PersonSessions, SESSION_IDLE } from "../../identity/person_sessions.ts";
import type { SignInTries } from "../../identity/sign_in_tries.ts";
import type { AdminApiTokenTable } from "../../store/people_schema.ts";
import type { Store } from "../../store/store.ts";
import { failed } from "./sign_in.ts";
import { makeRecoveryCodes } from "./recovery_codes.ts";
import { success } from "../success.ts";

/** The longest life of a token whose person the provider alone can shut out. */
const PROVIDERS_TOKEN_DAYS = 30;

export interface AccountDeps {
  readonly store: Pick<Store, "reader">;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly passwords: Passwords;
  readonly sessions: PersonSessions;
  readonly tries: SignInTries;
}

export class AccountService {
  readonly #deps: AccountDeps;

  constructor(deps: AccountDeps) {
    this.#deps = deps;
  }

  async me({ authority }: AdminCaller): Promise<Me> {
    const db = this.#deps.store.reader;
    const person = authority.person === null ? undefined : await findById(db, authority.person.id);
    const id = person?.id ?? "";
    const passkeys = await db.selectFrom("admin_passkeys").select("id").where("user_ref", "=", id).execute();
    const codes = await db.selectFrom("admin_recovery_codes").select("id").where("user_ref", "=", id)
      .where("used_at", "is", null).execute();
    const rights = authority.rights.entries().map(([right, reach]) =>
      [right, reach === "everywhere" ? null : [...reach].sort()] as const
    );
    return {
      id: person?.id ?? null,
      email: person?.email ?? null,
      display_name: person?.display_name ?? null,
      by: authority.by,
      roles: person === undefined ? [] : rolesOf(person),
      rights: Object.fromEntries(rights),
      fresh: authority.fresh,
      has_password: person?.password_hash !== null && person !== undefined,
      passkeys: passkeys.length,
      recovery_codes: codes.length,
    };
  }

  /** Gives the session's new token. @throws VaultError `auth.sign_in_failed`, `auth.second_factor_required`, `auth.throttled` */
  async reauthenticate(
    caller: AdminCaller,
    request: ReauthenticateRequest,
    address: string,
  ): Promise<string> {
    const { person, sessionId } = ownSession(caller);
    await this.#prove(person, request.password, address);
    const passkey = await this.#deps.store.reader.selectFrom("admin_passkeys").select("id")
      .where("user_ref", "=", person.id).limit(1).executeTakeFirst();
    if (passkey !== undefined) {
      throw new VaultError("auth.second_factor_required", "This account has a passkey; use it to go on");
    }
    return await this.renew(caller, sessionId, "password");
  }

  /** Another token for a session whose person has proven it again. */
  async renew(caller: AdminCaller, sessionId: string, method: string): Promise<string> {
    return await this.#deps.ledger.commit(async (tx) => {
      await tx.audit(success(caller, "reauthenticate", { details: { method } }));
      return await this.#deps.sessions.renew(tx, sessionId);
    });
  }

  /** Other sessions end; gives this one's new token. @throws VaultError `auth.sign_in_failed`, `person.password_weak` */
  async changePassword(
    caller: AdminCaller,
    request: ChangePasswordRequest,
    address: string,
  ): Promise<string> {
    const { person, sessionId } = ownSession(caller);
    await this.#prove(person, request.password, address);
    const password = await this.#deps.passwords.store(request.new_password);
    const at = this.#deps.clock.now();
    return await this.#deps.ledger.commit(async (tx) => {
      await tx.audit(success(caller, "password_change", { resourcePath: person.id }));
      await tx.db.updateTable("admin_users").set({ ...password, updated_at: at }).where("id", "=", person.id)
        .execute();
      await endSessions(tx.db, person.id, { at, but: sessionId });
      return await this.#deps.sessions.renew(tx, sessionId);
    });
  }

  async signOut(caller: AdminCaller): Promise<void> {
    const { sessionId } = ownSession(caller);
    const revoked_at = this.#deps.clock.now();
    await this.#deps.ledger.commit(async (tx) => {
      await tx.audit(success(caller, "sign_out"));
      await tx.db.updateTable("admin_sessions").set({ revoked_at }).where("id", "=", sessionId).execute();
    });
  }

  /** Open ones, newest first: one's own; all for who looks after people. */
  async sessions(caller: AdminCaller): Promise<SessionSummary[]> {
    const now = this.#deps.clock.now();
    let query = this.#deps.store.reader.selectFrom("admin_sessions as s")
      .innerJoin("admin_users as u", "u.id", "s.user_ref").selectAll("s").select("u.email")
      .where("s.revoked_at", "is", null).where("s.expires_at", ">", now)
      .where("s.last_used_at", ">", now - SESSION_IDLE)
      .orderBy("s.created_at", "desc").orderBy("s.id").limit(1_000);
    if (!managesPeople(caller)) query = query.where("s.user_ref", "=", caller.authority.person?.id ?? "");
    const rows = await query.execute();
    return rows.map((row) => ({
      id: row.id,
      person_id: row.user_ref,
      email: row.email,
      method: row.method,
      current: caller.authority.by === "session" && row.id === caller.authority.id,
      created_at: formatTimestamp(row.created_at),
      last_used_at: formatTimestamp(row.last_used_at),
      expires_at: formatTimestamp(row.expires_at),
      source_ip: row.source_ip,
      user_agent: row.user_agent,
    }));
  }

  /** One's own, or anybody's for who looks after people. @throws VaultError `session.not_found` */
  async endSession(caller: AdminCaller, id: string): Promise<void> {
    await this.#deps.ledger.commit(async (tx) => {
      let query = tx.db.updateTable("admin_sessions").set({ revoked_at: this.#deps.clock.now() })
        .where("id", "=", id).where("revoked_at", "is", null);
      if (!managesPeople(caller)) query = query.where("user_ref", "=", caller.authority.person?.id ?? "");
      const result = await query.executeTakeFirst();
      if (result.numUpdatedRows === 0n) {
        throw new VaultError(
          "session.not_found",
          "There is no open session of this id; list them for their ids",
        );
      }
      await tx.audit(success(caller, "session_revoke", { resourcePath: id }));
    });
  }

  /** In place of all codes before; shown once. */
  async recoveryCodes(caller: AdminCaller): Promise<string[]> {
    const { person } = ownSession(caller);
    return await this.#deps.ledger.commit(async (tx) => {
      await tx.audit(success(caller, "recovery_codes_make", { resourcePath: person.id }));
      return await makeRecoveryCodes(tx, person.id);
    });
  }

  /** One's own, newest first. */
  async apiTokens(caller: AdminCaller): Promise<ApiTokenSummary[]> {
    const rows = await this.#deps.store.reader.selectFrom("admin_api_tokens").selectAll()
      .where("user_ref", "=", caller.authority.person?.id ?? "").orderBy("created_at", "desc").limit(1_000)
      .execute();
    return rows.map(toToken);
  }

  /** A token can never do more than its person. @throws VaultError `request.invalid`, `auth.forbidden` */
  async createApiToken(caller: AdminCaller, request: CreateApiTokenRequest): Promise<CreatedApiToken> {
    const { person } = ownSession(caller);
    const rights = tokenRights(caller, request.rights);
    const namespaces = request.namespaces?.map((name) => parseNamespaceName(name, "namespaces")) ?? null;
    checkReached(caller, rights, namespaces);
    await this.#checkLife(person, request.expires_in_days);
    const token = newApiToken();
    const now = this.#deps.clock.now();
    const row = {
      id: randomUuid(),
      user_ref: person.id,
      name: request.name,
      token_hash: sha256(token),
      rights: JSON.stringify(rights),
      namespaces: namespaces === null ? null : JSON.stringify(namespaces),
      created_at: now,
      expires_at: now + request.expires_in_days * DAY,
      last_used_at: null,
      revoked_at: null,
    };
    await this.#deps.ledger.commit(async (tx) => {
      const details = { name: row.name, rights, namespaces, expires_at: formatTimestamp(row.expires_at) };
      await tx.audit(success(caller, "api_token_create", { resourcePath: row.id, details }));
      await tx.db.insertInto("admin_api_tokens").values(row).execute();
    });
    return { ...toToken(row), token };
  }

  /** Who was let go by the provider signs in no more, so nothing takes their roles from a token. @throws VaultError `request.invalid` */
  async #checkLife({ id }: PersonRef, days: number): Promise<void> {
    const person = await findById(this.#deps.store.reader, id);
    if (days <= PROVIDERS_TOKEN_DAYS || person === undefined || !isProvidersOwn(person)) return;
    throw new VaultError(
      "request.invalid",
      `Field 'expires_in_days' is too large; tokens of accounts of the provider live ${PROVIDERS_TOKEN_DAYS} days at most`,
    );
  }

  /** One's own. @throws VaultError `api_token.not_found` */
  async revokeApiToken(caller: AdminCaller, id: string): Promise<void> {
    await this.#deps.ledger.commit(async (tx) => {
      const result = await tx.db.updateTable("admin_api_tokens")
        .set({ revoked_at: this.#deps.clock.now() }).where("id", "=", id)
        .where("user_ref", "=", caller.authority.person?.id ?? "").where("revoked_at", "is", null)
        .executeTakeFirst();
      if (result.numUpdatedRows === 0n) {
        throw new VaultError(
          "api_token.not_found",
          "You have no such token that lives; list them for their ids",
        );
      }
      await tx.audit(success(caller, "api_token_revoke", { resourcePath: id }));
    });
  }

  async #prove({ id, email }: PersonRef, password: string, address: string): Promise<void> {
    const guesser = { account: email, address };
    this.#deps.tries.begin(guesser);
    const person = await findById(this.#deps.store.reader, id);
    if (!await this.#deps.passwords.verify(password, person)) throw failed();
    this.#deps.tries.succeeded(guesser);
  }
}

export interface OwnSession {
  readonly person: PersonRef;
  readonly sessionId: string;
}

/** Who has a session to look after. @throws VaultError `auth.forbidden` for API tokens and the admin token */
export function ownSession({ authority }: AdminCaller): OwnSession {
  if (authority.by === "session" && authority.person !== null && authority.id !== null) {
    return { person: authority.person, sessionId: authority.id };
  }
  throw new VaultError("auth.forbidden", "This is for people who are signed in; sign in with your account");
}

function managesPeople({ authority }: AdminCaller): boolean {
  return authority.rights.has("people.manage");
}

/** @throws VaultError `request.invalid` */
function tokenRights({ authority }: AdminCaller, wanted: readonly string[]): Right[] {
  return [...new Set(wanted)].map((text) => {
    const right = TOKEN_RIGHTS.find((known) => known === text);
    if (right !== undefined && authority.rights.has(right)) return right;
    throw new VaultError(
      "request.invalid",
      `Field 'rights' has one that you cannot give; choose from ${
        TOKEN_RIGHTS.filter((known) => authority.rights.has(known)).join(", ")
      }`,
    );
  });
}

/** @throws VaultError `request.invalid` */
function checkReached(
  { authority }: AdminCaller,
  rights: readonly Right[],
  namespaces: readonly string[] | null,
): void {
  for (const namespace of namespaces ?? []) {
    if (rights.some((right) => reaches(authority.rights.get(right) ?? new Set(), namespace))) continue;
    throw new VaultError(
      "request.invalid",
      "Field 'namespaces' has one in which you have none of these rights",
    );
  }
}

function toToken(row: Omit<AdminApiTokenTable, "token_hash" | "user_ref">): ApiTokenSummary {
  return {
    id: row.id,
    name: row.name,
    rights: readRights(row.rights),
    namespaces: row.namespaces === null ? null : JSON.parse(row.namespaces),
    created_at: formatTimestamp(row.created_at),
    expires_at: formatTimestamp(row.expires_at),
    last_used_at: formatOptionalTimestamp(row.last_used_at),
    revoked_at: formatOptionalTimestamp(row.revoked_at),
  };
}
