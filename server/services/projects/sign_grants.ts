/**
 * From the names in a request for a signature to the grants that it may use. Decoys are looked for in all of them first, so
 * that one is an alarm however wrong the rest of the request is.
 */

import type { SignRequest } from "../../../shared/api/sign.ts";
import { SignLimits } from "../../../shared/api/sign_limits.ts";
import { VaultError } from "../../../shared/errors.ts";
import type { ReleaseRefusal } from "../../access/release.ts";
import { brokenLimit } from "../../access/sign_limits.ts";
import { PUBLIC_PARTS, type PublicPart } from "../../signing/aws.ts";
import type { SealedGrant } from "./access_facts.ts";
import type { DecoyAlarm } from "../release/decoys.ts";
import { moreGranted } from "../release/project_delivery.ts";
import {
  type ReleaseDeps,
  type ReleaseView,
  type TokenHolder,
  viewRelease,
} from "../release/project_release.ts";

/** What a granted value is in a signature. */
export type SignRole = "key" | PublicPart;
export type SignGrants = ReadonlyMap<SignRole, SealedGrant>;

/** The names that a request uses, each with its role. */
export function namesOf(request: SignRequest): readonly (readonly [role: SignRole, name: string])[] {
  if (request.kind !== "aws") return [["key", request.name]];
  const { name, access_key_id_name, session_token_name } = request;
  const all: readonly (readonly [SignRole, string | null | undefined])[] = [
    ["key", name],
    ["access_key_id", access_key_id_name],
    ["session_token", session_token_name],
  ];
  return all.flatMap(([role, each]) => typeof each === "string" ? [[role, each] as const] : []);
}

/** @throws VaultError `sign.key_not_granted`, `sign.not_allowed`, `sign.key_unfit`, `token.invalid` for a decoy */
export async function findGrants(
  deps: ReleaseDeps,
  decoys: DecoyAlarm,
  caller: TokenHolder,
  request: SignRequest,
): Promise<SignGrants> {
  const view = await viewRelease(deps, caller);
  const found = namesOf(request).map(([role, name]) => ({ role, name, grant: releasedAs(view, name) }));
  await decoys.check(caller, found.flatMap(({ grant }) => grant ?? []));
  for (const { name, grant } of found) if (grant === undefined) await decoys.checkName(caller, name);
  const grants = new Map<SignRole, SealedGrant>();
  for (const { role, name, grant } of found) {
    if (grant === undefined) throw notGranted(view, name, moreGranted(view, deps.clock.now()));
    checkRole(role, grant);
    if (role === "key") checkLimits(grant, request);
    grants.set(role, grant);
  }
  return grants;
}

/** What an admin lets the key of a grant sign. */
export function limitsOf({ signLimits }: SealedGrant): SignLimits {
  return signLimits === null ? {} : SignLimits.parse(JSON.parse(signLimits));
}

function checkLimits(grant: SealedGrant, request: SignRequest): void {
  const broken = brokenLimit(limitsOf(grant), grant.effectiveName, request);
  if (broken !== undefined) throw limited(broken);
}

/** What breaks a limit of its key's grant. */
export function limited({ limit, allowed }: NonNullable<ReturnType<typeof brokenLimit>>): VaultError {
  return new VaultError(
    "sign.not_allowed",
    `The grant of this key limits ${limit} to: ${allowed}; keep to it, or ask an admin to change the grant`,
    { details: { limit } },
  );
}

function releasedAs({ released }: ReleaseView, name: string): SealedGrant | undefined {
  return released.find((one) => one.name.toUpperCase() === name.toUpperCase())?.grant;
}

const TYPE_WORDS = {
  SSH_KEY: "an SSH key, which signs logins by cortex ssh and nothing else",
  JSON_CONFIG: "a JSON configuration; store the key as a KEY_VALUE secret of its own",
  TEMPLATE_CONFIG: "a template; store the key as a KEY_VALUE secret of its own",
} as const;

function checkRole(role: SignRole, { secretType, effectiveName }: SealedGrant): void {
  if (secretType !== "KEY_VALUE") {
    throw new VaultError("sign.key_unfit", `What this name stands for is ${TYPE_WORDS[secretType]}`);
  }
  if (role === "key" || effectiveName.endsWith(PUBLIC_PARTS[role].suffix)) return;
  throw new VaultError(
    "sign.not_allowed",
    `What goes out beside a signature is taken only from a grant whose name ends in ${
      PUBLIC_PARTS[role].suffix
    }; ask an admin to grant it under such a name`,
  );
}

const REASON_WORDS: Partial<Readonly<Record<ReleaseRefusal, string>>> = {
  command_bound: "This key is for approved commands only; ask an admin for a grant that is not bound to them",
  denied_by_policy: "A policy keeps this key from this agent; ask an admin to look at the policy",
  denied: "An admin said no to this key; ask them",
  not_approved: "An admin approved other keys and not this one; ask them",
  approval_removed: "The approval of this key has ended; ask for it again",
};

/** Nothing is said of a name but what a read of the same token says. */
function notGranted(view: ReleaseView, name: string, more: readonly string[]): VaultError {
  const upper = name.toUpperCase();
  const reason = view.withheld.find((one) => one.name.toUpperCase() === upper)?.reason;
  const asksAnew = more.includes(upper) || reason === "approval_removed";
  return keyNotGranted({
    ...(reason === undefined ? {} : { reason }),
    ...(asksAnew ? { more_granted: true } : {}),
  });
}

interface NotGrantedDetails {
  readonly reason?: ReleaseRefusal;
  /** A new discover would bring the name, or ask a person for it. */
  readonly more_granted?: true;
}

/** What is heard of a key that is not there to sign. */
export function keyNotGranted(details: NotGrantedDetails = {}): VaultError {
  const words = details.reason === undefined ? undefined : REASON_WORDS[details.reason];
  return new VaultError(
    "sign.key_not_granted",
    words ?? "This key is not granted to the project; ask an admin to grant it",
    Object.keys(details).length === 0 ? {} : { details: { ...details } },
  );
}
