/** API tokens of people, for scripts: some of the person's rights, in some of their namespaces, until a day. */

import type { Clock } from "../../shared/clock.ts";
import { MINUTE } from "../../shared/clock.ts";
import { sha256 } from "../../shared/crypto/hash.ts";
import { randomBytes } from "../../shared/crypto/random.ts";
import { toBase64Url } from "../../shared/encoding.ts";
import { VaultError } from "../../shared/errors.ts";
import { narrowed, type Right, RIGHTS, rightsOf } from "../access/roles.ts";
import type { Origin } from "../audit/entry.ts";
import type { Ledger } from "../audit/ledger.ts";
import { type AdminCaller, personCaller } from "../caller.ts";
import type { Store } from "../store/store.ts";
import { findById, refOf, rolesOf } from "./people.ts";

/** So that scanners of repositories find one that was committed. */
export const API_TOKEN_PREFIX = "cxp_";
const TOKEN_BYTES = 32;
const FORM = /^cxp_[A-Za-z0-9_-]{43}$/;
const TOUCH_AFTER = MINUTE;

/** What a token can be given: not what ends or moves keys, nor what makes more tokens and people. */
export const TOKEN_RIGHTS = [
  "metadata.read",
  "audit.read",
  "secret.read",
  "secret.write",
  "access.write",
  "access.decide",
  "vault.read",
] as const satisfies readonly Right[];

export function newApiToken(): string {
  return API_TOKEN_PREFIX + toBase64Url(randomBytes(TOKEN_BYTES));
}

export class ApiTokens {
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

  /** @throws VaultError `auth.invalid` */
  async authenticate(text: string, origin: Origin): Promise<AdminCaller> {
    const caller = FORM.test(text) ? await this.#find(text, origin) : undefined;
    if (caller !== undefined) return caller;
    throw new VaultError(
      "auth.invalid",
      "The API token is wrong, revoked or over; make another in the dashboard",
    );
  }

  async #find(text: string, origin: Origin): Promise<AdminCaller | undefined> {
    const now = this.#clock.now();
    const token = await this.#store.reader.selectFrom("admin_api_tokens").selectAll()
      .where("token_hash", "=", sha256(text)).executeTakeFirst();
    if (token === undefined || token.revoked_at !== null || token.expires_at <= now) return undefined;
    const person = await findById(this.#store.reader, token.user_ref);
    if (person === undefined || person.disabled_at !== null) return undefined;
    if (now - (token.last_used_at ?? 0) >= TOUCH_AFTER) await this.#touch(token.id);
    const namespaces: readonly string[] | null = token.namespaces === null
      ? null
      : JSON.parse(token.namespaces);
    const rights = narrowed(rightsOf(rolesOf(person)), readRights(token.rights), namespaces);
    return personCaller(refOf(person), { by: "api_token", id: token.id, rights, fresh: false }, origin);
  }

  async #touch(id: string): Promise<void> {
    const last_used_at = this.#clock.now();
    await this.#ledger.commit(async (tx) => {
      await tx.db.updateTable("admin_api_tokens").set({ last_used_at }).where("id", "=", id).execute();
    });
  }
}

/** Of a row; a right that is not known any more is none. */
export function readRights(text: string): Right[] {
  const stored: readonly string[] = JSON.parse(text);
  return stored.filter((right): right is Right => Object.hasOwn(RIGHTS, right));
}
