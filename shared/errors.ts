/**
 * Every way in which CortexAuth refuses or fails, as one closed catalogue.
 *
 * A code names what went wrong by noun (`secret.not_found`); this file alone says which HTTP status, which
 * `error_code` on the wire and which exit code of the command line it becomes. A code without a row here does
 * not compile. Messages are safe to show by construction: they never quote input that may hold a secret.
 */

/** Exit codes of `cortex`. 0 to 119 belong to the child of `cortex run`; ours sit where shells put theirs. */
export const EXIT = {
  ok: 0,
  usage: 2,
  pendingApproval: 120,
  refused: 121,
  notReady: 122,
  unreachable: 123,
  timeout: 124,
  failure: 125,
  notExecutable: 126,
  notFound: 127,
} as const;

export type ExitCode = typeof EXIT[keyof typeof EXIT];

interface ErrorRow {
  /** HTTP status of the answer. */
  readonly status: number;
  /** Exit code of the command line that runs into it. */
  readonly exit: ExitCode;
  /** `error_code` on the wire where it is not the code with `_` for `.`: the names old clients know. */
  readonly wire?: string;
}

const row = (status: number, exit: ExitCode, wire?: string): ErrorRow =>
  wire === undefined ? { status, exit } : { status, exit, wire };

const CATALOGUE = {
  // The request itself
  "request.invalid": row(400, EXIT.failure),
  "request.malformed_json": row(400, EXIT.failure),
  "request.unsupported_media_type": row(415, EXIT.failure),
  "request.too_large": row(413, EXIT.failure),
  "request.timeout": row(408, EXIT.unreachable),
  "request.rate_limited": row(429, EXIT.unreachable),
  "request.route_not_found": row(404, EXIT.failure),
  "request.method_not_allowed": row(405, EXIT.failure),
  // Who is asking
  "auth.required": row(401, EXIT.refused),
  "auth.invalid": row(401, EXIT.refused),
  "auth.throttled": row(429, EXIT.unreachable),
  "auth.password_wrong": row(403, EXIT.refused),
  "auth.forbidden": row(403, EXIT.refused),
  "auth.proof_too_old": row(403, EXIT.refused),
  "auth.csrf": row(403, EXIT.refused),
  "auth.sign_in_failed": row(401, EXIT.refused),
  "auth.second_factor_required": row(401, EXIT.refused),
  "person.not_found": row(404, EXIT.failure),
  "person.exists": row(409, EXIT.failure),
  "person.last_super_admin": row(409, EXIT.failure),
  "person.password_weak": row(422, EXIT.failure),
  "invitation.invalid": row(401, EXIT.refused),
  "session.not_found": row(404, EXIT.failure),
  "api_token.not_found": row(404, EXIT.failure),
  "passkey.invalid": row(401, EXIT.refused),
  "passkey.not_found": row(404, EXIT.failure),
  "admin_token.from_environment": row(409, EXIT.failure),
  "oidc.not_configured": row(404, EXIT.failure),
  "oidc.refused": row(401, EXIT.refused),
  "proof.invalid": row(401, EXIT.refused),
  "proof.expired": row(401, EXIT.refused),
  "proof.replayed": row(401, EXIT.refused),
  "attestation.required": row(401, EXIT.refused),
  "attestation.invalid": row(401, EXIT.refused),
  "attestation.expired": row(401, EXIT.refused),
  "attestation.replayed": row(401, EXIT.refused),
  "attestation.session_ended": row(401, EXIT.refused),
  "token.invalid": row(401, EXIT.refused),
  "token.expired": row(401, EXIT.refused),
  "token.revoked": row(401, EXIT.refused),
  // Devices and daemons
  "device.authorization_pending": row(401, EXIT.pendingApproval, "authorization_pending"),
  "device.slow_down": row(401, EXIT.pendingApproval, "slow_down"),
  "device.access_denied": row(401, EXIT.refused, "access_denied"),
  "device.expired": row(401, EXIT.refused, "expired_token"),
  "device.locked": row(403, EXIT.refused),
  "device.not_found": row(404, EXIT.failure),
  "device.already_decided": row(409, EXIT.failure),
  "daemon.binary_not_allowed": row(403, EXIT.refused, "binary_not_allowed"),
  "daemon.binary_disabled": row(403, EXIT.refused, "binary_disabled"),
  "daemon.unsafe_environment": row(403, EXIT.refused),
  "daemon.session_not_found": row(404, EXIT.failure),
  "allowlist.not_found": row(404, EXIT.failure),
  "allowlist.untrusted": row(403, EXIT.failure),
  "allowlist.exists": row(409, EXIT.failure),
  "allowlist.last_entry": row(409, EXIT.failure),
  // What is asked for
  "secret.not_found": row(404, EXIT.failure),
  "secret.exists": row(409, EXIT.failure),
  "secret.decoy_collision": row(409, EXIT.failure),
  "secret.changed": row(409, EXIT.failure),
  "secret.unredactable": row(422, EXIT.failure),
  "secret.version_not_found": row(404, EXIT.failure),
  "secret.version_current": row(409, EXIT.failure),
  "secret.version_unreadable": row(409, EXIT.failure),
  "agent.not_found": row(404, EXIT.failure),
  "agent.exists": row(409, EXIT.failure),
  "agent.ambiguous": row(409, EXIT.failure),
  "agent.frozen": row(403, EXIT.refused),
  "policy.not_found": row(404, EXIT.failure),
  "policy.exists": row(409, EXIT.failure),
  "project.not_found": row(404, EXIT.failure),
  "project.exists": row(409, EXIT.failure),
  "project.ambiguous": row(409, EXIT.failure),
  "project.frozen": row(403, EXIT.refused),
  "project.agent_mismatch": row(403, EXIT.refused, "project_agent_mismatch"),
  "project.no_agent": row(403, EXIT.refused, "project_no_agent_binding"),
  "project.token_active": row(409, EXIT.failure),
  "grant.not_found": row(404, EXIT.failure),
  "grant.exists": row(409, EXIT.failure),
  "grant.name_taken": row(409, EXIT.failure),
  "grant.pending": row(403, EXIT.pendingApproval, "pending_approval"),
  "grant.denied": row(403, EXIT.refused),
  "grant.already_decided": row(409, EXIT.failure),
  "grant.changed": row(409, EXIT.failure),
  "run.unredacted_refused": row(403, EXIT.refused),
  "command.not_found": row(404, EXIT.failure),
  "command.required": row(403, EXIT.refused),
  "command.not_covered": row(403, EXIT.refused),
  "command.nothing_to_ask": row(404, EXIT.refused),
  "command.facts_needed": row(428, EXIT.failure),
  "approval.person_required": row(403, EXIT.failure),
  "approval.own_device": row(403, EXIT.failure),
  "channel.not_found": row(404, EXIT.failure),
  "channel.exists": row(409, EXIT.failure),
  "namespace.not_found": row(404, EXIT.failure),
  "namespace.exists": row(409, EXIT.failure),
  "namespace.in_use": row(409, EXIT.failure),
  "namespace.protected": row(400, EXIT.failure),
  "ssh.key_not_granted": row(403, EXIT.refused),
  "ssh.login_only": row(400, EXIT.refused),
  "ssh.no_keys": row(404, EXIT.refused),
  "sign.key_not_granted": row(403, EXIT.refused),
  "sign.not_allowed": row(403, EXIT.refused),
  "sign.key_unfit": row(422, EXIT.failure),
  "template.not_found": row(404, EXIT.failure),
  "template.invalid": row(400, EXIT.failure),
  "template.missing_name": row(422, EXIT.failure),
  "import.invalid": row(400, EXIT.failure),
  "backup.running": row(409, EXIT.failure),
  "backup.unavailable": row(503, EXIT.failure),
  "archive.invalid": row(400, EXIT.failure),
  "archive.version": row(400, EXIT.failure),
  "archive.truncated": row(400, EXIT.failure),
  "archive.damaged": row(400, EXIT.failure),
  "archive.wrong_key": row(400, EXIT.refused),
  // Keys that sign tokens
  "signing_key.not_found": row(404, EXIT.failure),
  "signing_key.not_retired": row(409, EXIT.failure),
  "signing_key.in_use": row(409, EXIT.failure),
  "signing_key.rotation_pending": row(409, EXIT.failure),
  "audit.not_found": row(404, EXIT.failure),
  "audit.broken": row(409, EXIT.failure),
  "audit.anchor_invalid": row(400, EXIT.failure),
  "audit.sink_unavailable": row(503, EXIT.unreachable),
  // Rotation of the KEK
  "kek_rotation.running": row(409, EXIT.failure),
  // Recovery shares
  "recovery.key_changed": row(409, EXIT.failure),
  "recovery.share_refused": row(400, EXIT.failure),
  "recovery.shares_do_not_open": row(403, EXIT.refused),
  // The server's own state
  "server.sealed": row(503, EXIT.unreachable),
  "server.stopping": row(503, EXIT.unreachable),
  "server.audit_unavailable": row(503, EXIT.unreachable),
  "server.busy": row(503, EXIT.unreachable),
  "server.internal": row(500, EXIT.failure),
  // Only ever seen on the agent's host
  "server.unreachable": row(502, EXIT.unreachable),
  "server.untrusted": row(502, EXIT.refused),
  "client.not_logged_in": row(401, EXIT.notReady),
  "client.daemon_not_running": row(503, EXIT.notReady),
  "client.daemon_busy": row(503, EXIT.unreachable),
  "client.peer_refused": row(403, EXIT.refused),
  "client.caller_not_allowed": row(403, EXIT.refused),
  "client.frame_invalid": row(400, EXIT.failure),
  "client.file_unsafe": row(403, EXIT.failure),
  "client.file_refused": row(409, EXIT.failure),
  "client.file_not_written": row(500, EXIT.failure),
  "client.wait_timeout": row(408, EXIT.timeout),
  "client.interrupted": row(499, EXIT.failure),
  "child.not_found": row(404, EXIT.notFound),
  "child.not_executable": row(403, EXIT.notExecutable),
  "child.directory_gone": row(404, EXIT.failure),
  "child.spawn_failed": row(500, EXIT.failure),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof CATALOGUE;

/** All codes, in the order of the catalogue: for the document of errors and for tests. */
export const ERROR_CODES = Object.keys(CATALOGUE) as readonly ErrorCode[];

/** What a failure tells a caller: only things that are safe and useful to them. */
export interface ErrorExtras {
  /** Facts a client acts on, such as `grant_id`; goes out as `details`. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** Whole seconds until a retry can work; goes out as `Retry-After`. */
  readonly retryAfter?: number;
  /** For operators' logs only; never serialised. */
  readonly cause?: unknown;
}

/** An expected refusal or failure with a stable code. Bugs stay plain `Error`. */
export class VaultError extends Error {
  override readonly name = "VaultError";
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>> | undefined;
  readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, message: string, extras: ErrorExtras = {}) {
    super(message, extras.cause === undefined ? undefined : { cause: extras.cause });
    this.code = code;
    this.details = extras.details;
    this.retryAfter = extras.retryAfter;
  }
}

