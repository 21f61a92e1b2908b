/**
 * Shares as they come in, one at a time, until there are enough. Every share is judged before it is kept: what was mistyped,
 * belongs to another vault or another set, is void or was given before is named as such, and nothing is tried with it. Keeps
 * no more shares than are needed, and wipes each when it is over.
 */

import { equalBytes } from "../../shared/crypto/hash.ts";
import { wipe } from "../../shared/crypto/wipe.ts";
import { parseRecoveryShare, printSetId, type RecoveryShare } from "../../shared/recovery_share.ts";
import type { Sentinel } from "./kek_proof.ts";
import type { Offer } from "./offer.ts";
import { combineShares, keyTagOf } from "./split.ts";
import type { VaultFacts } from "./vault_facts.ts";

/** Which shares opened the vault, for the log. */
export interface CollectedSet {
  readonly setId: string;
  readonly threshold: number;
  readonly numbers: readonly number[];
}

/** A key that was not proved yet. */
export interface Combined {
  readonly key: Uint8Array<ArrayBuffer>;
  readonly seal: Sentinel;
  readonly set: CollectedSet;
}

export class ShareCollector {
  readonly #facts: VaultFacts;
  readonly #expected: number | undefined;
  readonly #shares = new Map<number, RecoveryShare>();

  /** `threshold` is what the operator says that is needed, where somebody said it. */
  constructor(facts: VaultFacts, threshold?: number) {
    this.#facts = facts;
    this.#expected = threshold;
  }

  /** How many are given and needed; undefined before the first. */
  get progress(): { readonly setId: string; readonly given: number; readonly needed: number } | undefined {
    const [first] = this.#shares.values();
    if (first === undefined) return undefined;
    return { setId: printSetId(first.setId), given: this.#shares.size, needed: first.threshold };
  }

  /** Judges a text and keeps it where it is a share that is missing. */
  offer(text: string): Offer {
    const parsed = parseRecoveryShare(text);
    if (!parsed.ok) return { kind: "malformed", fault: parsed.fault };
    const refusal = this.#refuse(parsed.share);
    if (refusal === undefined) return this.#take(parsed.share);
    wipe(parsed.share.body);
    return refusal;
  }

  /**
   * Gives the key that the shares come to, with what it is to be proved against, and forgets the shares.
   * @throws Error while there are too few: a bug
   */
  async combine(): Promise<Combined> {
    const { progress } = this;
    const [first] = this.#shares.values();
    const seal = first === undefined ? undefined : this.#sealOf(first);
    if (progress === undefined || seal === undefined || progress.given < progress.needed) {
      throw new Error("too few shares");
    }
    const numbers = [...this.#shares.keys()].sort((left, right) => left - right);
    try {
      const key = await combineShares([...this.#shares.values()]);
      return { key, seal, set: { setId: progress.setId, threshold: progress.needed, numbers } };
    } finally {
      this.wipe();
    }
  }

  /** Forgets every share: a collection can begin anew. */
  wipe(): void {
    for (const { body } of this.#shares.values()) wipe(body);
    this.#shares.clear();
  }

  #take(share: RecoveryShare): Offer {
    this.#shares.set(share.number, share);
    const given = this.#shares.size;
    const kind = given === share.threshold ? "enough" : "taken";
    return { kind, setId: printSetId(share.setId), given, needed: share.threshold };
  }

  #refuse(share: RecoveryShare): Offer | undefined {
    return this.#refuseForVault(share) ?? this.#refuseForSet(share) ?? this.#refuseForNumber(share);
  }

  #refuseForVault(share: RecoveryShare): Offer | undefined {
    if (this.#sealOf(share) !== undefined) return undefined;
    const { seals: [{ kek_version: current }], sets } = this.#facts;
    const setId = printSetId(share.setId);
    if (!sets.has(setId)) return { kind: "foreign", setId };
    return { kind: "stale", setId, madeFor: share.kekVersion, current };
  }

  /** The seal of the key that a share is of, where that key opens the vault. */
  #sealOf({ keyTag, kekVersion }: RecoveryShare): Sentinel | undefined {
    return this.#facts.seals.find(({ salt, kek_version }) =>
      kek_version === kekVersion && equalBytes(keyTag, keyTagOf(salt, kek_version))
    );
  }

  #refuseForSet({ setId, threshold: says }: RecoveryShare): Offer | undefined {
    const id = printSetId(setId);
    const { progress } = this;
    if (progress !== undefined && progress.setId !== id) {
      return { kind: "other_set", setId: id, collecting: progress.setId };
    }
    const expected = this.#expected ?? this.#facts.sets.get(id)?.threshold ?? progress?.needed ?? says;
    return says === expected ? undefined : { kind: "other_threshold", says, expected };
  }

  #refuseForNumber({ number, body }: RecoveryShare): Offer | undefined {
    const known = this.#shares.get(number);
    if (known !== undefined) {
      return { kind: equalBytes(known.body, body) ? "duplicate" : "contradiction", number };
    }
    const twin = [...this.#shares.values()].some((share) => coordinateOf(share.body) === coordinateOf(body));
    return twin ? { kind: "contradiction", number } : undefined;
  }
}

/** The library's last byte. Two shares with one coordinate cannot be combined. */
function coordinateOf(body: Uint8Array): number | undefined {
  return body.at(-1);
}
