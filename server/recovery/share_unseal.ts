/**
 * Shares that come one at a time, from different people and machines, to a server that is sealed. They wait in memory until there
 * are enough of one set, for an hour at most after the last one, and are wiped then, or when somebody starts over.
 */

import { type Clock, HOUR, type Instant } from "../../shared/clock.ts";
import { VaultError } from "../../shared/errors.ts";
import type { Store } from "../store/store.ts";
import { describeOffer, isTaken, type Offer } from "./offer.ts";
import { ShareCollector } from "./share_collector.ts";
import { type Recovered, recoverKek } from "./unseal.ts";
import { readVaultFacts } from "./vault_facts.ts";

/** How long shares wait for the next one. */
const PATIENCE = HOUR;

/** How far a collection is. */
export interface ShareProgress {
  readonly setId: string;
  readonly given: number;
  readonly needed: number;
}

export type ShareStep =
  | { readonly kind: "waiting"; readonly progress: ShareProgress }
  | { readonly kind: "recovered"; readonly recovered: Recovered };

export class ShareUnseal {
  readonly #store: Store;
  readonly #clock: Clock;
  #collector: ShareCollector | undefined;
  #lastTaken: Instant = 0;
  /** The offer before: the next one waits, because the last share of a set takes more than a moment. */
  #before: Promise<unknown> = Promise.resolve();

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Undefined while no share waits. */
  get progress(): ShareProgress | undefined {
    this.expire();
    return this.#collector?.progress;
  }

  /**
   * Takes a share. The one that completes its set gives the KEK, and the collection is over; whoever gets it wipes it.
   * @throws VaultError `recovery.share_refused`, `recovery.shares_do_not_open`
   */
  offer(text: string): Promise<ShareStep> {
    const mine = this.#before.then(() => this.#offer(text));
    this.#before = mine.catch(() => {});
    return mine;
  }

  /** Starts over: what was given is wiped. */
  reset(): void {
    this.#collector?.wipe();
    this.#collector = undefined;
  }

  /** Wipes shares that have waited too long. To be called now and then. */
  expire(): void {
    if (this.#clock.now() - this.#lastTaken >= PATIENCE) this.reset();
  }

  async #offer(text: string): Promise<ShareStep> {
    this.expire();
    this.#collector ??= await this.#startCollecting();
    const collector = this.#collector;
    const offer = collector.offer(text);
    if (!isTaken(offer)) throw refusal(offer);
    this.#lastTaken = this.#clock.now();
    if (offer.kind === "taken") return { kind: "waiting", progress: offer };
    this.#collector = undefined;
    return { kind: "recovered", recovered: await recoverKek(collector) };
  }

  /** Reads the facts anew for each collection: the key may have been rotated since the last one. */
  async #startCollecting(): Promise<ShareCollector> {
    const facts = await readVaultFacts(this.#store);
    if (facts === undefined) throw new Error("a database without a vault is never sealed");
    return new ShareCollector(facts);
  }
}

function refusal(offer: Offer): VaultError {
  return new VaultError("recovery.share_refused", describeOffer(offer), { details: detailsOf(offer) });
}

/** For programs: the reason by name, and the group where a share was mistyped. */
function detailsOf(offer: Offer): Record<string, unknown> {
  if (offer.kind !== "malformed") return { reason: offer.kind };
  const { fault } = offer;
  const group = fault.kind === "mistyped" && fault.group !== undefined ? { group: fault.group } : {};
  return { reason: fault.kind, ...group };
}
