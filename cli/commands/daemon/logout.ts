/** `cortex daemon logout`: forgets the login. The key stays: it is the agent's identity, not the session. */

import { cortexHome } from "../../../shared/client/home.ts";
import { EXIT } from "../../../shared/errors.ts";
import type { CliContext } from "../../context.ts";
import { reloadDaemon } from "../../reload.ts";

/** Removes the session file and tells a running daemon; returns the exit code. */
export async function daemonLogout(
  options: { json?: true | undefined },
  context: CliContext,
): Promise<number> {
  const { terminal, env } = context;
  const { sessionFile, socket } = cortexHome(env);
  const removed = removeFile(sessionFile);
  const daemon = removed ? await reloadDaemon(socket) : "not_running";
  if (options.json) terminal.json({ ok: true, logged_out: removed, session_file: sessionFile });
  else if (removed) terminal.note(`Logged out: ${sessionFile} removed`);
  else terminal.note(`Nobody was logged in: there is no ${sessionFile}`);
  if (daemon === "failed") terminal.warn("the daemon still holds the old login; run cortex daemon stop");
  return EXIT.ok;
}

/** A symbolic link is removed itself, not what it points to. */
function removeFile(path: string): boolean {
  try {
    Deno.removeSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
