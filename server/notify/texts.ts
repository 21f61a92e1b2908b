/** What a message says of each kind of event: a title, what to do next, and the page of the dashboard where it is done. */

import type { EventKind } from "../events/event.ts";
import type { EventTable } from "../store/event_schema.ts";

/** What of an event says which page acts on it. */
export type EventPlace = Pick<EventTable, "kind" | "agent_id" | "namespace">;

export interface EventText {
  readonly title: string;
  readonly next: string;
  /** Page of the dashboard, below `/ui/`; see {@linkcode pageLink} for what is filled in. */
  readonly page: string;
}

/** The page of the event's agent, or the list of agents where the event names none. */
const AGENT_PAGE = "agents/:agent_id";

/** Every kind has a text: a new one without does not compile. */
export const EVENT_TEXTS = {
  decoy_read: {
    title: "A decoy was read",
    next: "Treat the agent as taken over; it is frozen until a person lifts that",
    page: AGENT_PAGE,
  },
  recovery_boot: {
    title: "The vault was opened with recovery shares",
    next: "If nobody of yours did that, seal the vault and rotate every secret",
    page: "audit?action=recovery_boot",
  },
  audit_chain_broken: {
    title: "The audit log was changed",
    next: "Keep the database file as it is and run cortex verify-audit",
    page: "audit",
  },
  audit_sink_failing: {
    title: "An audit sink fails",
    next: "Look at it with cortex admin audit-sinks; a required one stops every release",
    page: "settings",
  },
  agent_frozen: {
    title: "An agent was frozen",
    next: "Find out why, then lift it with cortex admin agents unfreeze, or delete the agent",
    page: AGENT_PAGE,
  },
  proofs_refused: {
    title: "Many proofs were refused",
    next: "Somebody may be guessing; look at who asks from this address",
    page: "audit?status=denied",
  },
  leak_prevented: {
    title: "A program printed a secret",
    next: "The agent saw a mark in its place; mend the program, or rotate the secret",
    page: "audit?action=leak_prevented",
  },
  access_pending: {
    title: "An agent asks for access",
    next: "Approve it or deny it",
    page: "approvals",
  },
  recovery_shares_made: {
    title: "Recovery shares were made",
    next: "If nobody of yours did that, rotate the key: it makes them void",
    page: "keys",
  },
  backup_begun: {
    title: "A backup was begun",
    next: "If nobody of yours did that, change the admin token",
    page: "audit?action=backup",
  },
  vault_restored: {
    title: "The vault was restored from a backup",
    next: "What was revoked after the backup is valid again; look at it",
    page: "audit?action=restore",
  },
  kek_rotated: {
    title: "The key was rotated",
    next: "Older recovery shares are void; make new ones",
    page: "keys/shares",
  },
  signing_key_rotated: {
    title: "The signing key was rotated",
    next: "Tokens signed before go on until they expire",
    page: "keys",
  },
  token_revoked: {
    title: "A project's tokens were revoked",
    next: "The project gets a new one when its agent asks again",
    page: "projects",
  },
} as const satisfies Readonly<Record<EventKind, EventText>>;

/** For a kind that this release does not know: a newer one raised it. */
const UNKNOWN: EventText = {
  title: "Something happened that this release has no text for",
  next: "Look at the audit log",
  page: "audit",
};

export function eventText(kind: string): EventText {
  return new Map<string, EventText>(Object.entries(EVENT_TEXTS)).get(kind) ?? UNKNOWN;
}

/** Where the dashboard acts on an event. Undefined where the server does not know its address. */
export function pageLink(event: EventPlace, publicUrl: string | undefined): string | undefined {
  return publicUrl === undefined ? undefined : `${publicUrl.replace(/\/+$/, "")}/ui/${pageOf(event)}`;
}

function pageOf({ kind, agent_id, namespace }: EventPlace): string {
  const { page } = eventText(kind);
  if (page !== AGENT_PAGE) return page;
  if (agent_id === null || namespace === null) return "agents";
  return `agents/${encodeURIComponent(agent_id)}?namespace=${encodeURIComponent(namespace)}`;
}
