/**
 * Whether a person may use a route, and where: the right that the access table names for it, with its namespaces. Services get the
 * caller with that reach and no more, so that what is outside of it is not there for them.
 */

import type { AccessRow } from "../access_rows/row.ts";
import type { Reach, Right } from "../access/roles.ts";
import type { AdminCaller, Caller } from "../caller.ts";
import { VaultError } from "../../shared/errors.ts";

/** Other callers than people pass: their own authentication has said what they may. @throws VaultError `auth.forbidden`, `auth.proof_too_old` */
export function authorise(row: AccessRow, caller: Caller): Caller {
  if (caller.kind !== "admin" || row.caller !== "admin") return caller;
  const { right } = row;
  const reach = right === undefined ? undefined : caller.authority.rights.get(right);
  if (right === undefined || reach === undefined || isNowhere(reach)) throw forbidden(right);
  if (row.fresh === true && !isFresh(caller, right)) throw tooOld();
  return { ...caller, reach };
}

/** An API token cannot prove anything anew: whoever made it gave it the right to read values, or did not. */
function isFresh({ authority }: AdminCaller, right: Right): boolean {
  return authority.fresh || (authority.by === "api_token" && right === "secret.read");
}

function isNowhere(reach: Reach): boolean {
  return reach !== "everywhere" && reach.size === 0;
}

function forbidden(right: Right | undefined): VaultError {
  return new VaultError(
    "auth.forbidden",
    `Your roles do not include the right '${right ?? "unknown"}'; ask a super-admin for it`,
  );
}

function tooOld(): VaultError {
  return new VaultError(
    "auth.proof_too_old",
    "This needs a proof of who you are that is not older than five minutes; sign in again, then repeat it",
  );
}
