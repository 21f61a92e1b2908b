/** Lengths of time as people type them. */

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** Seconds in `90s`, `30m`, `12h` or `7d`; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const [, count = "", unit = ""] = /^([1-9]\d{0,6})([smhd])$/.exec(text) ?? [];
  const seconds = UNITS[unit];
  return seconds === undefined ? undefined : Number(count) * seconds;
}

/** As {@linkcode parseDuration} reads it, in the largest unit that fits. */
export function formatDuration(seconds: number): string {
  const [unit, length] = Object.entries(UNITS).reverse().find(([, length]) => seconds % length === 0) ??
    ["s", 1];
  return `${seconds / length}${unit}`;
}
