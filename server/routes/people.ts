/** `/admin/people`, `/admin/me`, `/admin/sessions`, `/admin/api-tokens`, `/admin/admin-token`. */

import { ChangePasswordRequest, CreateApiTokenRequest } from "../../shared/api/auth.ts";
import { PageQuery } from "../../shared/api/page.ts";
import { InvitePersonRequest, UpdatePersonRequest } from "../../shared/api/people.ts";
import { adminEndpoint } from "../http/endpoint.ts";
import type { Routes } from "../http/mount.ts";
import { addressKey } from "../middleware/client_address.ts";
import type { SessionCookies } from "../middleware/session_cookies.ts";
import type { AccountService } from "../services/account.ts";
import type { AdminTokenService } from "../services/admin_token.ts";
import type { PeopleService } from "../services/people.ts";
import { renewed } from "./auth.ts";

export function peopleRoutes(people: PeopleService, adminToken: AdminTokenService): Routes {
  return {
    "GET /admin/people": adminEndpoint(
      { query: PageQuery },
      ({ caller, query }) => people.list(caller, query),
    ),
    "POST /admin/people": adminEndpoint(
      { body: InvitePersonRequest, status: 201 },
      ({ caller, body }) => people.invite(caller, body),
    ),
    "PUT /admin/people/:id": adminEndpoint(
      { body: UpdatePersonRequest },
      ({ caller, body, param }) => people.update(caller, param("id"), body),
    ),
    "POST /admin/people/:id/invite": adminEndpoint(
      { status: 201 },
      ({ caller, param }) => people.inviteAgain(caller, param("id")),
    ),
    "POST /admin/people/:id/disable": adminEndpoint({}, async ({ caller, param }) => {
      const already = await people.disable(caller, param("id"));
      return { disabled: true, id: param("id"), already_disabled: already };
    }),
    "POST /admin/people/:id/enable": adminEndpoint({}, async ({ caller, param }) => {
      const was = await people.enable(caller, param("id"));
      return { disabled: false, id: param("id"), was_disabled: was };
    }),
    "DELETE /admin/people/:id/sessions": adminEndpoint({}, async ({ caller, param }) => {
      return { ended: await people.endSessions(caller, param("id")) };
    }),
    "POST /admin/admin-token/rotate": adminEndpoint({}, ({ caller }) => adminToken.rotate(caller)),
  };
}

export function accountRoutes(account: AccountService, cookies: SessionCookies): Routes {
  return {
    "GET /admin/me": adminEndpoint({}, ({ caller }) => account.me(caller)),
    "PUT /admin/me/password": adminEndpoint(
      { body: ChangePasswordRequest },
      async ({ caller, body, incoming }) => {
        const token = await account.changePassword(caller, body, addressKey(incoming.address));
        return renewed(cookies, incoming, token);
      },
    ),
    "POST /admin/me/recovery-codes": adminEndpoint({ status: 201 }, async ({ caller }) => {
      return { recovery_codes: await account.recoveryCodes(caller) };
    }),
    "GET /admin/sessions": adminEndpoint({}, ({ caller }) => account.sessions(caller)),
    "DELETE /admin/sessions/:id": adminEndpoint({}, async ({ caller, param }) => {
      await account.endSession(caller, param("id"));
      return { revoked: true, id: param("id") };
    }),
    "GET /admin/api-tokens": adminEndpoint({}, ({ caller }) => account.apiTokens(caller)),
    "POST /admin/api-tokens": adminEndpoint(
      { body: CreateApiTokenRequest, status: 201 },
      ({ caller, body }) => account.createApiToken(caller, body),
    ),
    "DELETE /admin/api-tokens/:id": adminEndpoint({}, async ({ caller, param }) => {
      await account.revokeApiToken(caller, param("id"));
      return { revoked: true, id: param("id") };
    }),
  };
}
