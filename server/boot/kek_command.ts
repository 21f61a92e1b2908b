/**
 * The unseal password out of a program that the operator names: a KMS, a TPM, a password manager. It is started with its own
 * arguments and no shell, its output is the password and is repeated nowhere, and it gets neither for ever nor any amount.
 */

import { wipe } from "../../shared/crypto/wipe.ts";
import { printableLine } from "../../shared/client/answer_error.ts";
import { fromUtf8, utf8 } from "../../shared/encoding.ts";
import { VaultError } from "../../shared/errors.ts";
import { Child } from "../../shared/os/child.ts";
import { CVector } from "../../shared/os/c_vector.ts";
import { closeFd } from "../../shared/os/descriptor.ts";
import { FdStream } from "../../shared/os/fd_stream.ts";
import { factsOf } from "../../shared/os/file_facts.ts";
import { openProgram } from "../../shared/os/find_program.ts";
import { Reactor } from "../../shared/os/reactor.ts";
import { type SpawnedChild, spawnProgram } from "../../shared/os/spawn.ts";
import { LONGEST_LINE_BYTES } from "../../shared/terminal/hidden_line.ts";
import { SECOND } from "../../shared/clock.ts";
import { StartupError } from "../startup_error.ts";

/** A KMS that is asked over a slow network, and a person who touches a key. */
const TIMEOUT_MS = 60 * SECOND;
const MOST_COMPLAINT_BYTES = 2_000;
const WRITABLE_BY_OTHERS = 0o022;

export interface KekCommandOptions {
  /** Program and arguments. */
  readonly words: readonly string[];
  /** What the program gets: ours without its secrets. */
  readonly environment: Readonly<Record<string, string>>;
  readonly testOnlyTimeoutMs?: number;
}

interface Outcome {
  readonly code: number;
  readonly output: Uint8Array;
  readonly complaint: Uint8Array;
  readonly late: boolean;
}

/** @throws StartupError where the program gives no password; its complaints are passed on, its output never */
export async function passwordFromCommand(options: KekCommandOptions): Promise<string> {
  const { code, output, complaint, late } = await run(options);
  try {
    if (late) throw failed("did not end in time and was stopped", complaint);
    if (code !== 0) throw failed(`ended with exit code ${code}`, complaint);
    if (output.byteLength > LONGEST_LINE_BYTES) throw failed("printed too much for a password", complaint);
    const text = fromUtf8(output)?.replace(/\r?\n$/, "");
    if (text === undefined) throw failed("printed something that is no UTF-8 text", complaint);
    if (text.trim() === "") throw failed("printed no password", complaint);
    return text;
  } finally {
    wipe(output);
  }
}

async function run({ words, environment, testOnlyTimeoutMs }: KekCommandOptions): Promise<Outcome> {
  await using reactor = new Reactor();
  const spawned = start(words, environment);
  closeFd(spawned.stdin);
  using output = new FdStream(reactor, spawned.stdout);
  using complaint = new FdStream(reactor, spawned.stderr);
  const child = new Child(reactor, spawned.pid);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.signal("SIGKILL");
    // A helper in a session of its own survives the signal, and may hold these open for ever.
    output.close();
    complaint.close();
  }, testOnlyTimeoutMs ?? TIMEOUT_MS);
  const texts = await Promise.all([
    readUpTo(output, LONGEST_LINE_BYTES + 1),
    readUpTo(complaint, MOST_COMPLAINT_BYTES),
    child.ended,
  ]);
  clearTimeout(timer);
  return { code: child.reap().code, output: texts[0], complaint: texts[1], late };
}

function start(
  [program = "", ...args]: readonly string[],
  env: Readonly<Record<string, string>>,
): SpawnedChild {
  using environment = new CVector(Object.entries(env).map(([name, value]) => utf8(`${name}=${value}`)));
  try {
    const path = programOfOurs(program, env["PATH"]);
    return spawnProgram({ program: path, args, cwd: Deno.cwd(), environment, path: env["PATH"] });
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    throw new StartupError(`CORTEX_KEK_COMMAND cannot be started: ${error.message}`);
  }
}

/** The file that is meant. Whoever may write to it would be asked for the vault's password from the next boot on. */
function programOfOurs(program: string, path: string | undefined): string {
  const opened = openProgram(program, Deno.cwd(), path);
  using _closed = { [Symbol.dispose]: () => closeFd(opened.fd) };
  if ((factsOf(opened.fd).mode & WRITABLE_BY_OTHERS) === 0) return opened.path;
  throw new StartupError("CORTEX_KEK_COMMAND names a program that others may change; run chmod go-w on it");
}

/** The beginning of what comes; the rest is read, so that the program can end, and dropped. */
async function readUpTo(stream: FdStream, limit: number): Promise<Uint8Array> {
  const kept = new Uint8Array(limit);
  const chunk = new Uint8Array(4_096);
  let length = 0;
  for (let count = await stream.read(chunk); count !== 0; count = await stream.read(chunk)) {
    const taken = chunk.subarray(0, Math.min(count, limit - length));
    kept.set(taken, length);
    length += taken.byteLength;
  }
  wipe(chunk);
  return kept.subarray(0, length);
}

function failed(what: string, complaint: Uint8Array): StartupError {
  const said = printableLine(new TextDecoder().decode(complaint));
  return new StartupError(`CORTEX_KEK_COMMAND ${what}${said === "" ? "" : `; it said: ${said}`}`);
}
