/** A real server that kills itself at a durable step, see `crash_server.ts`. */

import type { DurableStep } from "../../../server/durable_steps.ts";
import { RunningProgram } from "../../support/running_program.ts";
import type { ServerFolder, Settings } from "./server_process.ts";

const CRASHING = new URL("./crash_server.ts", import.meta.url).pathname;

/** Starts it and waits until it listens. The `times`-th time that the step is reached is its last. */
export async function listenAndCrashAt(
  step: DurableStep,
  folder: ServerFolder,
  settings: Settings,
  times = 1,
): Promise<{ server: RunningProgram; url: string }> {
  const command = [Deno.execPath(), "run", "--quiet", "--no-check", "-A", CRASHING, step, String(times)];
  const options = { env: await folder.environment(settings), cwd: folder.path, transcript: [] };
  const server = new RunningProgram(`a server that dies at ${step}`, command, options);
  const [url] = await server.waitFor(/https?:\/\/127\.0\.0\.1:\d+/);
  return { server, url };
}
