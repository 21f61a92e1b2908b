/**
 * Every route of the server: who may call it, the action in the audit log, its rate limit, and what of its address
 * the log may name. A route that is not listed does not exist; `createApp` refuses to start on a row without a
 * handler or a handler without a row.
 */

import type { Right } from "./access/roles.ts";

/** How a caller proves who they are; `agent` proves it in the body, which the route's own service checks. */
export type CallerKind = "public" | "admin" | "daemon" | "agent" | "project";

/** See `middleware/rate_limit.ts` for the numbers. */
export type LimitClass =
  | "none"
  | "public"
  | "admin"
  | "discover"
  | "device_authorize"
  | "device_token"
  | "attest"
  | "project";

/** Who writes the row of a success: the service inside its own transaction, the adapter before it answers, nobody. */
export type AuditedBy = "service" | "adapter" | "nobody";

export interface AccessRow {
  readonly caller: CallerKind;
  /** What a person needs for it; of routes for people only. It counts in the namespaces of the object alone. */
  readonly right?: Right;
  /** Who is signed in has to have proven it again just now. */
  readonly fresh?: true;
  readonly action: string;
  readonly audited: AuditedBy;
  readonly limit: LimitClass;
  /** Path parameters that an audit row may name, by the column they go to. Each is parsed before it is written. */
  readonly fields: AuditedFields;
  readonly summary: string;
  /** For people and their browsers, not for programs: no part of the API and its document. */
  readonly page?: true;
}

export interface AuditedFields {
  readonly agent?: string;
  readonly project?: string;
  /** A row id. */
  readonly resource?: string;
}

function open(action: string, limit: LimitClass, summary: string): AccessRow {
  return { caller: "public", action, audited: "nobody", limit, fields: {}, summary };
}

function page(action: string, summary: string): AccessRow {
  return { ...open(action, "public", summary), page: true };
}

/** A step of signing in. */
function enter(action: string, summary: string): AccessRow {
  return { ...open(action, "public", summary), audited: "service" };
}

/** A person's look at something: the adapter writes the row. */
function look(right: Right, action: string, summary: string, fields: AuditedFields = {}): AccessRow {
  return { caller: "admin", right, action, audited: "adapter", limit: "admin", fields, summary };
}

/** A person's change: the service writes the row in the transaction of the change. */
function change(right: Right, action: string, summary: string, fields: AuditedFields = {}): AccessRow {
  return { caller: "admin", right, action, audited: "service", limit: "admin", fields, summary };
}

/** Something for which who is signed in has to have proven it again just now. */
function fresh(row: AccessRow): AccessRow {
  return { ...row, fresh: true };
}

