/** One thing that a program did, or could not do, to protect itself: reported, never silently skipped. */

import { OsError } from "./os_error.ts";

export interface ProtectionStep {
  /** What was to be done, in a few words. */
  readonly step: string;
  readonly done: boolean;
  /** Why not. */
  readonly reason?: string;
}

/** Runs one step; a failure of the operating system is reported, a bug is not caught. */
export function attempt(step: string, action: () => void): ProtectionStep {
  try {
    action();
    return { step, done: true };
  } catch (error) {
    if (!(error instanceof OsError)) throw error;
    return { step, done: false, reason: error.message };
  }
}

/** A step that this system does not offer. */
export function unavailable(step: string, reason: string): ProtectionStep {
  return { step, done: false, reason };
}
