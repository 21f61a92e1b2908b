/** `/auth/oidc/start` and `/auth/oidc/callback`: to a provider of OpenID Connect and back. `/auth/methods` says what there is. */

import { OidcStartQuery, SignInMethods } from "../../shared/api/auth.ts";
import { publicEndpoint } from "../http/endpoint.ts";
import type { Incoming } from "../http/incoming.ts";
import type { Routes } from "../http/mount.ts";
import type { SessionCookies } from "../middleware/session_cookies.ts";
import type { OidcSignInService } from "../services/accounts/oidc_sign_in.ts";
import { visitorOf } from "./auth.ts";

const CALLBACK = "/auth/oidc/callback";

export function oidcRoutes(oidc: OidcSignInService, cookies: SessionCookies): Routes {
  return {
    "GET /auth/methods": publicEndpoint({ answer: SignInMethods }, async () => ({
      password: true,
      passkey: true,
      oidc: oidc.isConfigured ? { path: "/auth/oidc/start" } : null,
    })),
    "GET /auth/oidc/start": publicEndpoint(
      { query: OidcStartQuery, status: 303 },
      async ({ query, incoming }) => {
        const redirectUri = `${cookies.partyOf(incoming).origin}${CALLBACK}`;
        const next = localPath(query.next);
        const { url, trip } = await oidc.begin(redirectUri, { next, again: query.prompt === "login" });
        return goTo(url, [cookies.tripHeader(incoming, trip)]);
      },
    ),
    "GET /auth/oidc/callback": publicEndpoint({ status: 303 }, async ({ incoming }) => {
      const back = backAddress(cookies, incoming);
      const { signedIn, next } = await oidc.finish(back, cookies.tripOf(incoming), visitorOf(incoming));
      return goTo(next, [
        cookies.headerOf(incoming, signedIn.token),
        cookies.tripHeader(incoming, undefined),
      ]);
    }),
  };
}

/** A proxy may have changed host and scheme; the provider was told the address that people use. */
function backAddress(cookies: SessionCookies, incoming: Incoming): URL {
  return new URL(`${CALLBACK}${incoming.url.search}`, cookies.partyOf(incoming).origin);
}

/** Only pages of ours can be gone on to. */
function localPath(text: string | undefined): string {
  return text !== undefined && /^\/(?![/\\])[\x21-\x7e]*$/.test(text) ? text : "/ui/overview";
}

function goTo(location: string, setCookies: readonly string[]): Response {
  const headers = new Headers({ Location: location });
  for (const cookie of setCookies) headers.append("Set-Cookie", cookie);
  return new Response(null, { status: 303, headers });
}
