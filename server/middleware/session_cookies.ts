/** Cookies of sessions on requests and answers. Whether the way to the browser is TLS is known from the address, or the configuration. */

import { csrfTokenOf, isOurs, sessionCookie, sessionTokenOf } from "../identity/session_cookie.ts";
import type { RelyingParty } from "../services/accounts/passkeys.ts";
import type { Incoming } from "../http/incoming.ts";

const TRIP_NAME = "cortex-oidc";

export class SessionCookies {
  readonly #behindTls: boolean;
  readonly #publicUrl: URL | undefined;

  /** @param publicUrl where people reach the server; a proxy may end TLS before it */
  constructor(publicUrl: string | undefined) {
    this.#behindTls = publicUrl?.startsWith("https:") === true;
    this.#publicUrl = publicUrl === undefined ? undefined : new URL(publicUrl);
  }

  tokenOf(incoming: Incoming): string | undefined {
    return sessionTokenOf(incoming, this.#isSecure(incoming));
  }

  /** The header that sets the cookie, or takes it away where there is no token. */
  headerOf(incoming: Incoming, token: string | undefined): string {
    return sessionCookie(token, this.#isSecure(incoming));
  }

  csrfOf(token: string): string {
    return csrfTokenOf(token);
  }

  /** Whether a request that changes something was made by a page of ours. */
  isOurs(incoming: Incoming, token: string): boolean {
    return isOurs(incoming, token, incoming.header("X-CSRF-Token") ?? "");
  }

  /** Of a sign-in that is at a provider: the way back counts only in the browser that left. */
  tripHeader(incoming: Incoming, trip: string | undefined): string {
    const life = trip === undefined ? "; Max-Age=0" : "; Max-Age=600";
    const secure = this.#isSecure(incoming) ? "; Secure" : "";
    return `${TRIP_NAME}=${trip ?? ""}; Path=/auth/oidc; HttpOnly; SameSite=Lax${secure}${life}`;
  }

  tripOf(incoming: Incoming): string | undefined {
    return /(?:^|;\s*)cortex-oidc=([A-Za-z0-9_-]{43})(?:;|$)/.exec(incoming.header("Cookie") ?? "")?.[1];
  }

  /** What passkeys are bound to: the configured address, or the one that the browser used. */
  partyOf({ url }: Incoming): RelyingParty {
    const { hostname, origin } = this.#publicUrl ?? url;
    return { id: hostname, origin };
  }

  #isSecure({ url }: Incoming): boolean {
    return this.#behindTls || url.protocol === "https:";
  }
}
