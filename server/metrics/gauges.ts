/** What the server is like at the moment of a scrape: every gauge with its text and the name of its label. */

import type { Metric } from "./exposition.ts";

/** Every gauge: what it says, and its label. */
export const GAUGES = {
  cortex_build_info: ["Always 1; the version is the label", "version"],
  cortex_kek_version: ["Version of the key that the vault is sealed by"],
  cortex_secrets: ["Secrets that are stored"],
  cortex_projects: ["Projects with an approved key"],
  cortex_agents: ["Agents that are registered"],
  cortex_frozen: ["Agents and projects that are frozen"],
  cortex_waiting: ["What waits for a person", "what"],
  cortex_events_last_day: ["Events that people are told of, of the last 24 hours", "kind"],
  cortex_deliveries: ["Messages about events, by state", "state"],
  cortex_audit_rows: ["Number of the newest row of the audit log; one that gets smaller is a log cut short"],
  cortex_audit_sink_ok: ["Whether an audit sink takes rows", "sink"],
  cortex_audit_sink_behind: ["Rows that an audit sink has still to take", "sink"],
  cortex_last_backup_timestamp_seconds: [
    "When the newest backup in the audit log ended, in seconds since 1970; 0 where there is none",
  ],
  cortex_database_bytes: ["Size of the database, without its write-ahead log"],
  process_start_time_seconds: ["When the server started, in seconds since 1970"],
  process_resident_memory_bytes: ["Memory of the process"],
} as const satisfies Readonly<Record<string, readonly [help: string, label?: string]>>;

export interface Reading {
  readonly name: keyof typeof GAUGES;
  readonly value: number;
  /** Of a gauge that has one. */
  readonly label?: string;
}

/** Every gauge, with what was read of it. */
export function gauges(readings: readonly Reading[]): Metric[] {
  return Object.entries(GAUGES).map(([name, [help, labelName]]) => ({
    name,
    help,
    type: "gauge",
    samples: readings.filter((reading) => reading.name === name).map(({ value, label }) => ({
      value,
      ...(labelName === undefined || label === undefined ? {} : { labels: { [labelName]: label } }),
    })),
  }));
}
