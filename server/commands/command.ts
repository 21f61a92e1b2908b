/** What `cortex-server NAME …` commands are: work on a vault that this process does not serve. */

import type { LineInput } from "../../shared/terminal/hidden_line.ts";

/** The process as a command sees it. */
export interface CommandIo {
  readonly env: (name: string) => string | undefined;
  readonly input: LineInput;
  /** Data, on standard output. */
  readonly print: (line: string) => void;
  /** Notes, progress and warnings, on standard error. */
  readonly say: (line: string) => void;
}

export interface ServerCommand {
  /** What follows the name on the command line, for the help. */
  readonly usage: string;
  readonly summary: string;
  /**
   * Returns the exit code.
   * @throws StartupError, VaultError for what the operator can put right
   */
  run(args: readonly string[], io: CommandIo): Promise<number>;
}
