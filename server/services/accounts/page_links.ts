/**
 * One-time links into the dashboard, for who holds the admin token: the token itself is typed into no page (lesson B17). A link
 * works once and for two minutes; the session that it opens is kept in memory only and ends when the vault is sealed.
 */

import type { PageLink } from "../../../shared/api/page_links.ts";
import { type Clock, formatTimestamp, HOUR, type Instant, MINUTE } from "../../../shared/clock.ts";
import { equalTexts, sha256Hex } from "../../../shared/crypto/hash.ts";
import { randomHex } from "../../../shared/crypto/random.ts";
import { VaultError } from "../../../shared/errors.ts";
import type { Origin } from "../../audit/entry.ts";
import type { Ledger } from "../../audit/ledger.ts";
import { type AdminCaller, adminTokenCaller } from "../../caller.ts";
import type { ServiceDeps } from "../deps.ts";
import { success } from "../success.ts";

const LINK_LIFE = 2 * MINUTE;
const IDLE = 30 * MINUTE;
const LONGEST = 4 * HOUR;
/** What shows a value or moves a key asks for a proof that is no older. */
const FRESH = 5 * MINUTE;
/** A person needs one of each; the rest is a loop. */
const MAX_LINKS = 20;
const MAX_SESSIONS = 100;
const CODE_BYTES = 32;

/** A session as its holder knows it. */
export interface OpenedPages {
  /** For the cookie; only its digest is kept. */
  readonly token: string;
}

export interface PageHolder {
  readonly name: string;
  readonly csrf: string;
  /** Whether the proof is new enough for what shows a value. */
  readonly fresh: boolean;
}

interface Kept {
  readonly name: string;
  readonly csrf: string;
  readonly since: Instant;
  until: Instant;
}

export class PageLinkService {
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  /** By the digest of the code: when it ends. */
  readonly #links = new Map<string, { readonly name: string; readonly until: Instant }>();
  /** By the digest of the token. */
  readonly #sessions = new Map<string, Kept>();
  /** Counts how often all of them ended at once. */
  #generation = 0;

  constructor({ ledger, clock }: Pick<ServiceDeps, "ledger" | "clock">) {
    this.#ledger = ledger;
    this.#clock = clock;
  }

  /**
   * A link that opens a session of the admin token's holder: a person who could make one would lose their name in the log.
   * @throws VaultError `auth.forbidden`
   */
  async make(caller: AdminCaller): Promise<PageLink> {
    if (caller.authority.by !== "admin_token") {
      throw new VaultError(
        "auth.forbidden",
        "Links are for the admin token; people sign in with their accounts",
      );
    }
    const until = this.#clock.now() + LINK_LIFE;
    const code = randomHex(CODE_BYTES);
    const generation = this.#generation;
    await this.#ledger.commit((tx) => tx.audit(success(caller, "page_link_make")));
    if (generation !== this.#generation) {
      throw new VaultError("auth.invalid", "The admin token was replaced meanwhile; use the new one");
    }
    this.#forgetOld();
    this.#links.set(sha256Hex(code), { name: caller.name, until });
    dropFirst(this.#links, MAX_LINKS);
    return { path: `/signin/${code}`, expires_at: formatTimestamp(until) };
  }

  /** Whether the link could be used now; looking at it uses nothing up. */
  isOpen(code: string): boolean {
    const link = this.#links.get(sha256Hex(code));
    return link !== undefined && link.until > this.#clock.now();
  }

  /** Uses the link up. @throws VaultError `auth.invalid` */
  async open(code: string, origin: Origin): Promise<OpenedPages> {
    const link = this.#links.get(sha256Hex(code));
    const now = this.#clock.now();
    // Gone before anything is awaited: of two that use it, one gets in.
    this.#links.delete(sha256Hex(code));
    if (link === undefined || link.until <= now) {
      throw new VaultError(
        "auth.invalid",
        "This link was used or is over; make another with cortex admin dashboard",
      );
    }
    const caller = adminTokenCaller(origin, { name: link.name });
    const generation = this.#generation;
    await this.#ledger.commit((tx) => tx.audit(success(caller, "page_sign_in")));
    if (generation !== this.#generation) {
      throw new VaultError(
        "auth.invalid",
        "The admin token was replaced meanwhile; make another link by the new one",
      );
    }
    const token = randomHex(CODE_BYTES);
    const kept = { name: link.name, csrf: randomHex(CODE_BYTES), since: now, until: now + IDLE };
    this.#sessions.set(sha256Hex(token), kept);
    dropFirst(this.#sessions, MAX_SESSIONS);
    return { token };
  }

  /** Who holds the token; being asked keeps the session open for another while. */
  find(token: string): PageHolder | undefined {
    const kept = this.#sessions.get(sha256Hex(token));
    const now = this.#clock.now();
    if (kept === undefined || kept.until <= now || now - kept.since >= LONGEST) return undefined;
    kept.until = now + IDLE;
    return { name: kept.name, csrf: kept.csrf, fresh: now - kept.since < FRESH };
  }

  async end(token: string, csrf: string, origin: Origin): Promise<void> {
    const kept = this.#sessions.get(sha256Hex(token));
    if (kept === undefined || !equalTexts(kept.csrf, csrf)) return;
    this.#sessions.delete(sha256Hex(token));
    const caller = adminTokenCaller(origin, { name: kept.name });
    await this.#ledger.commit((tx) => tx.audit(success(caller, "page_sign_out")));
  }

  /** Ends every link and session: the token that they came from is worth nothing any more. */
  endAll(): void {
    this.#generation++;
    this.#links.clear();
    this.#sessions.clear();
  }

  #forgetOld(): void {
    const now = this.#clock.now();
    for (const [code, { until }] of this.#links) if (until <= now) this.#links.delete(code);
    for (const [token, { until }] of this.#sessions) if (until <= now) this.#sessions.delete(token);
  }
}

function dropFirst(map: Map<string, unknown>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return;
    map.delete(key);
  }
}
