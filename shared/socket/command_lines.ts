/**
 * Request lines about commands that are not started yet: what would happen, and asking a person. They carry no value and
 * no environment, only the names of variables.
 */

/** Version of our own verbs: the `v` of a request. */
export const PROTOCOL_VERSION = 1;

/** A command that a caller means, before it runs: in its directory, with its `PATH`. */
export interface MeantCommand {
  readonly program: string;
  readonly args: readonly string[];
  /** Absolute. */
  readonly cwd: string;
  /** Null where the caller has none. */
  readonly path: string | null;
}

/** `explain`: what the agent may do in a project, and whether a command of it would pass. One line in, one line out. */
export interface ExplainRequestLine {
  readonly cmd: "explain";
  readonly v: typeof PROTOCOL_VERSION;
  readonly project: string;
  /** Null for all that is granted. */
  readonly names: readonly string[] | null;
  readonly command: MeantCommand | null;
}

/** `request`: asks a person for exactly this command, or for the keys for any. One line in, one line out. */
export interface CommandRequestLine {
  readonly cmd: "request";
  readonly v: typeof PROTOCOL_VERSION;
  readonly project: string;
  readonly names: readonly string[] | null;
  readonly command: MeantCommand;
  /** The arguments are patterns, see `shared/command/pattern.ts`. */
  readonly patterns: boolean;
  /** The commit of the repository counts too. */
  readonly commit: boolean;
  /** Names of variables of its own that the command is to keep. */
  readonly environment?: readonly string[] | undefined;
  /** For any command: what is above says nothing then. */
  readonly any_command?: boolean | undefined;
  /** Null: as often as wanted. */
  readonly uses: number | null;
  readonly seconds: number;
  readonly note: string | null;
}
