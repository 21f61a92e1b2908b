/**
 * Log lines on standard error, as text for people or JSON for machines (`CORTEX_LOG=json`). Fields are names, numbers
 * and codes: never a value, a token, a request line or what a child printed.
 */

import { type Clock, systemClock } from "../shared/clock.ts";
import { VaultError, wireCode } from "../shared/errors.ts";

export type LogLevel = "info" | "warn" | "error";
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Log {
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export interface LogOptions {
  readonly json: boolean;
  readonly clock?: Clock;
  /** Takes one line without its end. */
  readonly write: (line: string) => void;
}

export function createLog({ json, clock = systemClock, write }: LogOptions): Log {
  const line = (level: LogLevel) => (message: string, fields: LogFields = {}) => {
    const time = new Date(clock.now()).toISOString();
    write(
      json ? JSON.stringify({ time, level, message, ...fields }) : textLine(time, level, message, fields),
    );
  };
  return { info: line("info"), warn: line("warn"), error: line("error") };
}

/** What a failure may say in the log: its code and message; of an unexpected one its type and message. */
export function failureFields(error: unknown): LogFields {
  if (error instanceof VaultError) return { code: wireCode(error.code), reason: error.message };
  return error instanceof Error ? { code: error.name, reason: error.message } : { code: "unknown" };
}

function textLine(time: string, level: LogLevel, message: string, fields: LogFields): string {
  const facts = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${/^[\w./:@+-]+$/.test(`${value}`) ? value : JSON.stringify(value)}`]
  );
  return [time, level.toUpperCase().padEnd(5), message, ...facts].join(" ");
}
