/** Time as a value that is passed in, so that no test waits for it. */

/** Milliseconds since the Unix epoch. */
export type Instant = number;

export interface Clock {
  now(): Instant;
}

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** The wall clock of this machine. */
export const systemClock: Clock = { now: () => Date.now() };

/** Whole seconds since the Unix epoch, rounded down: the unit of proofs and of JWT claims. */
export function unixSeconds(instant: Instant): number {
  return Math.floor(instant / SECOND);
}

/** `YYYY-MM-DD HH:MM:SS` in UTC: the form of every time in the HTTP API. */
export function formatTimestamp(instant: Instant): string {
  return new Date(instant).toISOString().slice(0, 19).replace("T", " ");
}

/** {@linkcode formatTimestamp} that lets an absent time stay absent. */
export function formatOptionalTimestamp(instant: Instant | null): string | null {
  return instant === null ? null : formatTimestamp(instant);
}

/** Reads `YYYY-MM-DD HH:MM:SS` (UTC) or RFC 3339; undefined for anything else. */
export function parseTimestamp(text: string): Instant | undefined {
  const iso = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(text) ? `${text.replace(" ", "T")}Z` : text;
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(iso)) return undefined;
  const instant = Date.parse(iso);
  return Number.isNaN(instant) ? undefined : instant;
}
