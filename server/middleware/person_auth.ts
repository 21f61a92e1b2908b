/**
 * Who may use the routes for people: the holder of the admin token, of an API token, or of a session. What is sent on purpose, a
 * header, goes before what a browser sends by itself; a cookie that comes with a change needs the token of its session's forms.
 */

import type { AdminCaller } from "../caller.ts";
import { VaultError } from "../../shared/errors.ts";
import { API_TOKEN_PREFIX, type ApiTokens } from "../identity/api_tokens.ts";
import type { PersonSessions } from "../identity/person_sessions.ts";
import type { Incoming } from "../http/incoming.ts";
import { type AdminTokenVerifier, authenticateAdmin } from "./admin_auth.ts";
import type { AuthThrottle } from "./auth_throttle.ts";
import { addressKey } from "./client_address.ts";
import type { SessionCookies } from "./session_cookies.ts";

export interface PersonAuthDeps {
  /** Undefined where the admin token is switched off. */
  readonly adminToken: AdminTokenVerifier | undefined;
  readonly throttle: AuthThrottle;
  readonly apiTokens: ApiTokens;
  readonly sessions: PersonSessions;
  readonly cookies: SessionCookies;
}

const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** @throws VaultError `auth.required`, `auth.invalid`, `auth.csrf`, `auth.throttled` */
export async function authenticatePerson(deps: PersonAuthDeps, incoming: Incoming): Promise<AdminCaller> {
  if (incoming.header("X-Admin-Token") !== null) return byAdminToken(deps, incoming);
  const bearer = bearerOf(incoming);
  if (bearer?.startsWith(API_TOKEN_PREFIX) === true) return await byApiToken(deps, incoming, bearer);
  const token = deps.cookies.tokenOf(incoming);
  if (token === undefined) throw nobody();
  const caller = await deps.sessions.find(token, incoming.origin);
  if (caller === undefined) throw new VaultError("auth.invalid", "Your session is over; sign in again");
  if (SAFE_METHODS.has(incoming.method) || deps.cookies.isOurs(incoming, token)) return caller;
  throw new VaultError(
    "auth.csrf",
    "This request was not made by a page of your session; send its token in the header X-CSRF-Token",
  );
}

function byAdminToken({ adminToken, throttle }: PersonAuthDeps, incoming: Incoming): AdminCaller {
  if (adminToken !== undefined) return authenticateAdmin(adminToken, throttle, incoming);
  throw new VaultError("auth.invalid", "The admin token is switched off; sign in with your account");
}

async function byApiToken(
  { apiTokens, throttle }: PersonAuthDeps,
  incoming: Incoming,
  token: string,
): Promise<AdminCaller> {
  const key = addressKey(incoming.address);
  throttle.check(key);
  try {
    return await apiTokens.authenticate(token, incoming.origin);
  } catch (error) {
    if (error instanceof VaultError && error.code === "auth.invalid") throttle.failed(key);
    throw error;
  }
}

function bearerOf(incoming: Incoming): string | undefined {
  const header = incoming.header("Authorization");
  return header?.startsWith("Bearer ") === true ? header.slice("Bearer ".length) : undefined;
}

function nobody(): VaultError {
  return new VaultError(
    "auth.required",
    "The admin token is missing; send it in the header X-Admin-Token, an API token as 'Authorization: Bearer', or sign in",
  );
}
