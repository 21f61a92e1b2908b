/** The bearer token of a request (RFC 6750). The scheme is `Bearer `, spelled so, as old clients and servers have it. */

import { VaultError } from "../../shared/errors.ts";
import type { Incoming } from "../http/incoming.ts";

/** @throws VaultError `auth.required` */
export function readBearer(incoming: Incoming): string {
  const header = incoming.header("Authorization") ?? "";
  const token = header.startsWith("Bearer ") ? header.slice("Bearer ".length) : "";
  if (token !== "") return token;
  throw new VaultError("auth.required", "The token is missing; send it as 'Authorization: Bearer <token>'");
}
