/** What the doctor says of one thing: in order, not quite, or broken, and then what to do. */

/** What to do where a login is missing, ended or lost. */
export const LOGIN = "cortex daemon login --url URL";

export type Verdict = "ok" | "warning" | "failure";

export interface Finding {
  /** The thing that was looked at; stable, for scripts. */
  readonly check: string;
  readonly verdict: Verdict;
  readonly says: string;
  /** A command or a sentence; only where something is to be done. */
  readonly fix?: string | undefined;
}

export function ok(check: string, says: string): Finding {
  return { check, verdict: "ok", says };
}

export function warning(check: string, says: string, fix?: string): Finding {
  return { check, verdict: "warning", says, fix };
}

export function failure(check: string, says: string, fix: string): Finding {
  return { check, verdict: "failure", says, fix };
}
