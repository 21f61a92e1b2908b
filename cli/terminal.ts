/**
 * How `cortex` speaks, in one place. Data goes to standard output and nothing else does; notes, warnings and errors
 * go to standard error; what only a person needs (progress, QR code) is left out where standard error is no terminal.
 * Colours only on a terminal, and not with `NO_COLOR` or `TERM=dumb`. No value and no token is ever said.
 */

import type { ReadEnv } from "../shared/client/home.ts";

export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

const SGR: Readonly<Record<Style, number>> = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 };
const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const encoder = new TextEncoder();

/** Where the words go; tests hand in their own. */
export interface Streams {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly errIsTerminal: boolean;
  /** Absent: it is none. */
  readonly outIsTerminal?: boolean;
}

export class Terminal {
  readonly #streams: Streams;
  readonly #colours: boolean;
  #frame = 0;
  #progressShown = false;

  constructor(streams: Streams, env: ReadEnv) {
    this.#streams = streams;
    this.#colours = streams.errIsTerminal && env("NO_COLOR") === undefined && env("TERM") !== "dumb";
  }

  /** Whether a person watches standard error. */
  get interactive(): boolean {
    return this.#streams.errIsTerminal;
  }

  /** Whether standard output is a terminal: data goes before somebody's eyes, and into no file. */
  get showsData(): boolean {
    return this.#streams.outIsTerminal ?? false;
  }

  /** Takes everything off the screen, what was scrolled away too; nothing where data goes into a file. */
  clearScreen(): void {
    if (this.showsData) this.#streams.out("\x1b[H\x1b[2J\x1b[3J");
  }

  /** A line of data on standard output. */
  data(line: string): void {
    this.endProgress();
    this.#streams.out(`${line}\n`);
  }

  /** One JSON text on a line of standard output. */
  json(value: unknown): void {
    this.data(JSON.stringify(value));
  }

  /** A line for people on standard error. */
  note(line: string): void {
    this.endProgress();
    this.#streams.err(`${line}\n`);
  }

  /** A note that is loud: something is wrong, yet the command goes on. */
  warn(line: string): void {
    this.note(this.paint("yellow", `cortex: warning: ${line}`));
  }

  /** Text in a style where standard error shows styles, else as it is. */
  paint(style: Style, text: string): string {
    return this.#colours ? `\x1b[${SGR[style]}m${text}\x1b[0m` : text;
  }

  /** Overwrites the progress line; silent without a terminal. */
  progress(text: string): void {
    if (!this.interactive) return;
    const frame = FRAMES[this.#frame++ % FRAMES.length] ?? "";
    this.#streams.err(`\r\x1b[K${this.paint("cyan", frame)} ${text}`);
    this.#progressShown = true;
  }

  /** Takes the progress line away. */
  endProgress(): void {
    if (this.#progressShown) this.#streams.err("\r\x1b[K");
    this.#progressShown = false;
  }
}

/** The terminal of this process. A reader that has gone away is no reason to fail. */
export function processTerminal(env: ReadEnv): Terminal {
  return new Terminal({
    out: (text) => writeAll(Deno.stdout, text),
    err: (text) => writeAll(Deno.stderr, text),
    errIsTerminal: Deno.stderr.isTerminal(),
    outIsTerminal: Deno.stdout.isTerminal(),
  }, env);
}

function writeAll(stream: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = encoder.encode(text);
  try {
    for (let at = 0; at < bytes.byteLength;) at += stream.writeSync(bytes.subarray(at));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
