/**
 * A run through the predecessor's daemon: one line there, one line back (section 6 of the wire contract). The program
 * gets that daemon's directory, environment and output, which is said.
 */

import { EXIT } from "../../shared/errors.ts";
import type { CliContext } from "../context.ts";
import { askDaemon, type LineAnswer } from "../daemon_client.ts";
import { errorFromDaemon } from "./exec_session.ts";
import type { RunOptions } from "./options.ts";

/** What the predecessor's command line makes of a child that a signal ended. */
const KILLED = 255;

/** Runs it there; returns the exit code. */
export async function legacyRun(socket: string, options: RunOptions, context: CliContext): Promise<number> {
  context.terminal.warn(
    "the daemon is the predecessor's: the program runs in its directory, and its output goes to its log",
  );
  const { program, args, project, url = null, envFile = null } = options;
  const request = { cmd: "run", program, args, project, url, env_file: envFile };
  const answer = await askDaemon(socket, request, { timeoutMs: undefined });
  if (answer.ok !== true) throw legacyError(answer);
  const code = typeof answer.exit_code === "number" ? answer.exit_code : EXIT.failure;
  return code < 0 ? KILLED : code;
}

function legacyError({ error, error_code, message, grant_id, requested_keys }: LineAnswer) {
  const said = typeof message === "string"
    ? message
    : typeof error === "string"
    ? error
    : "The daemon refused";
  return errorFromDaemon({
    error: said,
    error_code: typeof error_code === "string" ? error_code : "server_internal",
    details: { grant_id, requested_keys },
  });
}
