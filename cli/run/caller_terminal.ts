/**
 * The caller's own terminal while a program runs on a terminal of the daemon's: every key goes to the program as it is
 * typed, and what the program shows is shown as it is. Settings are only touched in the foreground, where the system
 * allows it, and are what they were before whenever we do not run: at the end, and while we are stopped.
 */

import { toBase64 } from "../../shared/encoding.ts";
import { libc } from "../../shared/os/libc.ts";
import { OsError } from "../../shared/os/os_error.ts";
import {
  applySettings,
  isInForeground,
  rawSettings,
  settingsOf,
  type TerminalSettings,
  type WindowSize,
  windowSizeOf,
} from "../../shared/os/terminal.ts";
import type { TerminalShape } from "../../shared/socket/messages.ts";

const STDIN = 0;
const STANDARD_STREAMS = [STDIN, 1, 2] as const;
const NOBODY_SAID: WindowSize = { rows: 24, columns: 80 };

export class CallerTerminal {
  /** Of standard input; undefined where it is no terminal and nothing is typed. */
  readonly #before: TerminalSettings | undefined = attempt(() => settingsOf(STDIN));
  #isRaw = false;

  constructor() {
    addEventListener("unload", () => this.leave());
  }

  /** What the program's terminal is to be like. */
  shape(): TerminalShape {
    const settings = this.#before ?? firstOf(settingsOf);
    return { ...this.size(), ...(settings === undefined ? {} : { settings: toBase64(settings) }) };
  }

  /** How large it is now. */
  size(): WindowSize {
    return firstOf(windowSizeOf) ?? NOBODY_SAID;
  }

  /** From now on keys are the program's. Nothing happens in the background. */
  enter(): void {
    const before = this.#before;
    if (before === undefined || !isInForeground(STDIN)) return;
    this.#isRaw = true;
    attempt(() => applySettings(STDIN, rawSettings(before)));
  }

  /** Back to what it was. */
  leave(): void {
    const before = this.#before;
    if (!this.#isRaw || before === undefined || !isInForeground(STDIN)) return;
    this.#isRaw = false;
    attempt(() => applySettings(STDIN, before));
  }

  /**
   * Stops the whole job as Ctrl-Z does, and returns when it goes on. A job that nobody could continue is not stopped:
   * the system drops the signal then.
   */
  suspend(): void {
    this.leave();
    libc().posix.kill(0, libc().numbers.signals.SIGTSTP);
    this.enter();
  }
}

function firstOf<T>(ask: (terminal: number) => T): T | undefined {
  for (const stream of STANDARD_STREAMS) {
    const answer = attempt(() => ask(stream));
    if (answer !== undefined) return answer;
  }
  return undefined;
}

/** Undefined where the stream is no terminal, or its terminal has gone. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof OsError) return undefined;
    throw error;
  }
}
