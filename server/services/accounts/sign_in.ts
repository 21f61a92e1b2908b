/**
 * Signing in: a password, a second factor where the account has one, or a code of an invitation. What is answered, and how much work
 * it takes, does not depend on whether there is an account; each success is a session of its own.
 */

import type {
  AcceptInvitationRequest,
  RecoveryCodeRequest,
  SignInRequest,
} from "../../../shared/api/auth.ts";
import { type Clock, type Instant, MINUTE } from "../../../shared/clock.ts";
import { sha256 } from "../../../shared/crypto/hash.ts";
import { randomUuid } from "../../../shared/crypto/random.ts";
import { VaultError } from "../../../shared/errors.ts";
import type { RoleAssignment } from "../../access/roles.ts";
import type { Origin } from "../../audit/entry.ts";
import { withFacts } from "../../audit/refusals.ts";
import type { Ledger, Tx } from "../../audit/ledger.ts";
import { personCaller } from "../../caller.ts";
import { normalEmail, parseEmail } from "../../identity/email.ts";
import { Once } from "../../identity/once.ts";
import type { Passwords, StoredPassword } from "../../identity/passwords.ts";
import { findByEmail, findById, isProvidersOwn, type PersonRow, refOf } from "../../identity/people.ts";
import { endSessions, type PersonSessions, type SignInMethod } from "../../identity/person_sessions.ts";
import type { SignInTries } from "../../identity/sign_in_tries.ts";
import type { Store } from "../../store/store.ts";
import { useInvitation } from "./invitations.ts";
import { normalCode } from "./recovery_codes.ts";
import { success } from "../success.ts";

/** Between two steps of signing in. */
const TICKET_LIFE = 5 * MINUTE;
const FIRST_ROLES: readonly RoleAssignment[] = [{ role: "super-admin", namespaces: null }];

/** Who is at the door, as the request says. */
export interface Visitor {
  readonly origin: Origin;
  readonly userAgent: string | null;
  /** What tries are counted by. */
  readonly address: string;
  /** When the person proved it, where that was elsewhere and before now. */
  readonly provenAt?: Instant;
}

export type SecondFactor = "passkey" | "recovery_code";

export interface SignedInPerson {
  readonly kind: "signed_in";
  readonly email: string;
  readonly personId: string;
  readonly sessionId: string;
  /** For the cookie, and for nothing else. */
  readonly token: string;
}

export interface SecondStep {
  readonly kind: "second_factor";
  readonly ticket: string;
  readonly factors: readonly SecondFactor[];
}

/** A password that was right. */
interface Ticket {
  readonly userRef: string;
}

export interface SignInDeps {
  readonly store: Pick<Store, "reader">;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly passwords: Passwords;
  readonly sessions: PersonSessions;
  readonly tries: SignInTries;
}

export class SignInService {
  readonly #deps: SignInDeps;
  readonly #tickets: Once<Ticket>;

  constructor(deps: SignInDeps) {
    this.#deps = deps;
    this.#tickets = new Once({ clock: deps.clock, lifeMs: TICKET_LIFE });
  }