/** HTTP status of a code. */
export function httpStatus(code: ErrorCode): number {
  return CATALOGUE[code].status;
}

/** `error_code` of a code as clients see it: `secret.not_found` is `secret_not_found`. */
export function wireCode(code: ErrorCode): string {
  const entry: ErrorRow = CATALOGUE[code];
  return entry.wire ?? code.replaceAll(".", "_");
}

/** Exit code of the command line for a code. */
export function exitCode(code: ErrorCode): ExitCode {
  return CATALOGUE[code].exit;
}

const BY_WIRE = new Map<string, ErrorCode>(ERROR_CODES.map((code) => [wireCode(code), code]));

/** The code behind an `error_code` from the wire, or undefined for one that this version does not know. */
export function codeFromWire(wire: string): ErrorCode | undefined {
  return BY_WIRE.get(wire);
}

/** The JSON body of an error answer. */
export interface WireError {
  readonly error: string;
  readonly error_code: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly request_id?: string;
}

/** Serialises a failure for the wire: message, code and details, never the cause. */
export function toWireError(error: VaultError, requestId?: string): WireError {
  return {
    error: error.message,
    error_code: wireCode(error.code),
    ...(error.details === undefined ? {} : { details: error.details }),
    ...(requestId === undefined ? {} : { request_id: requestId }),
  };
}
