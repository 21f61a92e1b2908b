/** What a message says of each kind of event: a title, what to do next, and the page of the dashboard where it is done. */

import type { EventKind } from "../events/event.ts";

export interface EventText {
  readonly title: string;
  readonly next: string;
  /** Section of the dashboard. */
  readonly page: string;
}

/** Every kind has a text: a new one without does not compile. */
export const EVENT_TEXTS = {
  decoy_read: {
    title: "A decoy was read",
    next: "Treat the agent as taken over; it is frozen until a person lifts that",
    page: "agents",
  },
  recovery_boot: {
    title: "The vault was opened with recovery shares",
    next: "If nobody of yours did that, seal the vault and rotate every secret",
    page: "audit",
  },
  audit_chain_broken: {
    title: "The audit log was changed",
    next: "Keep the database file as it is and run cortex verify-audit",
    page: "audit",
  },
  audit_sink_failing: {
    title: "An audit sink fails",
    next: "Look at it with cortex admin audit-sinks; a required one stops every release",
    page: "audit",
  },
  agent_frozen: {
    title: "An agent was frozen",
    next: "Find out why, then lift it with cortex admin agents unfreeze, or delete the agent",
    page: "agents",
  },
  proofs_refused: {
    title: "Many proofs were refused",
    next: "Somebody may be guessing; look at who asks from this address",
    page: "audit",
  },
  leak_prevented: {
    title: "A program printed a secret",
    next: "The agent saw a mark in its place; mend the program, or rotate the secret",
    page: "audit",
  },
  access_pending: {
    title: "An agent asks for access",
    next: "Approve it or deny it",
    page: "pending-grants",
  },
  recovery_shares_made: {
    title: "Recovery shares were made",
    next: "If nobody of yours did that, rotate the key: it makes them void",
    page: "shamir",
  },
  backup_begun: {
    title: "A backup was begun",
    next: "If nobody of yours did that, change the admin token",
    page: "audit",
  },
  vault_restored: {
    title: "The vault was restored from a backup",
    next: "What was revoked after the backup is valid again; look at it",
    page: "audit",
  },
  kek_rotated: {
    title: "The key was rotated",
    next: "Older recovery shares are void; make new ones",
    page: "key-rotation",
  },
  signing_key_rotated: {
    title: "The signing key was rotated",
    next: "Tokens signed before go on until they expire",
    page: "key-rotation",
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

/** Where the dashboard acts on it: a section of its one page. Undefined where the server does not know its address. */
export function pageLink(kind: string, publicUrl: string | undefined): string | undefined {
  return publicUrl === undefined ? undefined : `${publicUrl.replace(/\/+$/, "")}/#${eventText(kind).page}`;
}
