/** What every command is given: where to speak, and how to read the environment. Nothing else is global. */

import { type ReadEnv, readEnv } from "../shared/client/home.ts";
import { processTerminal, type Terminal } from "./terminal.ts";

export interface CliContext {
  readonly terminal: Terminal;
  readonly env: ReadEnv;
}

/** Takes the exit code of a command that has ended. */
export type Finish = (code: number) => void;

/** The context of this process. */
export function processContext(): CliContext {
  return { terminal: processTerminal(readEnv), env: readEnv };
}