export const ACCESS_TABLE = {
  // Public
  "GET /healthz": open("health", "none", "Whether the process answers"),
  "GET /readyz": open("ready", "none", "Whether requests can be served: unsealed, database writable"),
  "GET /openapi.json": open("api_document", "public", "This document: the API in OpenAPI 3.1"),
  "GET /.well-known/jwks.json": open("jwks", "public", "The public keys that verify our tokens"),
  "GET /.well-known/cortex-audit-head": open(
    "audit_head",
    "public",
    "The newest signed head of the audit log's tree",
  ),
  "GET /.well-known/cortex-audit-consistency": open(
    "audit_consistency",
    "public",
    "That the newest head goes on from an earlier one",
  ),
  // Pages: each thing that they show or do asks the row of its own, for the person who is signed in
  "GET /": page("home_page", "Leads to the dashboard"),
  "GET /device": page("device_page", "Leads to the page where a device is approved"),
  "GET /docs": page("docs_page", "The API to browse"),
  "GET /assets/:file": page("page_asset", "Style and scripts of the pages"),
  "GET /signin": page("sign_in_page", "How to get into the dashboard"),
  "POST /signin": page("page_form", "The form of a password"),
  "POST /signin/second": page("page_form", "The form of a second step"),
  "GET /welcome/:code": page("sign_in_page", "The page of an invitation"),
  "POST /welcome/:code": page("page_form", "The form of an invitation"),
  "GET /signin/:code": page("sign_in_page", "The page of a one-time link"),
  "POST /signin/:code": { ...page("page_sign_in", "Uses a one-time link up"), audited: "service" },
  "POST /ui/signout": { ...page("page_sign_out", "Ends a session of the dashboard"), audited: "service" },
  "GET /ui/*": page("page", "The pages of the dashboard"),
  "POST /ui/*": page("page_form", "The forms of the dashboard"),
  "POST /device/authorize": {
    ...open("device_authorize", "device_authorize", "Starts the login of a host"),
    audited: "service",
  },
  "POST /device/token": {
    ...open("device_token_issue", "device_token", "Polls for the end of a login"),
    audited: "service",
  },
  // Agents and their daemons
  "POST /agent/discover": {
    caller: "agent",
    action: "discover",
    audited: "service",
    limit: "discover",
    fields: {},
    summary: "Asks for a project's names; gives a project token",
  },
  "POST /agent/command-requests": {
    caller: "agent",
    action: "command_request",
    audited: "service",
    limit: "discover",
    fields: {},
    summary: "Asks a person for exactly one command",
  },
  "POST /agent/explain": {
    caller: "agent",
    action: "explain",
    audited: "service",
    limit: "discover",
    fields: {},
    summary: "What an agent may do in a project now, and why not where not",
  },
  "POST /daemon/attest": {
    caller: "daemon",
    action: "daemon_attest",
    audited: "service",
    limit: "attest",
    fields: {},
    summary: "Registers a daemon's attestation key",
  },
  "GET /project/secrets/:project": {
    caller: "project",
    action: "get_secrets",
    audited: "service",
    limit: "project",
    fields: { project: "project" },
    summary: "The values of a project",
  },
  "POST /project/run/:project": {
    caller: "project",
    action: "get_secrets",
    audited: "service",
    limit: "project",
    fields: { project: "project" },
    summary: "The values of one run, in a signed answer",
  },
  "POST /project/leaks/:project": {
    caller: "project",
    action: "leak_prevented",
    audited: "service",
    limit: "project",
    fields: { project: "project" },
    summary: "Tells that a program printed values, which were replaced",
  },
  "GET /project/ssh-keys/:project": {
    caller: "project",
    action: "list_ssh_keys",
    audited: "service",
    limit: "project",
    fields: { project: "project" },
    summary: "The public halves of a project's SSH keys",
  },
  "POST /project/ssh-keys/:project/sign": {
    caller: "project",
    action: "ssh_sign",
    audited: "service",
    limit: "project",
    fields: { project: "project" },
    summary: "One signature by an SSH key of a project",
  },
  "POST /project/sign/:project": {
    caller: "project",
    action: "sign",
    audited: "service",
    limit: "project",
    fields: { project: "project" },
    summary: "One signature of a request to AWS, a JWT, a message or a webhook by a key of a project",
  },
  "GET /project/config/:project/:app": {
    caller: "project",
    action: "get_config",
    audited: "service",
    limit: "project",
    fields: { project: "project" },
    summary: "One rendered configuration of a project",
  },
  "POST /project/template/:project": {
    caller: "project",
    action: "render_template",
    audited: "service",
    limit: "project",
    fields: { project: "project" },
    summary: "A template rendered for one file or one program of the agent's host",
  },
  "POST /admin/page-links": change(
    "vault.manage",
    "page_link_make",
    "Makes a one-time link into the dashboard",
  ),
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
  // Secrets
  "GET /admin/secrets": look("metadata.read", "list_secrets", "Secrets without their values"),
  "POST /admin/secrets": change("secret.write", "create_secret", "Stores a secret"),
  "POST /admin/secrets/bulk": change(
    "secret.write",
    "import_secrets",
    "Stores the assignments of a dotenv text",
  ),
  "GET /admin/secrets/:id": fresh(
    change("secret.read", "read_secret", "One secret with its value", { resource: "id" }),
  ),
  "PUT /admin/secrets/:id": change("secret.write", "update_secret", "Changes a secret", { resource: "id" }),
  "DELETE /admin/secrets/:id": change("secret.write", "delete_secret", "Deletes a secret and its grants", {
    resource: "id",
  }),
  "GET /admin/secrets/:id/uses": look("metadata.read", "list_secret_uses", "Where a secret is used", {
    resource: "id",
  }),
  "GET /admin/secrets/:id/versions": look(
    "metadata.read",
    "list_secret_versions",
    "The versions of a secret, without values",
    {
      resource: "id",
    },
  ),
  "DELETE /admin/secrets/:id/versions": change(
    "secret.write",
    "destroy_secret_version",
    "Destroys the older values of a secret",
    { resource: "id" },
  ),
  "GET /admin/secrets/:id/versions/:version": fresh(
    change("secret.read", "read_secret", "One version of a secret with its value", {
      resource: "id",
    }),
  ),
  "DELETE /admin/secrets/:id/versions/:version": change(
    "secret.write",
    "destroy_secret_version",
    "Destroys one older value of a secret",
    { resource: "id" },
  ),
  "POST /admin/secrets/:id/rollback": change(
    "secret.write",
    "rollback_secret",
    "Makes an older value the present one",
    {
      resource: "id",
    },
  ),
  // Agents
  "GET /admin/agents": look("metadata.read", "list_agents", "Registered agents"),
  "POST /admin/agents": change("access.write", "create_agent", "Registers an agent and its public key"),
  "PUT /admin/agents/:agent_id": change(
    "access.write",
    "update_agent",
    "Changes an agent's key or description",
    {
      agent: "agent_id",
    },
  ),
  "DELETE /admin/agents/:agent_id": change(
    "access.write",
    "delete_agent",
    "Deletes an agent with its tokens and sessions",
    {
      agent: "agent_id",
    },
  ),
  "POST /admin/agents/:agent_id/freeze": change(
    "access.write",
    "freeze_agent",
    "Stops everything an agent can do",
    {
      agent: "agent_id",
    },
  ),
  "POST /admin/agents/:agent_id/unfreeze": change(
    "access.write",
    "unfreeze_agent",
    "Lets a frozen agent work again",
    {
      agent: "agent_id",
    },
  ),
  "GET /admin/agents/:agent_id/allowed-callers": look(
    "metadata.read",
    "list_allowed_callers",
    "Programs that may act for an agent",
    { agent: "agent_id" },
  ),
  "POST /admin/agents/:agent_id/allowed-callers": change(
    "access.write",
    "allowed_caller_add",
    "Lets a program act for an agent, and no other that is not listed",
    { agent: "agent_id" },
  ),
  "DELETE /admin/agents/:agent_id/allowed-callers": change(
    "access.write",
    "allowed_caller_remove",
    "Takes a program off the list of an agent",
    { agent: "agent_id" },
  ),
  // Policies
  "GET /admin/policies": look("vault.read", "list_policies", "Policies"),
  "GET /admin/policies/test": look(
    "metadata.read",
    "test_policy",
    "Whether an agent may read a secret for a project, and why",
  ),
  "GET /admin/reach": look(
    "metadata.read",
    "list_reach",
    "What agents could read now, and what stands before the rest",
  ),
  "GET /admin/usage": look("metadata.read", "list_usage", "How often values were released, by day"),
  "POST /admin/policies": change("vault.manage", "create_policy", "Adds a policy"),
  "PUT /admin/policies/:id": change("vault.manage", "update_policy", "Changes a policy", { resource: "id" }),
  "DELETE /admin/policies/:id": change("vault.manage", "delete_policy", "Deletes a policy", {
    resource: "id",
  }),
  // Projects and their grants
  "GET /admin/projects": look("metadata.read", "list_projects", "Projects with the state of their tokens"),
  "DELETE /admin/projects/:name": change(
    "access.write",
    "delete_project",
    "Deletes a project with its tokens",
    {
      project: "name",
    },
  ),
  "POST /admin/projects/:name/revoke": change(
    "access.write",
    "revoke_project_token",
    "Revokes a project's tokens",
    {
      project: "name",
    },
  ),
  "POST /admin/projects/:name/freeze": change(
    "access.write",
    "freeze_project",
    "Stops reads and new tokens of a project",
    {
      project: "name",
    },
  ),
  "POST /admin/projects/:name/unfreeze": change(
    "access.write",
    "unfreeze_project",
    "Lets a frozen project work again",
    {
      project: "name",
    },
  ),
  "POST /admin/projects/:name/rebind": change(
    "access.write",
    "rebind_project",
    "Gives a project to another agent",
    {
      project: "name",
    },
  ),
  "GET /admin/projects/:name/grants": look(
    "metadata.read",
    "list_project_grants",
    "Secrets granted to a project",
    {
      project: "name",
    },
  ),
  "POST /admin/projects/:name/grants": change(
    "access.write",
    "create_project_grant",
    "Grants a secret to a project",
    {
      project: "name",
    },
  ),
  "PUT /admin/projects/:name/grants/:grant_id": change(
    "access.write",
    "update_project_grant",
    "Changes how a grant gives its value",
    { project: "name", resource: "grant_id" },
  ),
  "DELETE /admin/projects/:name/grants/:grant_id": change(
    "access.write",
    "delete_project_grant",
    "Takes a grant back",
    {
      project: "name",
      resource: "grant_id",
    },
  ),
  // Namespaces
  "GET /admin/namespaces": look("metadata.read", "list_namespaces", "Namespaces"),
  "POST /admin/namespaces": change("vault.manage", "create_namespace", "Adds a namespace"),
  "PUT /admin/namespaces/:name": fresh(
    change("vault.manage", "update_namespace", "Says how many people have to approve in a namespace"),
  ),
  "DELETE /admin/namespaces/:name": change("vault.manage", "delete_namespace", "Deletes an unused namespace"),
  // First accesses that wait for a person
  "GET /admin/pending-grants": look("metadata.read", "list_pending_grants", "Requests for access"),
  "POST /admin/pending-grants/:id/approve": change(
    "access.decide",
    "pending_grant_approve",
    "Approves all or part of a request",
    {
      resource: "id",
    },
  ),
  "GET /admin/command-grants": look(
    "metadata.read",
    "list_command_grants",
    "Requests for one command, and decisions",
  ),
  "POST /admin/command-grants/:id/approve": change(
    "access.decide",
    "command_grant_approve",
    "Approves one command, as it was shown or narrower",
    { resource: "id" },
  ),
  "POST /admin/command-grants/:id/deny": change("access.decide", "command_grant_deny", "Denies one command", {
    resource: "id",
  }),
  "DELETE /admin/command-grants/:id": change(
    "access.decide",
    "command_grant_end",
    "Ends the approval of a command",
    {
      resource: "id",
    },
  ),
  "POST /admin/pending-grants/:id/deny": change("access.decide", "pending_grant_deny", "Denies a request", {
    resource: "id",
  }),
  "DELETE /admin/pending-grants/:id": change(
    "access.decide",
    "pending_grant_delete",
    "Forgets a request and its decision",
    {
      resource: "id",
    },
  ),
  // Devices and daemons
  "GET /admin/devices": look("metadata.read", "list_devices", "Logins of hosts"),
  "GET /admin/devices/by-code/:user_code": look(
    "metadata.read",
    "read_device",
    "The login that waits under a user code",
  ),
  "POST /admin/web/device/approve": change("access.decide", "device_approve", "Approves the login of a host"),
  "POST /admin/web/device/deny": change("access.decide", "device_deny", "Denies the login of a host"),
  "DELETE /admin/devices/:agent_id": change(
    "access.write",
    "device_delete",
    "Revokes the logins of an agent",
    {
      agent: "agent_id",
    },
  ),
  "GET /admin/allowed-daemon-versions": look(
    "vault.read",
    "list_allowed_daemon_versions",
    "Daemon binaries that may attest",
  ),
  "POST /admin/allowed-daemon-versions": change(
    "vault.manage",
    "allowed_daemon_version_add",
    "Allows a daemon binary",
  ),
  "DELETE /admin/allowed-daemon-versions/:sha": change(
    "vault.manage",
    "allowed_daemon_version_remove",
    "Removes a daemon binary from the list and ends its sessions",
  ),
  "GET /admin/daemon-sessions": look("metadata.read", "list_daemon_sessions", "Attested daemon sessions"),
  "DELETE /admin/daemon-sessions/:id": change(
    "access.write",
    "daemon_session_revoke",
    "Revokes a daemon session",
    {
      resource: "id",
    },
  ),
  // Backup
  "POST /admin/backup": fresh(change("vault.manage", "backup", "The whole vault as an encrypted archive")),
  // The seal
  "GET /sys/seal-status": open("seal_status", "public", "Whether the vault is sealed"),
  "POST /sys/unseal": open("vault_unseal", "public", "Unseals a sealed vault by its password or by shares"),
  "POST /sys/seal": change(
    "vault.manage",
    "vault_seal",
    "Wipes the keys and serves nothing until the vault is unsealed",
  ),
  // Keys of the vault and recovery shares
  "GET /admin/rotate-key": look("vault.read", "kek_rotation_status", "How far the rotation of the key is"),
  "POST /admin/rotate-key": fresh(
    change("vault.manage", "rotate_kek", "Sets a new password and rotates the key"),
  ),
  "GET /admin/shamir/sets": look(
    "vault.read",
    "list_recovery_sets",
    "Sets of recovery shares that were made",
  ),
  "POST /admin/shamir/generate": fresh(change("vault.manage", "shamir_generate", "Makes recovery shares")),
  // Keys that sign tokens
  "GET /admin/notification-channels": look(
    "vault.read",
    "list_channels",
    "Channels that people are told by; no configuration",
  ),
  "POST /admin/notification-channels": change(
    "vault.manage",
    "create_notification_channel",
    "Adds a channel that people are told by",
  ),
  "PUT /admin/notification-channels/:id": change(
    "vault.manage",
    "update_notification_channel",
    "Changes a channel",
    {
      resource: "id",
    },
  ),
  "DELETE /admin/notification-channels/:id": change(
    "vault.manage",
    "delete_notification_channel",
    "Deletes a channel",
    {
      resource: "id",
    },
  ),
  "POST /admin/notification-channels/:id/test": change(
    "vault.manage",
    "test_notification_channel",
    "Sends a test message to one channel",
    {
      resource: "id",
    },
  ),
  "GET /admin/notification-channels/:id/deliveries": look(
    "vault.read",
    "list_deliveries",
    "What a channel was told",
    {
      resource: "id",
    },
  ),
  "GET /admin/signing-keys": look(
    "vault.read",
    "list_signing_keys",
    "Keys that sign tokens, and what each of them signed",
  ),
  "POST /admin/signing-keys/rotate": fresh(
    change("vault.manage", "signing_key_rotate", "Makes the next key that signs tokens"),
  ),
  "DELETE /admin/signing-keys/:kid": fresh(
    change("vault.manage", "signing_key_destroy", "Destroys a retired signing key", {
      resource: "kid",
    }),
  ),
  // Audit log
  "GET /admin/audit-sinks": look("vault.read", "list_audit_sinks", "Where audit rows go beside the database"),
  "GET /admin/audit-logs": look("audit.read", "list_audit_logs", "Audit rows, newest first"),
  "GET /admin/audit-logs/:id/proof": look(
    "audit.read",
    "prove_audit_log",
    "One audit row and its way to a signed head",
    {
      resource: "id",
    },
  ),
  "POST /admin/audit-logs/verify": change(
    "vault.read",
    "verify_audit",
    "Recomputes a piece of the audit log",
  ),
  "GET /admin/audit-logs/:id": look("audit.read", "read_audit_log", "One audit row", { resource: "id" }),
} as const satisfies Readonly<Record<string, AccessRow>>;

export type RouteKey = keyof typeof ACCESS_TABLE;

/** All routes in the order in which they are mounted: fixed segments come before parameters. */
export const ROUTE_KEYS = Object.keys(ACCESS_TABLE) as readonly RouteKey[];

/** The row of a route. */
export function accessRow(key: RouteKey): AccessRow {
  return ACCESS_TABLE[key];
}
