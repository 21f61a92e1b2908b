/**
 * `cortex daemon start`: starts the daemon in the background and waits until it is ready or says why not. A daemon that
 * runs already is left alone.
 */

import { cortexHome } from "../../../shared/client/home.ts";
import { ensurePrivateDirectory } from "../../../shared/client/private_directory.ts";
import { SECOND } from "../../../shared/clock.ts";
import { EXIT, VaultError } from "../../../shared/errors.ts";
import { hasEnded, spawnDetached } from "../../../shared/os/spawn_detached.ts";
import type { CliContext } from "../../context.ts";
import { findDaemonProgram } from "../../daemon_program.ts";
import { loginWaits } from "../../login_mark.ts";
import type { DaemonFacts } from "../../status_answer.ts";
import type { Terminal } from "../../terminal.ts";
import { findDaemon, sayRunning, type StatusOptions } from "./status.ts";

const STEP = SECOND / 20;
/** The socket is there as soon as the daemon has hardened itself. */
const SOCKET_PATIENCE = 20 * SECOND;
/** The server may be slow or away; the daemon goes on trying by itself. */
const SESSION_PATIENCE = 10 * SECOND;

/** Starts it; returns 0 when it runs, whatever it still lacks: that is told, and `cortex status` tells it again. */
export async function daemonStart(options: StatusOptions, context: CliContext): Promise<number> {
  const { terminal, env } = context;
  const home = cortexHome(env);
  const socket = options.sock ?? home.socket;
  const running = await findDaemon(socket);
  const first = running ?? await launch(socket, home.directory, home.logFile, context);
  const facts = await settle(first, socket, home.directory, terminal);
  terminal.endProgress();
  if (options.json) terminal.json({ ok: true, started: running === undefined, socket, ...facts });
  else {
    terminal.note(
      running === undefined ? `The daemon runs; its log is ${home.logFile}` : "The daemon runs already",
    );
    sayRunning(socket, facts, terminal);
  }
  return EXIT.ok;
}

async function launch(
  socket: string,
  directory: string,
  logFile: string,
  { env, terminal }: CliContext,
): Promise<DaemonFacts> {
  ensurePrivateDirectory(directory);
  const pid = spawnDetached({
    ...findDaemonProgram(env("PATH")),
    env: { ...Deno.env.toObject(), CORTEX_DAEMON_SOCK: socket },
    logFile,
  });
  const isUp = async () => {
    terminal.progress("Starting the daemon");
    if (hasEnded(pid)) throw startFailed(logFile);
    return await findDaemon(socket);
  };
  const first = await until(isUp, SOCKET_PATIENCE);
  if (first === undefined) {
    throw new VaultError("client.daemon_busy", `The daemon does not answer; look at ${logFile}`);
  }
  return first;
}

/** Waits for a session that is being opened, and for a login that is under way in another terminal. */
async function settle(
  first: DaemonFacts,
  socket: string,
  directory: string,
  terminal: Terminal,
): Promise<DaemonFacts> {
  let last = first;
  const settled = async () => {
    last = await findDaemon(socket) ?? last;
    const waits = last.session_state === "logged_out" && loginWaits(directory);
    if (!waits && last.session_state !== "connecting") return last;
    terminal.progress(waits ? "A login waits for its approval" : "Opening a session with the server");
    return undefined;
  };
  return await until(settled, SESSION_PATIENCE) ?? last;
}

async function until<T>(look: () => Promise<T | undefined>, patience: number): Promise<T | undefined> {
  for (let waited = 0; waited < patience; waited += STEP) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, STEP));
  }
  return undefined;
}

/** The end of the log says why; it holds neither values nor tokens. */
function startFailed(logFile: string): VaultError {
  const lines = readLog(logFile).trimEnd().split("\n").slice(-5).join("\n  ");
  return new VaultError("child.spawn_failed", `The daemon ended at once; ${logFile} says:\n  ${lines}`);
}

function readLog(path: string): string {
  try {
    return Deno.readTextFileSync(path).replace(/[^\P{C}\n]/gu, " ");
  } catch {
    return "nothing";
  }
}
