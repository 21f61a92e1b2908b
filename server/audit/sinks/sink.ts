/**
 * A second place that audit rows go to, beside the database, which stays the truth. A sink takes rows in order and says
 * when it has them; everything about outages is the business of its follower.
 */

import type { AuditRow } from "../../store/writer.ts";

export const SINK_KINDS = ["file", "syslog"] as const;
export type SinkKind = typeof SINK_KINDS[number];

/** Why a sink takes no rows: for the operator, in a few words that hold no data. */
export class SinkFault extends Error {
  override readonly name = "SinkFault";
}

export interface AuditSink {
  readonly kind: SinkKind;
  /** Where the rows go, for people: a path or an address. */
  readonly target: string;
  /** The last row that the sink can show to have, where it can; read once, at boot. */
  readonly holds?: HeldRow;
  /** Takes rows, in order. Not called again before it settled. @throws SinkFault */
  write(rows: readonly AuditRow[]): Promise<void>;
  /** Looks whether everything written is still there. @throws SinkFault */
  check(): Promise<void>;
  /** Signs of tampering that were found since the last call, in a few words each. */
  takeFindings(): readonly string[];
  close(): void;
}

/** A row as a sink shows it. */
export interface HeldRow {
  readonly seq: number;
  /** Lowercase hex. */
  readonly mac: string;
}
