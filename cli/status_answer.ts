/** The daemon's answer to `status`, read field by field: a token in it (the predecessor's daemon sends one) is dropped. */

import { printableLine } from "../shared/client/answer_error.ts";
import type { SessionState } from "../shared/socket/messages.ts";
import type { LineAnswer } from "./daemon_client.ts";

export interface DaemonFacts {
  readonly agent_id: string;
  readonly server_url: string;
  readonly login_expires_at?: string | undefined;
  readonly version: string;
  readonly pid: number;
  readonly uptime_seconds: number;
  readonly binary_sha256: string;
  readonly session_state: SessionState | "unknown";
  readonly session_expires_at?: string | undefined;
  readonly problem?: string | undefined;
  readonly problem_code?: string | undefined;
  readonly hardening: readonly { readonly step: string; readonly done: boolean; readonly reason: string }[];
  readonly projects: readonly { readonly project: string; readonly token_expires_at: string }[];
  readonly running_children: number;
}

const STATES: readonly string[] = [
  "logged_out",
  "connecting",
  "attested",
  "refused",
] satisfies SessionState[];

/** Reads what is there; what is not there stays empty. */
export function readStatus(answer: LineAnswer): DaemonFacts {
  const session = record(answer.session);
  return {
    agent_id: text(answer.agent_id),
    server_url: text(answer.server_url),
    login_expires_at: optional(session.expires_at),
    version: text(answer.version),
    pid: count(answer.pid),
    uptime_seconds: count(answer.uptime_seconds),
    binary_sha256: text(answer.binary_sha256),
    session_state: readState(answer),
    session_expires_at: optional(answer.session_expires_at),
    problem: optional(record(answer.problem).error),
    problem_code: optional(record(answer.problem).error_code),
    hardening: list(answer.hardening).map(({ step, done, reason }) => ({
      step: text(step),
      done: done === true,
      reason: text(reason),
    })),
    projects: list(answer.projects).map(({ project, token_expires_at }) => ({
      project: text(project),
      token_expires_at: text(token_expires_at),
    })),
    running_children: count(answer.running_children),
  };
}

/** The predecessor's daemon says no state: it only runs while it is attested. */
function readState({ session_state, attest_session_id }: LineAnswer): SessionState | "unknown" {
  if (session_state === undefined) return text(attest_session_id) === "" ? "unknown" : "attested";
  return typeof session_state === "string" && STATES.includes(session_state)
    ? session_state as SessionState
    : "unknown";
}

function text(value: unknown): string {
  return typeof value === "string" ? printableLine(value) : "";
}

function optional(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? printableLine(value) : undefined;
}

function count(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function list(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.map(record) : [];
}
