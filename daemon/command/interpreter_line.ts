/** The first line of a script, read as the kernel reads it (execve(2), "Interpreter scripts"), and as `env` goes on. */

/** What runs a script. */
export interface InterpreterLine {
  /** A path, or a name to be searched where `searched`. */
  readonly program: string;
  /** Arguments before the script. */
  readonly args: readonly string[];
  readonly searched: boolean;
}

/** No kernel reads more of the line. */
export const INTERPRETER_LINE_BYTES = 256;

/** Undefined for a file that is no script with an interpreter line. `head` is the start of the file. */
export function parseInterpreterLine(head: string): InterpreterLine | undefined {
  const line = /^#![ \t]*([^\n]*)/.exec(head)?.[1]?.trim();
  if (line === undefined || line === "") return undefined;
  const [, program = "", rest = ""] = /^(\S+)(?:[ \t]+(.*))?$/.exec(line) ?? [];
  if (!/(?:^|\/)env$/.test(program)) return { program, args: rest === "" ? [] : [rest], searched: false };
  return throughEnv(rest);
}

/** `env NAME` searches a name; `env -S` splits what follows at blanks. Other forms of `env` are not understood. */
function throughEnv(rest: string): InterpreterLine | undefined {
  const split = /^-S[ \t]*(.+)$/.exec(rest)?.[1];
  const [program, ...args] = split === undefined ? [rest] : split.trim().split(/[ \t]+/);
  if (program === undefined || !/^[^-=\s][^=\s]*$/.test(program)) return undefined;
  return { program, args, searched: true };
}
