/**
 * What people have decided about an agent's access to a project (section 7.3 of the wire contract, put right).
 *
 * Decisions are kept and looked up per key path. A partial approval lets exactly its part through; a key that was
 * refused or left out blocks itself and nothing else; a key that nobody has decided about waits for a person, and all
 * waiting keys of one agent and project stand in one request, which grows.
 */

import type { Instant } from "../../shared/clock.ts";
import type { ApprovalTerm, PendingGrantStatus } from "../store/schema.ts";

/** One request for access and what became of it. */
export interface AccessRequest {
  readonly id: string;
  readonly status: PendingGrantStatus;
  readonly requestedKeys: readonly string[];
  /** What a person let through; null unless approved. */
  readonly approvedKeys: readonly string[] | null;
  readonly requestedAt: Instant;
  readonly decidedAt: Instant | null;
  /** An approval counts for requests before this time; null for ever. */
  readonly autoApprovalUntil: Instant | null;
  /** `month`, unless told: only that one a token may outlive. */
  readonly term?: ApprovalTerm;
}

/** `denied`: the request for the key was refused. `not_approved`: an approval of other keys left it out. */
export type WithheldReason = "denied" | "not_approved";

/** Keys that need no approval of the project, or that none opens. */
export interface ExemptKeys {
  /** An approval of a single command lets them into a scope; whether they leave the vault is decided at each read. */
  readonly commands: ReadonlySet<string>;
  /** Given to commands only, and none is approved. */
  readonly unapproved: ReadonlySet<string>;
}

const NOTHING_EXEMPT: ExemptKeys = { commands: new Set(), unapproved: new Set() };

export interface WithheldKey {
  readonly keyPath: string;
  readonly reason: WithheldReason | "command_required";
}

export type ApprovalDecision =
  /** No key was asked for: nothing needs a person, and nothing may be bound to the agent. */
  | { readonly kind: "nothing_asked" }
  /** At least one key passes. */
  | {
    readonly kind: "granted";
    readonly approved: readonly string[];
    readonly withheld: readonly WithheldKey[];
  }
  /** Some keys were never decided about: `extends` is the open request to widen, or null for a new one. */
  | {
    readonly kind: "pending";
    readonly extends: AccessRequest | null;
    /** All keys that wait, the older ones of `extends` included, sorted. */
    readonly requestedKeys: readonly string[];
    /** Whether `requestedKeys` says more than `extends` did. */
    readonly grows: boolean;
    readonly approved: readonly string[];
  }
  /** Every key was refused or left out. */
  | { readonly kind: "denied"; readonly withheld: readonly WithheldKey[] };

/** Where a key path stands: `undecided` waits for a person. */
export type KeyState = "approved" | "undecided" | WithheldReason;

/** {@linkcode KeyState}, or a key that only approved commands get. */
type DecidedState = KeyState | "command_required";

/** Decides about a set of key paths at a time. `history` holds the requests of one agent for one project, in any order. */
export function decideApproval(
  history: readonly AccessRequest[],
  keyPaths: readonly string[],
  now: Instant,
  exempt: ExemptKeys = NOTHING_EXEMPT,
): ApprovalDecision {
  if (keyPaths.length === 0) return { kind: "nothing_asked" };
  const states = withExempt(approvalStates(history, keyPaths, now), exempt);
  const approved = keysIn(states, "approved");
  const undecided = keysIn(states, "undecided");
  if (undecided.length > 0) return waitFor(history, undecided, approved);
  const withheld = [...states].flatMap(([keyPath, state]) =>
    state === "approved" || state === "undecided" ? [] : [{ keyPath, reason: state }]
  );
  return approved.length === 0 ? { kind: "denied", withheld } : { kind: "granted", approved, withheld };
}

/**
 * The newest decision about each key path that counts at a time. Of a token that was issued at `at`, `now` is later: short
 * terms have to count now, the long one has to have counted then.
 */
export function approvalStates(
  history: readonly AccessRequest[],
  keyPaths: readonly string[],
  at: Instant,
  now: Instant = at,
): ReadonlyMap<string, KeyState> {
  const decided = decisions(history, at, now);
  return new Map(keyPaths.map((keyPath) => [keyPath, stateOf(decided, keyPath)]));
}

/** Ids of the approvals for one release that a release of these keys rests on; it uses them up. */
export function onceApprovals(
  history: readonly AccessRequest[],
  keyPaths: readonly string[],
  at: Instant,
  now: Instant,
): readonly string[] {
  const decided = decisions(history, at, now);
  const ids = keyPaths.flatMap((keyPath) => {
    const request = decided.find(({ requestedKeys }) => requestedKeys.includes(keyPath));
    return request?.term === "once" && stateOf([request], keyPath) === "approved" ? [request.id] : [];
  });
  return [...new Set(ids)];
}

function decisions(history: readonly AccessRequest[], at: Instant, now: Instant): readonly AccessRequest[] {
  const countsAt = ({ term }: AccessRequest) => term === "once" || term === "day" ? now : at;
  return history.filter((request) => isDecision(request, countsAt(request))).sort(newestFirst);
}

function withExempt(
  states: ReadonlyMap<string, KeyState>,
  { commands, unapproved }: ExemptKeys,
): ReadonlyMap<string, DecidedState> {
  return new Map([...states].map(([keyPath, state]) => {
    if (commands.has(keyPath)) return [keyPath, "approved"];
    return [keyPath, unapproved.has(keyPath) ? "command_required" : state];
  }));
}

/** An approval that ran out leaves its keys undecided; a refusal holds until a person deletes it. */
function isDecision(request: AccessRequest, now: Instant): boolean {
  if (request.status === "denied") return true;
  return request.status === "approved" &&
    (request.autoApprovalUntil === null || request.autoApprovalUntil > now);
}

/** Of two decisions of the same instant, the refusal counts. */
function newestFirst(left: AccessRequest, right: AccessRequest): number {
  const later = (right.decidedAt ?? right.requestedAt) - (left.decidedAt ?? left.requestedAt);
  return later !== 0 ? later : Number(right.status === "denied") - Number(left.status === "denied");
}

function stateOf(decided: readonly AccessRequest[], keyPath: string): KeyState {
  const request = decided.find(({ requestedKeys }) => requestedKeys.includes(keyPath));
  if (request === undefined) return "undecided";
  if (request.status === "denied") return "denied";
  return (request.approvedKeys ?? []).includes(keyPath) ? "approved" : "not_approved";
}

function keysIn(states: ReadonlyMap<string, DecidedState>, wanted: KeyState): readonly string[] {
  return [...states].flatMap(([keyPath, state]) => state === wanted ? [keyPath] : []);
}

function waitFor(
  history: readonly AccessRequest[],
  undecided: readonly string[],
  approved: readonly string[],
): ApprovalDecision {
  const open = history.find(({ status }) => status === "pending") ?? null;
  const requestedKeys = [...new Set([...(open?.requestedKeys ?? []), ...undecided])].sort();
  const grows = requestedKeys.length > (open?.requestedKeys.length ?? 0);
  return { kind: "pending", extends: open, requestedKeys, grows, approved };
}
