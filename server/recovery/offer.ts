/** What became of a share that somebody gave, and how that is told. The words never hold anything of the share's secret. */

import { describeShareFault, type ShareFault } from "../../shared/recovery_share.ts";

export type Offer =
  | {
    readonly kind: "taken" | "enough";
    readonly setId: string;
    readonly given: number;
    readonly needed: number;
  }
  | { readonly kind: "malformed"; readonly fault: ShareFault }
  | { readonly kind: "foreign"; readonly setId: string }
  | { readonly kind: "stale"; readonly setId: string; readonly madeFor: number; readonly current: number }
  | { readonly kind: "other_set"; readonly setId: string; readonly collecting: string }
  | { readonly kind: "other_threshold"; readonly says: number; readonly expected: number }
  | { readonly kind: "duplicate"; readonly number: number }
  | { readonly kind: "contradiction"; readonly number: number };

export type OfferKind = Offer["kind"];

/** Whether the share was kept. */
export function isTaken(offer: Offer): offer is Extract<Offer, { kind: "taken" | "enough" }> {
  return offer.kind === "taken" || offer.kind === "enough";
}

/** For the holder of the share, in one sentence. */
export function describeOffer(offer: Offer): string {
  switch (offer.kind) {
    case "taken":
    case "enough":
      return `${offer.given} of ${offer.needed} shares of set ${offer.setId} given`;
    case "malformed":
      return describeShareFault(offer.fault);
    case "foreign":
      return `This share is of set ${offer.setId}, which this vault does not know; it belongs to another vault or to a later state of this one`;
    case "stale":
      return `This share is of set ${offer.setId}, made for version ${offer.madeFor} of the key; the vault has version ${offer.current}, and a rotation voids older shares`;
    case "other_set":
      return `This share is of set ${offer.setId}, those before are of set ${offer.collecting}; only shares of one set go together`;
    case "other_threshold":
      return `This share says that ${offer.says} are needed, expected are ${offer.expected}`;
    case "duplicate":
      return `Share ${offer.number} was given already; give one with another number`;
    case "contradiction":
      return `Share ${offer.number} was given already with another text: one of the two is not genuine; start over`;
  }
}
