/** `/admin/people`, `/admin/me`, `/admin/sessions`, `/admin/api-tokens`, `/admin/admin-token`. */

import * as z from "zod";
import { RevokedById } from "../../shared/api/done.ts";
import {
  ApiTokenSummary,
  ChangePasswordRequest,
  CreateApiTokenRequest,
  CreatedApiToken,
  Me,
  Reauthenticated,
  RecoveryCodes,
  SessionSummary,
} from "../../shared/api/auth.ts";
import { PageQuery } from "../../shared/api/page.ts";
import {
  DisabledPerson,
  EnabledPerson,
  EndedSessions,
  InvitedPerson,
  InvitePersonRequest,
  PersonSummary,
  RotatedAdminToken,
  UpdatePersonRequest,
} from "../../shared/api/people.ts";
import { adminEndpoint } from "../http/endpoint.ts";
import type { Routes } from "../http/mount.ts";
import { addressKey } from "../middleware/client_address.ts";
import type { SessionCookies } from "../middleware/session_cookies.ts";
import type { AccountService } from "../services/accounts/account.ts";
import type { AdminTokenService } from "../services/accounts/admin_token.ts";
import type { PeopleService } from "../services/accounts/people.ts";
import { renewed } from "./auth.ts";

export function peopleRoutes(people: PeopleService, adminToken: AdminTokenService): Routes {
  return {
    "GET /admin/people": adminEndpoint(
      { query: PageQuery, answer: z.array(PersonSummary) },
      ({ caller, query }) => people.list(caller, query),
    ),
    "POST /admin/people": adminEndpoint(
      { body: InvitePersonRequest, status: 201, answer: InvitedPerson },
      ({ caller, body }) => people.invite(caller, body),
    ),
    "PUT /admin/people/:id": adminEndpoint(
      { body: UpdatePersonRequest, answer: PersonSummary },
      ({ caller, body, param }) => people.update(caller, param("id"), body),
    ),
    "POST /admin/people/:id/invite": adminEndpoint(
      { status: 201, answer: InvitedPerson },
      ({ caller, param }) => people.inviteAgain(caller, param("id")),
    ),
    "POST /admin/people/:id/disable": adminEndpoint({ answer: DisabledPerson }, async ({ caller, param }) => {
      const already = await people.disable(caller, param("id"));
      return { disabled: true, id: param("id"), already_disabled: already };
    }),
    "POST /admin/people/:id/enable": adminEndpoint({ answer: EnabledPerson }, async ({ caller, param }) => {
      const was = await people.enable(caller, param("id"));
      return { disabled: false, id: param("id"), was_disabled: was };
    }),
    "DELETE /admin/people/:id/sessions": adminEndpoint(
      { answer: EndedSessions },
      async ({ caller, param }) => {
        return { ended: await people.endSessions(caller, param("id")) };
      },
    ),
    "POST /admin/admin-token/rotate": adminEndpoint(
      { answer: RotatedAdminToken },
      ({ caller }) => adminToken.rotate(caller),
    ),
  };
}

export function accountRoutes(account: AccountService, cookies: SessionCookies): Routes {
  return {
    "GET /admin/me": adminEndpoint({ answer: Me }, ({ caller }) => account.me(caller)),
    "PUT /admin/me/password": adminEndpoint(
      { body: ChangePasswordRequest, answer: Reauthenticated },
      async ({ caller, body, incoming }) => {
        const token = await account.changePassword(caller, body, addressKey(incoming.address));
        return renewed(cookies, incoming, token);
      },
    ),
    "POST /admin/me/recovery-codes": adminEndpoint(
      { status: 201, answer: RecoveryCodes },
      async ({ caller }) => {
        return { recovery_codes: await account.recoveryCodes(caller) };
      },
    ),
    "GET /admin/sessions": adminEndpoint(
      { answer: z.array(SessionSummary) },
      ({ caller }) => account.sessions(caller),
    ),
    "DELETE /admin/sessions/:id": adminEndpoint({ answer: RevokedById }, async ({ caller, param }) => {
      await account.endSession(caller, param("id"));
      return { revoked: true, id: param("id") };
    }),
    "GET /admin/api-tokens": adminEndpoint(
      { answer: z.array(ApiTokenSummary) },
      ({ caller }) => account.apiTokens(caller),
    ),
    "POST /admin/api-tokens": adminEndpoint(
      { body: CreateApiTokenRequest, status: 201, answer: CreatedApiToken },
      ({ caller, body }) => account.createApiToken(caller, body),
    ),
    "DELETE /admin/api-tokens/:id": adminEndpoint({ answer: RevokedById }, async ({ caller, param }) => {
      await account.revokeApiToken(caller, param("id"));
      return { revoked: true, id: param("id") };
    }),
  };
}
