/** What templates are made of: the grant of a stored one, and the names under which values are there for it. */

import { approvalStates } from "../../access/approval.ts";
import { decidePath } from "../../access/policy.ts";
import type { ReleasedName } from "../../access/release.ts";
import type { SealedGrant } from "../projects/access_facts.ts";
import type { ReleaseView, TokenHolder } from "./project_release.ts";

/**
 * The template that is meant, where the agent may have it: it counts as approved with the project, which is bound to the
 * agent by a person's approval, unless a person has refused the template itself.
 */
export function findTemplate(view: ReleaseView, caller: TokenHolder, app: string): SealedGrant | undefined {
  return view.grants.find((grant) =>
    grant.secretType === "TEMPLATE_CONFIG" && grant.delivery !== "never" &&
    isMeant(app, grant, grant.effectiveName) &&
    decidePath(view.policies, grant.keyPath).allowed && !wasRefused(view, caller, grant.keyPath)
  );
}

/** The key path to the letter; the name of the grant in any case. */
export function isMeant(app: string, grant: SealedGrant, name: string): boolean {
  return app === grant.keyPath || app.toUpperCase() === name.toUpperCase();
}

function wasRefused({ history, now }: ReleaseView, { token }: TokenHolder, keyPath: string): boolean {
  const state = approvalStates(history, [keyPath], token.issuedAt, now).get(keyPath);
  return state === "denied" || state === "not_approved";
}

/** The names of a value, best first: its key path, its environment name, its key path with `_` for `/`. */
export function spellingsOf(name: string, { keyPath }: SealedGrant): readonly string[] {
  return [keyPath, name, keyPath.replaceAll("/", "_")];
}

/** Each value under each of its names. Where two values have one, the better spelling wins. */
export function contextOf(
  values: readonly ReleasedName<SealedGrant>[],
  texts: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const context = new Map<string, string>();
  for (const rank of [0, 1, 2]) {
    for (const { name, grant } of values) {
      const text = texts.get(name);
      const spelling = spellingsOf(name, grant)[rank];
      if (text !== undefined && spelling !== undefined && !context.has(spelling)) context.set(spelling, text);
    }
  }
  return context;
}
