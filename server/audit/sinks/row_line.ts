/** An audit row as one line of JSON: every column, times as RFC 3339, MACs as hex. The same row is the same line. */

import { toHex } from "../../../shared/encoding.ts";
import type { AuditRow } from "../../store/writer.ts";
import type { HeldRow } from "./sink.ts";

/** The line, without its newline. JSON escapes control characters, so that no row can look like two. */
export function rowLine(row: AuditRow): string {
  const { at, details, prev_mac, mac, ...plain } = row;
  return JSON.stringify({
    ...plain,
    at: new Date(at).toISOString(),
    details: details === null ? null : parsed(details),
    prev_mac: toHex(prev_mac),
    mac: toHex(mac),
  });
}

/** What a line tells of its row; undefined where it is no line of ours. */
export function heldRow(line: string): HeldRow | undefined {
  const value = parsed(line);
  if (typeof value !== "object" || value === null || !("seq" in value) || !("mac" in value)) return undefined;
  const { seq, mac } = value;
  return typeof seq === "number" && typeof mac === "string" ? { seq, mac } : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
