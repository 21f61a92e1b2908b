/** `/auth/…`: signing in and out, and proving anew who one is. The session is in a cookie; its token is in no body. */

import * as z from "zod";
import {
  AcceptInvitationRequest,
  Reauthenticated,
  ReauthenticateRequest,
  RecoveryCodeRequest,
  SecondFactorNeeded,
  SignedIn,
  SignedOut,
  SignInRequest,
} from "../../shared/api/auth.ts";
import { adminEndpoint, publicEndpoint } from "../http/endpoint.ts";
import type { Incoming } from "../http/incoming.ts";
import type { Routes } from "../http/mount.ts";
import { addressKey } from "../middleware/client_address.ts";
import type { SessionCookies } from "../middleware/session_cookies.ts";
import type { AccountService } from "../services/accounts/account.ts";
import type { SecondStep, SignedInPerson, SignInService, Visitor } from "../services/accounts/sign_in.ts";

export interface AuthRouteDeps {
  readonly signIn: SignInService;
  readonly account: AccountService;
  readonly cookies: SessionCookies;
}

export function authRoutes({ signIn, account, cookies }: AuthRouteDeps): Routes {
  const entered = (incoming: Incoming, step: SignedInPerson | SecondStep): Response | SecondFactorNeeded => {
    if (step.kind === "second_factor") {
      return { signed_in: false, ticket: step.ticket, second_factors: step.factors };
    }
    const body = { signed_in: true, csrf_token: cookies.csrfOf(step.token), email: step.email };
    return withCookie(body, cookies.headerOf(incoming, step.token));
  };
  return {
    "POST /auth/signin": publicEndpoint(
      { body: SignInRequest, answer: z.union([SignedIn, SecondFactorNeeded]) },
      async ({ body, incoming }) => entered(incoming, await signIn.withPassword(body, visitorOf(incoming))),
    ),
    "POST /auth/signin/recovery-code": publicEndpoint(
      { body: RecoveryCodeRequest, answer: z.union([SignedIn, SecondFactorNeeded]) },
      async ({ body, incoming }) =>
        entered(incoming, await signIn.withRecoveryCode(body, visitorOf(incoming))),
    ),
    "POST /auth/invitations/accept": publicEndpoint(
      { body: AcceptInvitationRequest, answer: z.union([SignedIn, SecondFactorNeeded]) },
      async ({ body, incoming }) => entered(incoming, await signIn.accept(body, visitorOf(incoming))),
    ),
    "POST /auth/reauthenticate": adminEndpoint(
      { body: ReauthenticateRequest, answer: Reauthenticated },
      async ({ caller, body, incoming }) => {
        const token = await account.reauthenticate(caller, body, addressKey(incoming.address));
        return renewed(cookies, incoming, token);
      },
    ),
    "POST /auth/signout": adminEndpoint({ answer: SignedOut }, async ({ caller, incoming }) => {
      await account.signOut(caller);
      return withCookie({ signed_in: false }, cookies.headerOf(incoming, undefined));
    }),
  };
}

/** Who is at the door. */
export function visitorOf(incoming: Incoming): Visitor {
  return {
    origin: incoming.origin,
    userAgent: incoming.header("User-Agent"),
    address: addressKey(incoming.address),
  };
}

/** The answer of a step after which the session has another token. */
export function renewed(cookies: SessionCookies, incoming: Incoming, token: string): Response {
  const body = { reauthenticated: true, csrf_token: cookies.csrfOf(token) };
  return withCookie(body, cookies.headerOf(incoming, token));
}

export function withCookie(body: unknown, cookie: string): Response {
  return Response.json(body, { headers: { "Set-Cookie": cookie } });
}
