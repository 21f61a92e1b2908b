/**
 * What the daemon and the monitor of a terminal say to each other, on two pipes: one order down, reports up. The order
 * is a line of JSON and then the environment as it is, value bytes and all; nobody else has the pipe.
 */

import { fromUtf8, utf8 } from "../../shared/encoding.ts";
import type { WireError } from "../../shared/errors.ts";
import type { Ending } from "../../shared/os/child.ts";
import type { SpawnRequest } from "../../shared/os/spawn.ts";

/** The monitor's descriptors; 0 and 1 are empty, 2 is the daemon's log, 9 is there for bound commands only, 10 and up for values in files. */
export const MONITOR_FD = {
  order: 3,
  report: 4,
  terminal: 5,
  stdin: 6,
  stdout: 7,
  stderr: 8,
  executable: 9,
  files: 10,
} as const;

/** The hidden argument that makes `cortex-daemon` a monitor. */
export const MONITOR_ARGUMENT = "--terminal-monitor";

/** What is to be started; the environment follows it. */
export interface MonitorOrder extends Omit<SpawnRequest, "environment"> {
  readonly environmentBytes: number;
}

export type MonitorReport =
  | { readonly kind: "started"; readonly pid: number }
  | { readonly kind: "failed"; readonly error: WireError }
  | { readonly kind: "stopped" }
  | { readonly kind: "ended"; readonly ending: Ending };

/** A line for one of the pipes. */
export function encodeLine(message: MonitorOrder | MonitorReport): Uint8Array<ArrayBuffer> {
  return utf8(`${JSON.stringify(message)}\n`);
}

/** Reads a line that {@linkcode encodeLine} of the same release wrote: both ends are one program. */
export function decodeLine<Message extends MonitorOrder | MonitorReport>(line: Uint8Array): Message {
  return JSON.parse(fromUtf8(line) ?? "");
}
