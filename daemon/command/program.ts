/**
 * Which files decide what a command does: the program, the interpreter of a script, the scripts that an interpreter is
 * given. Each is hashed through an open descriptor, and the program is later executed through that same descriptor, so
 * that it cannot be exchanged in between. Scripts are opened once more by whoever interprets them: there, and in all that
 * a program loads later, the name counts (see the threat model).
 */

import type { CommandFile } from "../../shared/api/command.ts";
import { fromUtf8 } from "../../shared/encoding.ts";
import { VaultError } from "../../shared/errors.ts";
import { cBuffer } from "../../shared/os/c_memory.ts";
import { closeFd, type Fd, openPath, readAt } from "../../shared/os/descriptor.ts";
import { factsOf } from "../../shared/os/file_facts.ts";
import { absolute, openProgram } from "../../shared/os/find_program.ts";
import { libc } from "../../shared/os/libc.ts";
import { OsError } from "../../shared/os/os_error.ts";
import { openFileName } from "../../shared/os/proc.ts";
import type { Executable } from "../../shared/os/spawn.ts";
import type { ProgramHashes } from "../../shared/os/program_hash.ts";
import { INTERPRETER_LINE_BYTES, type InterpreterLine, parseInterpreterLine } from "./interpreter_line.ts";

export interface CommandLine {
  readonly program: string;
  readonly args: readonly string[];
  /** Absolute. */
  readonly cwd: string;
  /** The `PATH` that counts. */
  readonly path: string | undefined;
}

/** What will be executed, held open. */
export interface ObservedProgram extends Disposable {
  readonly files: readonly CommandFile[];
  readonly executable: Executable;
  /** What the executed file is given as its own name, and as arguments. */
  readonly argv0: string;
  readonly args: readonly string[];
}

const INTERPRETERS =
  /^(?:r?ba|a|da|z|mk|k|t?c|ya|fi|pw)?sh(?:-static)?$|^(?:busybox|toybox|python|pypy|ruby|jruby|perl|luajit|lua|php|node|nodejs|deno|bun|tsx|ts-node|[gmn]?awk|tclsh|wish|expect|rscript|julia|java|guile|elixir|escript|groovy|dotnet|mono|osascript|nu|elvish|xonsh)[\d.]*[a-z]?$/i;
const MAX_SCRIPT_BYTES = 64 * 1024 * 1024;
const MAX_SCRIPTS = 8;

/** @throws VaultError `child.not_found`, `child.not_executable` */
export async function observeProgram(hashes: ProgramHashes, line: CommandLine): Promise<ObservedProgram> {
  using opened = new DisposableStack();
  const found = await open(hashes, line, line.program, line.path, opened);
  const interpreter = interpreterOf(found.fd);
  if (interpreter === undefined) {
    const files = [fileOf(found), ...await scriptFiles(hashes, found, line)];
    return hold(opened, { files, executable: found, argv0: line.program, args: line.args });
  }
  const path = interpreter.searched ? line.path : undefined;
  const runner = await open(hashes, line, interpreter.program, path, opened);
  if (interpreterOf(runner.fd) !== undefined) throw nestedScript();
  const files = [fileOf(found), fileOf(runner)];
  const args = [...interpreter.args, found.path, ...line.args];
  return hold(opened, { files, executable: runner, argv0: interpreter.program, args });
}

type Opened = Required<Executable> & { readonly looked: NonNullable<Executable["looked"]> };

/** Finds a program, and looks at it before it is hashed: a change during that is a change since. */
async function open(
  hashes: ProgramHashes,
  { cwd }: CommandLine,
  program: string,
  path: string | undefined,
  opened: DisposableStack,
): Promise<Opened> {
  const found = openProgram(program, cwd, path);
  opened.adopt(found.fd, closeFd);
  const { version } = factsOf(found.fd);
  return { ...found, looked: { version, sha256: await hashes.ofFile(found.fd) } };
}

function fileOf({ path, looked: { sha256 } }: Opened): CommandFile {
  return { path, sha256 };
}

/** Keeps what is open for as long as the result lives. */
function hold(
  opened: DisposableStack,
  observed: Omit<ObservedProgram, typeof Symbol.dispose>,
): ObservedProgram {
  const kept = opened.move();
  return { ...observed, [Symbol.dispose]: () => kept.dispose() };
}

function interpreterOf(fd: Fd): InterpreterLine | undefined {
  const head = cBuffer(INTERPRETER_LINE_BYTES);
  const bytes = head.subarray(0, readAt(fd, head, 0));
  return bytes[0] === 0x23 && bytes[1] === 0x21 ? readLine(bytes) : undefined;
}

function readLine(bytes: Uint8Array): InterpreterLine {
  const end = bytes.indexOf(0x0a);
  const line = parseInterpreterLine(fromUtf8(end < 0 ? bytes : bytes.subarray(0, end)) ?? "");
  if (line !== undefined) return line;
  throw new VaultError(
    "child.not_executable",
    "The script's first line names no interpreter that can be followed; run the interpreter by its name",
  );
}

/**
 * The files among the arguments of a known interpreter, such as `deploy.py` of `python3 deploy.py`, and `hook.js` of
 * `node --require=./hook.js`. A link to an interpreter is one too, whatever it is called.
 */
async function scriptFiles(
  hashes: ProgramHashes,
  { path, fd }: Executable,
  line: CommandLine,
): Promise<CommandFile[]> {
  const names = [path, openFileName(fd) ?? ""].map((each) => each.slice(each.lastIndexOf("/") + 1));
  if (!names.some((name) => INTERPRETERS.test(name))) return [];
  const files: CommandFile[] = [];
  for (const argument of line.args) {
    if (files.length === MAX_SCRIPTS) break;
    const place = argument.startsWith("-") ? /^--?[^=]+=(.+)$/.exec(argument)?.[1] : argument;
    const file = place === undefined ? undefined : await scriptFile(hashes, absolute(place, line.cwd));
    if (file !== undefined) files.push(file);
  }
  return files;
}

async function scriptFile(hashes: ProgramHashes, path: string): Promise<CommandFile | undefined> {
  let fd: Fd;
  try {
    fd = openPath(path, libc().numbers.O_RDONLY | libc().numbers.O_NONBLOCK);
  } catch (error) {
    if (error instanceof OsError) return undefined;
    throw error;
  }
  try {
    const { kind, size } = factsOf(fd);
    return kind === "file" && size <= MAX_SCRIPT_BYTES
      ? { path, sha256: await hashes.ofFile(fd) }
      : undefined;
  } finally {
    closeFd(fd);
  }
}

function nestedScript(): VaultError {
  return new VaultError(
    "child.not_executable",
    "The script's interpreter is a script itself; run that one by its name",
  );
}
