/**
 * The predecessor's `run`: one line in, one line out, no streams (section 6 of the wire contract). The child runs in the
 * daemon's directory with the daemon's environment, as there; but its output goes nowhere, where the predecessor let it
 * into the daemon's log, values and all. The answer says so. Its input is empty.
 *
 * The env file is read for its names only. One that is named and missing is an error; without any, everything granted
 * is delivered (lesson C2: never silently nothing).
 */

import { dotenvNames } from "../../shared/dotenv.ts";
import { fromUtf8 } from "../../shared/encoding.ts";
import { VaultError } from "../../shared/errors.ts";
import { closeFd, type Fd, openPath } from "../../shared/os/descriptor.ts";
import { libc } from "../../shared/os/libc.ts";
import { OsError } from "../../shared/os/os_error.ts";
import { readAll } from "../../shared/os/private_file.ts";
import { STDERR, STDOUT } from "../../shared/socket/frames.ts";
import type { LegacyRunRequest } from "../../shared/socket/messages.ts";
import type { Connection } from "../connection.ts";
import type { WantedNames } from "../server_calls.ts";
import { ChildRun } from "./child_run.ts";
import type { Environment } from "./environment.ts";
import type { ExecDeps } from "./exec.ts";
import { startRun } from "./start.ts";

/** The daemon's own surroundings, taken before its permissions were given up. */
export interface DaemonSurroundings {
  readonly cwd: string;
  readonly environment: Environment;
}

export interface LegacyRunAnswer {
  readonly ok: true;
  /** −1 for death by a signal. */
  readonly exit_code: number;
  readonly unmatched_keys: readonly string[];
  readonly note: string;
}

const NOTE =
  "The program's output was dropped: this protocol has no stream for it. Use `cortex run` of this release";
const FILES_NOTE = "Values in files, at the paths in";
const MAX_ENV_FILE = 1024 * 1024;

/** Runs it to its end. @throws VaultError */
export async function legacyRun(
  deps: ExecDeps & { readonly surroundings: DaemonSurroundings },
  request: LegacyRunRequest,
  connection: Connection,
): Promise<LegacyRunAnswer> {
  const { cwd, environment } = deps.surroundings;
  const { project, program, args, env_file } = request;
  const order = {
    project,
    program,
    args,
    cwd,
    environment,
    names: namesOf(cwd, env_file),
    terminal: undefined,
    ssh: false,
    unredacted: false,
  };
  const run: { gone: boolean; child?: ChildRun } = { gone: false };
  void connection.hangUp().catch(() => {}).then(() => {
    run.gone = true;
    run.child?.hangUp();
  });
  const started = await startRun(deps, order, { peer: connection.peer, hasGone: () => run.gone });
  if (started === undefined) throw new VaultError("client.peer_refused", "The caller has gone");
  const child = new ChildRun(deps, started.program, NO_STREAMS);
  run.child = child;
  const { code, signal } = await follow(deps, child);
  return {
    ok: true,
    exit_code: signal === undefined ? code : -1,
    unmatched_keys: started.unmatched,
    note: started.files.length === 0 ? NOTE : `${NOTE}. ${FILES_NOTE} ${filesOf(started.files)}`,
  };
}

function filesOf(names: readonly string[]): string {
  return names.map((name) => `${name}_FILE`).join(", ");
}

const NO_STREAMS = {
  output: () => Promise.resolve(0),
  outputLast: () => Promise.resolve(),
  outputEnd: () => Promise.resolve(),
  inputTaken: () => {},
  inputClosed: () => {},
};

async function follow({ children }: ExecDeps, child: ChildRun) {
  children.add(child);
  child.input.end();
  for (const stream of [STDOUT, STDERR] as const) child.output(stream)?.discard();
  try {
    return await child.finish();
  } finally {
    void child.drained().then(() => children.delete(child));
  }
}

function namesOf(cwd: string, envFile: string | undefined): WantedNames {
  const path = envFile ?? ".env";
  const text = readTextFile(path.startsWith("/") ? path : `${cwd}/${path}`);
  if (text !== undefined) return dotenvNames(text);
  if (envFile === undefined) return null;
  throw new VaultError(
    "request.invalid",
    "The env file is missing or not readable in the daemon's directory; name it by an absolute path",
  );
}

function readTextFile(path: string): string | undefined {
  let fd: Fd | undefined;
  try {
    fd = openPath(path, libc().numbers.O_RDONLY | libc().numbers.O_NONBLOCK);
    return fromUtf8(readAll(fd, MAX_ENV_FILE));
  } catch (error) {
    if (error instanceof OsError) return undefined;
    throw error;
  } finally {
    if (fd !== undefined) closeFd(fd);
  }
}
