/**
 * Sessions of people: 256 random bits in a cookie, their digest in the database. A session ends by silence, by its age, by being
 * revoked, and with its person; whenever something new was proven, its token is another one (fixation).
 */

import { type Clock, HOUR, type Instant, MINUTE } from "../../shared/clock.ts";
import { sha256 } from "../../shared/crypto/hash.ts";
import { randomBytes, randomUuid } from "../../shared/crypto/random.ts";
import { toBase64Url } from "../../shared/encoding.ts";
import { rightsOf } from "../access/roles.ts";
import type { Origin } from "../audit/entry.ts";
import type { Ledger, Tx } from "../audit/ledger.ts";
import { type AdminCaller, personCaller } from "../caller.ts";
import type { Queries } from "../store/schema.ts";
import type { Store } from "../store/store.ts";
import { findById, type PersonRow, refOf, rolesOf } from "./people.ts";

export const SESSION_IDLE = 30 * MINUTE;
export const SESSION_LIFE = 12 * HOUR;
/** What shows a value or moves a key asks for a proof that is no older. */
export const PROOF_LIFE = 5 * MINUTE;
/** A session is written to no more often than this. */
const TOUCH_AFTER = MINUTE;
const TOKEN_BYTES = 32;
const LONGEST_AGENT = 300;

/** How somebody signed in, for the list of sessions. */
export type SignInMethod =
  | "password"
  | "password+passkey"
  | "password+recovery_code"
  | "passkey"
  | "oidc"
  | "invitation";

export interface NewSession {
  readonly method: SignInMethod;
  readonly origin: Origin;
  readonly userAgent: string | null;
  /** When the person proved it; now, unless told. */
  readonly provenAt?: Instant;
}

/** A session that was opened; `token` goes into the cookie and nowhere else. */
export interface OpenedSession {
  readonly id: string;
  readonly token: string;
}

export class PersonSessions {
  readonly #store: Pick<Store, "reader">;
  readonly #ledger: Ledger;
  readonly #clock: Clock;

  constructor(
    { store, ledger, clock }: {
      readonly store: Pick<Store, "reader">;
      readonly ledger: Ledger;
      readonly clock: Clock;
    },
  ) {
    this.#store = store;
    this.#ledger = ledger;
    this.#clock = clock;
  }

  /** Inside the work that checked the proof. */
  async open(
    tx: Tx,
    person: PersonRow,
    { method, origin, userAgent, provenAt }: NewSession,
  ): Promise<OpenedSession> {
    const token = newToken();
    const now = this.#clock.now();
    const id = randomUuid();
    await tx.db.insertInto("admin_sessions").values({
      id,
      user_ref: person.id,
      token_hash: sha256(token),
      method,
      created_at: now,
      proven_at: Math.min(provenAt ?? now, now),
      last_used_at: now,
      expires_at: now + SESSION_LIFE,
      revoked_at: null,
      source_ip: origin.sourceIp,
      user_agent: userAgent?.slice(0, LONGEST_AGENT) ?? null,
    }).execute();
    await tx.db.updateTable("admin_users").set({ last_sign_in_at: now }).where("id", "=", person.id)
      .execute();
    return { id, token };
  }

  /** Another token for a session whose person has just proven it again; the token before is worth nothing. */
  async renew(tx: Tx, sessionId: string): Promise<string> {
    const token = newToken();
    const now = this.#clock.now();
    await tx.db.updateTable("admin_sessions")
      .set({ token_hash: sha256(token), proven_at: now, last_used_at: now })
      .where("id", "=", sessionId).execute();
    return token;
  }

  /** Who holds the token. `quiet` requests, such as those of a list that refreshes itself, keep no session awake. */
  async find(token: string, origin: Origin, quiet = false): Promise<AdminCaller | undefined> {
    const now = this.#clock.now();
    const session = await this.#store.reader.selectFrom("admin_sessions").selectAll()
      .where("token_hash", "=", sha256(token)).executeTakeFirst();
    if (session === undefined || session.revoked_at !== null || session.expires_at <= now) return undefined;
    if (now - session.last_used_at >= SESSION_IDLE) return undefined;
    const person = await findById(this.#store.reader, session.user_ref);
    if (person === undefined || person.disabled_at !== null) return undefined;
    if (!quiet && now - session.last_used_at >= TOUCH_AFTER) await this.#touch(session.id, now);
    const fresh = now - session.proven_at < PROOF_LIFE;
    const rights = rightsOf(rolesOf(person));
    return personCaller(refOf(person), { by: "session", id: session.id, rights, fresh }, origin);
  }

  async #touch(id: string, now: Instant): Promise<void> {
    await this.#ledger.commit(async (tx) => {
      await tx.db.updateTable("admin_sessions").set({ last_used_at: now }).where("id", "=", id).execute();
    });
  }
}

/** Ends sessions of a person; all but one where that one is named. Gives how many. */
export async function endSessions(
  db: Queries,
  userRef: string,
  { at, but }: { readonly at: Instant; readonly but?: string | null },
): Promise<number> {
  let query = db.updateTable("admin_sessions").set({ revoked_at: at })
    .where("user_ref", "=", userRef).where("revoked_at", "is", null);
  if (but !== undefined && but !== null) query = query.where("id", "<>", but);
  const result = await query.executeTakeFirst();
  return Number(result.numUpdatedRows);
}

function newToken(): string {
  return toBase64Url(randomBytes(TOKEN_BYTES));
}
