/** Signing in, accounts, and what waits for people. */

import { type AccessRow, change, enter, fresh, look, open } from "./row.ts";

export const PEOPLE_ROWS = {
  // What waits, what went wrong, what ends soon
  "GET /admin/overview": look(
    "metadata.read",
    "read_overview",
    "What waits, what went wrong, what ends soon",
  ),
  "GET /admin/waiting": look("metadata.read", "read_waiting", "How much waits for a person"),
  "GET /admin/waiting/stream": look("metadata.read", "follow_waiting", "Says at once when something waits"),
  // Signing in, and one's own account
  "POST /auth/signin": enter("sign_in", "Signs in by a password"),
  "POST /auth/signin/recovery-code": enter("sign_in", "A recovery code in place of a passkey"),
  "POST /auth/signin/passkey/options": enter("sign_in", "Begins a sign-in by a passkey"),
  "POST /auth/signin/passkey": enter("sign_in", "Signs in by a passkey"),
  "GET /auth/methods": open("sign_in_methods", "public", "How people can sign in"),
  "GET /auth/oidc/start": enter("sign_in", "Leads to the provider of OpenID Connect"),
  "GET /auth/oidc/callback": enter("sign_in", "Signs in by the provider's answer"),
  "POST /auth/invitations/accept": enter("invitation_accept", "Sets the password of who was invited"),
  "POST /auth/reauthenticate": change("self", "reauthenticate", "Proves anew who is signed in"),
  "POST /auth/reauthenticate/passkey/options": change(
    "self",
    "reauthenticate",
    "Begins a new proof by a passkey",
  ),
  "POST /auth/reauthenticate/passkey": change(
    "self",
    "reauthenticate",
    "Proves by a passkey who is signed in",
  ),
  "POST /auth/signout": change("self", "sign_out", "Ends the session"),
  "GET /admin/me": look("self", "read_me", "Who is signed in, and what they may do"),
  "PUT /admin/me/password": change("self", "password_change", "Changes one's password; other sessions end"),
  "GET /admin/me/passkeys": look("self", "list_passkeys", "One's own passkeys"),
  "POST /admin/me/passkeys/options": fresh(change("self", "passkey_add", "Begins the adding of a passkey")),
  "POST /admin/me/passkeys": fresh(change("self", "passkey_add", "Adds a passkey")),
  "DELETE /admin/me/passkeys/:id": fresh(
    change("self", "passkey_remove", "Removes a passkey", { resource: "id" }),
  ),
  "POST /admin/me/recovery-codes": fresh(
    change("self", "recovery_codes_make", "Makes recovery codes in place of those before"),
  ),
  "GET /admin/sessions": look(
    "self",
    "list_sessions",
    "Open sessions: one's own, or all for who manages people",
  ),
  "DELETE /admin/sessions/:id": change("self", "session_revoke", "Ends a session", { resource: "id" }),
  "GET /admin/api-tokens": look("self", "list_api_tokens", "One's own API tokens"),
  "POST /admin/api-tokens": fresh(change("self", "api_token_create", "Makes an API token")),
  "DELETE /admin/api-tokens/:id": change("self", "api_token_revoke", "Revokes an API token", {
    resource: "id",
  }),
  // People
  "GET /admin/people": look("people.manage", "list_people", "People and their roles"),
  "POST /admin/people": fresh(change("people.manage", "person_invite", "Invites a person")),
  "PUT /admin/people/:id": fresh(
    change("people.manage", "person_update", "Changes a person's roles or name", { resource: "id" }),
  ),
  "POST /admin/people/:id/invite": fresh(
    change("people.manage", "person_invite", "Another link by which a person sets a password", {
      resource: "id",
    }),
  ),
  "POST /admin/people/:id/disable": change("people.manage", "person_disable", "Shuts a person out", {
    resource: "id",
  }),
  "POST /admin/people/:id/enable": fresh(
    change("people.manage", "person_enable", "Lets a person in again", { resource: "id" }),
  ),
  "DELETE /admin/people/:id/sessions": change(
    "people.manage",
    "person_end_sessions",
    "Ends the sessions of a person",
    { resource: "id" },
  ),
  "POST /admin/admin-token/rotate": fresh(
    change("vault.manage", "admin_token_rotate", "Makes another admin token"),
  ),
} as const satisfies Readonly<Record<string, AccessRow>>;
