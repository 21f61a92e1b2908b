/** Of what a token gives: what may go this way, and what it lacks. */

import type { WithheldName } from "../../../shared/api/project.ts";
import type { Instant } from "../../../shared/clock.ts";
import { deliveryRefusal } from "../../access/delivery.ts";
import { namesToDiscover, type ReleasedName } from "../../access/release.ts";
import type { ProjectCaller } from "../../caller.ts";
import type { Delivery } from "../../store/schema.ts";
import type { SealedGrant } from "../projects/access_facts.ts";
import type { ReleaseView, TokenHolder } from "./project_release.ts";

/** What one read delivers. */
export interface Delivered {
  readonly values: readonly ReleasedName<SealedGrant>[];
  readonly grants: readonly SealedGrant[];
  /** Their key paths, sorted. */
  readonly keys: readonly string[];
  readonly withheld: WithheldName[];
}

/** Whether the caller's token has a row: only such a token may give something. */
export function holdsToken(caller: ProjectCaller): caller is TokenHolder {
  return caller.token !== null;
}

/** `names` as the caller spells them; null for all that the token gives. */
export function chooseDelivered(
  view: ReleaseView,
  ways: ReadonlySet<Delivery>,
  names: ReadonlySet<string> | null = null,
): Delivered {
  const isWanted = ({ name }: { readonly name: string }) => names === null || names.has(name);
  const released = view.released.filter(isWanted);
  const values = released.filter(({ grant }) => deliveryRefusal(grant, ways) === undefined);
  const kept = released.flatMap(({ name, grant }) => {
    const reason = deliveryRefusal(grant, ways);
    return reason === undefined ? [] : [{ name, reason }];
  });
  const grants = values.map(({ grant }) => grant);
  return {
    values,
    grants,
    keys: [...new Set(grants.map(({ keyPath }) => keyPath))].sort(),
    withheld: [...view.withheld.filter(isWanted), ...kept],
  };
}

/** Names that a new discover would bring or ask for. */
export function moreGranted(view: ReleaseView, now: Instant): string[] {
  return view.grants.length <= view.scope.length ? [] : namesToDiscover(view, now);
}

/**
 * Decoys that a read names, in its token where it names nothing else: whoever does wants them, whether a policy or the way
 * of the delivery would keep them back or not.
 */
export function decoysNamed(
  { released, withheld, grants }: ReleaseView,
  names: readonly string[] | null = null,
): SealedGrant[] {
  const named = names ?? [...released, ...withheld].map(({ name }) => name);
  const upper = new Set(named.map((name) => name.toUpperCase()));
  return grants.filter(({ decoy, effectiveName }) => decoy === 1 && upper.has(effectiveName));
}
