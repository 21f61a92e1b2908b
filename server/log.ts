/**
 * Log lines on standard output: one per event, as text for people or JSON for machines. Fields are names, counts and
 * codes; callers never pass values, tokens or raw input, and what would break a line is escaped.
 */

import type { Clock } from "../shared/clock.ts";

export const LOG_FORMATS = ["text", "json"] as const;
export type LogFormat = typeof LOG_FORMATS[number];

/** From the most talkative to the quietest. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = typeof LOG_LEVELS[number];

type LogValue = string | number | boolean | null | readonly string[];

/** Facts of an event. `error` takes what was thrown; of anything that is no plain value only the type is written. */
export type LogFields = Readonly<Record<string, unknown>>;

export interface LoggerOptions {
  readonly format: LogFormat;
  readonly level: LogLevel;
  readonly clock: Clock;
  /** Takes one whole line without its end. */
  readonly write: (line: string) => void;
}

export class Logger {
  readonly #options: LoggerOptions;
  readonly #threshold: number;

  constructor(options: LoggerOptions) {
    this.#options = options;
    this.#threshold = LOG_LEVELS.indexOf(options.level);
  }

  debug(message: string, fields?: LogFields): void {
    this.#log("debug", message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#log("info", message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#log("warn", message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#log("error", message, fields);
  }

  #log(level: LogLevel, message: string, fields: LogFields = {}): void {
    if (LOG_LEVELS.indexOf(level) < this.#threshold) return;
    const time = new Date(this.#options.clock.now()).toISOString();
    const facts = Object.entries(fields).flatMap(([name, value]) => printable(name, value));
    this.#options.write(
      this.#options.format === "json"
        ? JSON.stringify({ time, level, message, ...Object.fromEntries(facts) })
        : [time, level.toUpperCase().padEnd(5), escapeControls(message), ...facts.map(toPair)].join(" "),
    );
  }
}

/** Writes whole lines to standard output, synchronously: the last line before an exit is not lost. */
export function writeToStdout(line: string): void {
  writeFully(new TextEncoder().encode(`${line}\n`));
}

/** A pipe whose reader is gone must not end the server: there is nobody left to tell. */
function writeFully(bytes: Uint8Array): void {
  try {
    for (let at = 0; at < bytes.byteLength;) at += Deno.stdout.writeSync(bytes.subarray(at));
  } catch {
    // Nothing to do and nowhere to say so.
  }
}

type Fact = readonly [name: string, value: LogValue];

function printable(name: string, value: unknown): Fact[] {
  if (value === undefined) return [];
  if (name === "error") return describeError(value);
  if (
    value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean"
  ) {
    return [[name, value]];
  }
  return [[name, Array.isArray(value) ? value.map(String) : `[${typeof value}]`]];
}

/** An error's own words, its first frame of ours, and its cause. Never its other properties. */
function describeError(error: unknown): Fact[] {
  if (error === undefined || error === null) return [];
  if (!(error instanceof Error)) return [["error", `[${typeof error}]`]];
  const at = /\n\s+at (.+)/.exec(error.stack ?? "")?.[1];
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return [
    ["error", `${error.name}: ${error.message}${cause}`],
    ...(at === undefined ? [] : [["at", at] as const]),
  ];
}

function toPair([name, value]: Fact): string {
  const text = Array.isArray(value) ? value.join(",") : String(value);
  return `${name}=${/^[\w.:/@+-]+$/.test(text) ? text : JSON.stringify(escapeControls(text))}`;
}

/** Control characters could forge lines or drive a terminal. */
function escapeControls(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, (char) => `\\u{${char.charCodeAt(0).toString(16)}}`);
}
