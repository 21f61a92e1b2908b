/**
 * One-time ids that were used. An id is remembered for as long as its signature could be accepted, to the last second
 * of the window included, and longer, never shorter; when there is no room left, new ids are refused, not old ones
 * forgotten. Only ids of signatures that verified get in, so nobody fills another's share.
 */

import { type Clock, unixSeconds } from "../../shared/clock.ts";
import { VaultError } from "../../shared/errors.ts";
import { PROOF_WINDOW_SECONDS } from "../../shared/proofs/auth_proof.ts";

/** Ids are grouped by the minute in which they expire, so that forgetting drops whole sets. */
const GENERATION_SECONDS = 60;
/** 3,000 requests a second of one owner, kept for the window and one generation. */
const MAX_PER_OWNER = 1_200_000;
const MAX_OWNERS = 100_000;

interface Owner {
  /** By generation; digests of ids. */
  readonly generations: Map<number, Set<number>>;
  size: number;
}

export interface ReplayCacheOptions {
  readonly maxPerOwner?: number;
  readonly maxOwners?: number;
}

export class ReplayCache {
  readonly #clock: Clock;
  readonly #maxPerOwner: number;
  readonly #maxOwners: number;
  readonly #owners = new Map<string, Owner>();
  readonly #seed = crypto.getRandomValues(new Uint32Array(2));
  /** The generation up to which everything was forgotten. */
  #sweptTo = 0;

  constructor(clock: Clock, options: ReplayCacheOptions = {}) {
    this.#clock = clock;
    this.#maxPerOwner = options.maxPerOwner ?? MAX_PER_OWNER;
    this.#maxOwners = options.maxOwners ?? MAX_OWNERS;
  }

  /** How many ids are held. */
  get size(): number {
    let size = 0;
    for (const owner of this.#owners.values()) size += owner.size;
    return size;
  }

  /**
   * Uses an id up: true the first time, false ever after. `ts` is the signature's time in unix seconds, inside the window.
   * @throws VaultError `server.busy` where there is no room to remember it
   */
  claim(ownerId: string, id: string, ts: number): boolean {
    this.#sweep();
    const owner = this.#owners.get(ownerId) ?? this.#newOwner(ownerId);
    const digest = this.#digest(id);
    for (const seen of owner.generations.values()) if (seen.has(digest)) return false;
    if (owner.size >= this.#maxPerOwner) throw full();
    generationOf(owner, generation(ts + PROOF_WINDOW_SECONDS)).add(digest);
    owner.size++;
    return true;
  }

  #newOwner(ownerId: string): Owner {
    if (this.#owners.size >= this.#maxOwners) throw full();
    const owner = { generations: new Map(), size: 0 };
    this.#owners.set(ownerId, owner);
    return owner;
  }

  /** Once a generation; an id of the generation of now may still be replayed, so that one stays. */
  #sweep(): void {
    const current = generation(unixSeconds(this.#clock.now()));
    if (current === this.#sweptTo) return;
    this.#sweptTo = current;
    for (const [ownerId, owner] of this.#owners) {
      for (const [at, seen] of owner.generations) if (at < current) forget(owner, at, seen);
      if (owner.size === 0) this.#owners.delete(ownerId);
    }
  }

  /**
   * 53 bits under a secret seed instead of the text: a tenth of the memory. Equal ids always meet; two ids meet by chance
   * once in 2^53 pairs, and then a good request is refused, never a bad one accepted. (cyrb53, public domain.)
   */
  #digest(id: string): number {
    let high = 0xdeadbeef ^ (this.#seed[0] ?? 0);
    let low = 0x41c6ce57 ^ (this.#seed[1] ?? 0);
    for (let at = 0; at < id.length; at++) {
      const unit = id.charCodeAt(at);
      high = Math.imul(high ^ unit, 2654435761);
      low = Math.imul(low ^ unit, 1597334677);
    }
    high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
    low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
    return 4294967296 * (2097151 & low) + (high >>> 0);
  }
}

function generation(seconds: number): number {
  return Math.floor(seconds / GENERATION_SECONDS);
}

function generationOf(owner: Owner, at: number): Set<number> {
  const existing = owner.generations.get(at);
  if (existing !== undefined) return existing;
  const fresh = new Set<number>();
  owner.generations.set(at, fresh);
  return fresh;
}

function forget(owner: Owner, at: number, seen: ReadonlySet<number>): void {
  owner.generations.delete(at);
  owner.size -= seen.size;
}

function full(): VaultError {
  return new VaultError(
    "server.busy",
    "Too many signed requests within five minutes; slow down and try again",
    {
      retryAfter: 60,
    },
  );
}
