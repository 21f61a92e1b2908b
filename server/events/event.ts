/** What people are told of, beyond the audit log: which events there are, and how bad each is. */

/** Names, counts and codes: never a value, a token, or a text that a stranger chose freely. */
export type EventFacts = Readonly<Record<string, string | number | boolean>>;

export const SEVERITIES = ["info", "warning", "alarm"] as const;
export type Severity = typeof SEVERITIES[number];

/** Every kind of event with its severity. */
export const EVENT_SEVERITY = {
  decoy_read: "alarm",
  recovery_boot: "alarm",
  audit_chain_broken: "alarm",
  audit_sink_failing: "alarm",
  agent_frozen: "warning",
  proofs_refused: "warning",
  /** A program printed a value; the agent saw a mark in its place. */
  leak_prevented: "warning",
  access_pending: "info",
  /** Whoever made them with a stolen password and token has the key. */
  recovery_shares_made: "warning",
  /** A copy of the whole vault has left: sealed, but somebody has it. */
  backup_begun: "info",
  vault_restored: "warning",
  kek_rotated: "info",
  signing_key_rotated: "info",
  token_revoked: "info",
} as const satisfies Readonly<Record<string, Severity>>;

export type EventKind = keyof typeof EVENT_SEVERITY;

export interface VaultEvent {
  readonly kind: EventKind;
  /** Null where it concerns the whole server. */
  readonly namespace?: string | null;
  readonly agentId?: string | null;
  readonly projectName?: string | null;
  readonly resourcePath?: string | null;
  readonly sourceIp?: string | null;
  readonly facts?: EventFacts;
}