  /** @throws VaultError `auth.sign_in_failed`, `auth.throttled`, `server.busy` */
  async withPassword(request: SignInRequest, visitor: Visitor): Promise<SignedInPerson | SecondStep> {
    const account = normalEmail(request.email);
    const guesser = { account, address: visitor.address };
    this.#deps.tries.begin(guesser);
    // Asked for in any case, and derived in any case: time tells nothing.
    const person = await findByEmail(this.#deps.store.reader, account ?? "");
    const isRight = await this.#deps.passwords.verify(request.password, person);
    if (person === undefined || !isRight || person.disabled_at !== null) throw failedFor(person);
    this.#deps.tries.succeeded(guesser);
    const factors = await this.#secondFactors(person.id);
    if (factors.length === 0) return await this.open(person.id, "password", visitor);
    return { kind: "second_factor", ticket: this.#tickets.put({ userRef: person.id }), factors };
  }

  /** Each code works once. @throws VaultError `auth.sign_in_failed`, `auth.throttled` */
  async withRecoveryCode(request: RecoveryCodeRequest, visitor: Visitor): Promise<SignedInPerson> {
    const userRef = this.personOf(request.ticket);
    const guesser = { account: `recovery ${userRef ?? ""}`, address: visitor.address };
    this.#deps.tries.begin(guesser);
    if (userRef === undefined) throw failed();
    const signedIn = await this.open(userRef, "password+recovery_code", visitor, async (tx) => {
      const used = await tx.db.updateTable("admin_recovery_codes").set({ used_at: this.#deps.clock.now() })
        .where("user_ref", "=", userRef).where("code_hash", "=", sha256(normalCode(request.code)))
        .where("used_at", "is", null).executeTakeFirst();
      if (used.numUpdatedRows !== 1n) throw failed();
    });
    this.#tickets.take(request.ticket);
    this.#deps.tries.succeeded(guesser);
    return signedIn;
  }

  /** Whose password was right, by the ticket of that step. */
  personOf(ticket: string): string | undefined {
    return this.#tickets.peek(ticket)?.userRef;
  }

  /** The ticket has led to a session. */
  useTicket(ticket: string): void {
    this.#tickets.take(ticket);
  }

  /**
   * Sets the password of who was invited, or makes the first account, and signs in.
   * @throws VaultError `invitation.invalid`, `person.password_weak`, `request.invalid`, `auth.throttled`
   */
  async accept(request: AcceptInvitationRequest, visitor: Visitor): Promise<SignedInPerson> {
    const guesser = { account: undefined, address: visitor.address };
    this.#deps.tries.begin(guesser);
    const email = request.email === undefined ? undefined : parseEmail(request.email);
    const stored = await this.#deps.passwords.store(request.password);
    const person = await this.#deps.ledger.commit(async (tx) => {
      const userRef = await useInvitation(tx, request.code, this.#deps.clock.now());
      const found = userRef === null
        ? await this.#first(tx, email, stored)
        : await this.#setPassword(tx, userRef, stored);
      const caller = this.#callerOf(found, visitor.origin);
      await tx.audit(success(caller, "invitation_accept", { details: { first: userRef === null } }));
      return found;
    });
    this.#deps.tries.succeeded(guesser);
    return await this.open(person.id, "invitation", visitor);
  }

  /** A session for a person who has proven who they are; `check` is a part of the same work. @throws VaultError `auth.sign_in_failed` */
  async open(
    userRef: string,
    method: SignInMethod,
    visitor: Visitor,
    check: (tx: Tx, person: PersonRow) => Promise<void> = async () => {},
  ): Promise<SignedInPerson> {
    return await this.#deps.ledger.commit(async (tx) => {
      const person = await findById(tx.db, userRef);
      if (person === undefined || person.disabled_at !== null) throw failed();
      if (method === "passkey" && isProvidersOwn(person)) throw providerOnly();
      await check(tx, person);
      const { origin } = visitor;
      const { id, token } = await this.#deps.sessions.open(tx, person, { method, ...visitor });
      const caller = this.#callerOf(person, origin, id);
      await tx.audit(success(caller, "sign_in", { details: { method } }));
      return { kind: "signed_in", email: person.email, personId: person.id, sessionId: id, token };
    });
  }

  async #secondFactors(userRef: string): Promise<readonly SecondFactor[]> {
    const db = this.#deps.store.reader;
    const passkey = await db.selectFrom("admin_passkeys").select("id").where("user_ref", "=", userRef)
      .limit(1).executeTakeFirst();
    if (passkey === undefined) return [];
    const code = await db.selectFrom("admin_recovery_codes").select("id").where("user_ref", "=", userRef)
      .where("used_at", "is", null).limit(1).executeTakeFirst();
    return code === undefined ? ["passkey"] : ["passkey", "recovery_code"];
  }

  async #first(tx: Tx, email: string | undefined, password: StoredPassword): Promise<PersonRow> {
    if (email === undefined) {
      throw new VaultError("request.invalid", "Field 'email' is missing; the first account needs an address");
    }
    const anybody = await tx.db.selectFrom("admin_users").select("id").limit(1).executeTakeFirst();
    if (anybody !== undefined) {
      throw new VaultError("invitation.invalid", "There is an account already; sign in");
    }
    const now = this.#deps.clock.now();
    const person: PersonRow = {
      id: randomUuid(),
      email,
      display_name: null,
      roles: JSON.stringify(FIRST_ROLES),
      ...password,
      oidc_subject: null,
      disabled_at: null,
      last_sign_in_at: null,
      created_at: now,
      created_by: "system",
      updated_at: now,
    };
    await tx.db.insertInto("admin_users").values(person).execute();
    return person;
  }

  /** Who forgot a password may have lost it to somebody: sessions of before end. */
  async #setPassword(tx: Tx, userRef: string, password: StoredPassword): Promise<PersonRow> {
    const at = this.#deps.clock.now();
    const person = await findById(tx.db, userRef);
    if (person === undefined || person.disabled_at !== null) {
      throw new VaultError("invitation.invalid", "This account is not active; ask a super-admin");
    }
    await tx.db.updateTable("admin_users").set({ ...password, updated_at: at }).where("id", "=", userRef)
      .execute();
    await endSessions(tx.db, userRef, { at });
    return { ...person, ...password };
  }

  #callerOf(person: PersonRow, origin: Origin, sessionId: string | null = null) {
    const authority = { by: "session", id: sessionId, rights: new Map(), fresh: true } as const;
    return personCaller(refOf(person), authority, origin);
  }
}

/** The log names an account that there is, and nothing of what was typed: it may be a password in the wrong field. */
function failedFor(person: PersonRow | undefined): VaultError {
  return person === undefined ? failed() : withFacts(failed(), { account: person.email });
}

/** Who was let go there would stay here by a passkey. */
function providerOnly(): VaultError {
  return new VaultError(
    "auth.sign_in_failed",
    "This account comes by its provider; sign in there, its passkey only proves anew who is signed in",
  );
}

/** One answer for all that can be wrong. */
export function failed(): VaultError {
  return new VaultError(
    "auth.sign_in_failed",
    "E-mail address, password or code is wrong; check them, or ask a super-admin for a new link",
  );
}
