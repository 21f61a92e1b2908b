/** Who holds the admin token is the admin. */

import { type AdminCaller, adminTokenCaller } from "../caller.ts";
import { VaultError } from "../../shared/errors.ts";
import type { Incoming } from "../http/incoming.ts";
import type { RotateAdminToken } from "../services/accounts/admin_token.ts";
import type { AuthThrottle } from "./auth_throttle.ts";
import { addressKey } from "./client_address.ts";

/** Compares with what is stored, in constant time; knows no token itself. */
export interface AdminTokenVerifier {
  verify(text: string): boolean;
  /** Another token in place of this one; undefined where the environment says which token holds. */
  readonly rotate?: RotateAdminToken | undefined;
}

/** No token is this long; a stranger's header is not hashed at any length. */
const LONGEST_TOKEN = 1_024;

/** @throws VaultError `auth.required`, `auth.invalid`, `auth.throttled` */
export function authenticateAdmin(
  verifier: AdminTokenVerifier,
  throttle: AuthThrottle,
  incoming: Incoming,
): AdminCaller {
  const token = incoming.header("X-Admin-Token") ?? "";
  if (token === "") {
    throw new VaultError("auth.required", "The admin token is missing; send it in the header X-Admin-Token");
  }
  const key = addressKey(incoming.address);
  throttle.check(key);
  if (token.length > LONGEST_TOKEN || !verifier.verify(token)) {
    throttle.failed(key);
    throw new VaultError("auth.invalid", "The admin token is wrong; check the header X-Admin-Token");
  }
  throttle.succeeded(key);
  return adminTokenCaller(incoming.origin);
}
