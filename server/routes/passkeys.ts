/** `/admin/me/passkeys`, `/auth/signin/passkey`, `/auth/reauthenticate/passkey`. */

import * as z from "zod";
import { RemovedById } from "../../shared/api/done.ts";
import {
  AddPasskeyRequest,
  PasskeyChallenge,
  PasskeyOptionsRequest,
  PasskeySummary,
  Reauthenticated,
  SignedIn,
  UsePasskeyRequest,
} from "../../shared/api/auth.ts";
import { adminEndpoint, publicEndpoint } from "../http/endpoint.ts";
import type { Routes } from "../http/mount.ts";
import type { SessionCookies } from "../middleware/session_cookies.ts";
import type { PasskeyService } from "../services/accounts/passkeys.ts";
import { renewed, visitorOf, withCookie } from "./auth.ts";

export function passkeyRoutes(passkeys: PasskeyService, cookies: SessionCookies): Routes {
  return {
    "POST /auth/signin/passkey/options": publicEndpoint(
      { body: PasskeyOptionsRequest, bodyOptional: true, answer: PasskeyChallenge },
      ({ body, incoming }) => passkeys.signInOptions(body.ticket ?? undefined, cookies.partyOf(incoming)),
    ),
    "POST /auth/signin/passkey": publicEndpoint(
      { body: UsePasskeyRequest, answer: SignedIn },
      async ({ body, incoming }) => {
        const { token, email } = await passkeys.signIn(body, visitorOf(incoming), cookies.partyOf(incoming));
        const answer = { signed_in: true, csrf_token: cookies.csrfOf(token), email };
        return withCookie(answer, cookies.headerOf(incoming, token));
      },
    ),
    "POST /auth/reauthenticate/passkey/options": adminEndpoint(
      { answer: PasskeyChallenge },
      ({ caller, incoming }) => passkeys.reauthenticateOptions(caller, cookies.partyOf(incoming)),
    ),
    "POST /auth/reauthenticate/passkey": adminEndpoint(
      { body: UsePasskeyRequest, answer: Reauthenticated },
      async ({ caller, body, incoming }) => {
        const token = await passkeys.reauthenticate(caller, body, cookies.partyOf(incoming));
        return renewed(cookies, incoming, token);
      },
    ),
    "GET /admin/me/passkeys": adminEndpoint(
      { answer: z.array(PasskeySummary) },
      ({ caller }) => passkeys.list(caller),
    ),
    "POST /admin/me/passkeys/options": adminEndpoint(
      { answer: PasskeyChallenge },
      ({ caller, incoming }) => passkeys.addOptions(caller, cookies.partyOf(incoming)),
    ),
    "POST /admin/me/passkeys": adminEndpoint(
      { body: AddPasskeyRequest, status: 201, answer: PasskeySummary },
      ({ caller, body, incoming }) => passkeys.add(caller, body, cookies.partyOf(incoming)),
    ),
    "DELETE /admin/me/passkeys/:id": adminEndpoint({ answer: RemovedById }, async ({ caller, param }) => {
      await passkeys.remove(caller, param("id"));
      return { removed: true, id: param("id") };
    }),
  };
}
