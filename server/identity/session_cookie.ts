/**
 * The cookie of a session, and what a request that changes something has to carry beside it: a cookie comes along with requests that
 * other sites make a browser send, the token in a header or form field does not.
 */

import { equalTexts, sha256 } from "../../shared/crypto/hash.ts";
import { toBase64Url } from "../../shared/encoding.ts";

/** With `__Host-` no other host or path can have set it (RFC 6265bis section 4.1.3.2); browsers take that over TLS only. */
const SECURE_NAME = "__Host-cortex-session";
const PLAIN_NAME = "cortex-session";
const CSRF_DOMAIN = "cortexauth/csrf/v1\n";

export interface CookieRequest {
  readonly url: URL;
  header(name: string): string | null;
}

/** The token in the cookie of a request. */
export function sessionTokenOf(request: CookieRequest, secure: boolean): string | undefined {
  const cookies = request.header("Cookie") ?? "";
  const name = secure ? SECURE_NAME : PLAIN_NAME;
  return new RegExp(`(?:^|;\\s*)${name}=([A-Za-z0-9_-]{43})(?:;|$)`).exec(cookies)?.[1];
}

/** The header that sets the cookie, or takes it away where there is no token. */
export function sessionCookie(token: string | undefined, secure: boolean): string {
  const name = secure ? SECURE_NAME : PLAIN_NAME;
  const life = token === undefined ? "; Max-Age=0" : "";
  return `${name}=${token ?? ""}; Path=/; HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}${life}`;
}

/** The secret of a session's forms: follows from its token, and leads back to nothing. */
export function csrfTokenOf(sessionToken: string): string {
  return toBase64Url(sha256(CSRF_DOMAIN + sessionToken));
}

/** Whether a request that changes something was made by a page of ours. `given` is its header or form field. */
export function isOurs(request: CookieRequest, sessionToken: string, given: string): boolean {
  const site = request.header("Sec-Fetch-Site");
  const origin = request.header("Origin");
  if (site !== null && site !== "same-origin" && site !== "none") return false;
  if (site === null && origin !== null && !isSameHost(origin, request)) return false;
  return equalTexts(given, csrfTokenOf(sessionToken));
}

/** A proxy that ends TLS changes the scheme, and only that. */
function isSameHost(origin: string, request: CookieRequest): boolean {
  const host = request.header("Host") ?? request.url.host;
  return URL.canParse(origin) && new URL(origin).host === host;
}
