/** What every command is given: where to speak, and how to read the environment. Nothing else is global. */

import { type ReadEnv, readEnv } from "../shared/client/home.ts";
import type { LineInput } from "../shared/terminal/hidden_line.ts";
import { processTerminal, type Terminal } from "./terminal.ts";

export interface CliContext {
  readonly terminal: Terminal;
  readonly env: ReadEnv;
  /** Where passwords and tokens are asked for. */
  readonly input: LineInput;
}

/** Takes the exit code of a command that has ended. */
export type Finish = (code: number) => void;

/** The context of this process. */
export function processContext(): CliContext {
  return { terminal: processTerminal(readEnv), env: readEnv, input: standardInput };
}

const standardInput: LineInput = {
  isTerminal: () => Deno.stdin.isTerminal(),
  readSync: (bytes) => Deno.stdin.readSync(bytes),
  setRaw: (raw) => Deno.stdin.setRaw(raw),
  say: (text) => void Deno.stderr.writeSync(new TextEncoder().encode(text)),
};
