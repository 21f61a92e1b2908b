/** `cortex daemon stop`: asks the daemon to end and waits until its socket is silent. */

import { cortexHome } from "../../../shared/client/home.ts";
import { SECOND } from "../../../shared/clock.ts";
import { EXIT, VaultError } from "../../../shared/errors.ts";
import type { CliContext } from "../../context.ts";
import { askDaemon } from "../../daemon_client.ts";
import { errorFromDaemon } from "../../run/exec_session.ts";
import type { StatusOptions } from "./status.ts";

const PATIENCE = 15 * SECOND;
const STEP = SECOND / 20;

/** Stops it; a daemon that does not run is no failure. Returns the exit code. */
export async function daemonStop(options: StatusOptions, { terminal, env }: CliContext): Promise<number> {
  const socket = options.sock ?? cortexHome(env).socket;
  const wasRunning = await stop(socket);
  if (options.json) terminal.json({ ok: true, was_running: wasRunning });
  else terminal.note(wasRunning ? "The daemon has stopped" : `No daemon runs at ${socket}`);
  return EXIT.ok;
}

async function stop(socket: string): Promise<boolean> {
  try {
    const { ok, error, error_code } = await askDaemon(socket, { cmd: "stop" });
    if (ok !== true) throw errorFromDaemon({ error: String(error), error_code: String(error_code) });
  } catch (error) {
    if (error instanceof VaultError && error.code === "client.daemon_not_running") return false;
    throw error;
  }
  for (let waited = 0; waited < PATIENCE; waited += STEP) {
    if (!await answers(socket)) return true;
    await new Promise((resolve) => setTimeout(resolve, STEP));
  }
  throw new VaultError(
    "client.daemon_busy",
    "The daemon still waits for programs that it runs; look at cortex status",
  );
}

/** Whether somebody listens; a daemon that is about to end may answer garbage or nothing. */
async function answers(socket: string): Promise<boolean> {
  try {
    await askDaemon(socket, { cmd: "status" });
    return true;
  } catch (error) {
    return !(error instanceof VaultError && error.code === "client.daemon_not_running");
  }
}
