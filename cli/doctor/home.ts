/** The directory of this user's identity, login and key in it, and the socket: are they there, and nobody else's business? */

import { agentKeyPath } from "../../shared/client/agent_key_file.ts";
import type { CortexHome } from "../../shared/client/home.ts";
import { type DaemonSession, readSession } from "../../shared/client/session_file.ts";
import { DAY, type Instant, parseTimestamp } from "../../shared/clock.ts";
import { VaultError } from "../../shared/errors.ts";
import { type AgentId, parseAgentId } from "../../shared/names.ts";
import { failure, type Finding, LOGIN, ok, warning } from "./finding.ts";

const OTHERS = 0o077;
/** A login that ends within this time is renewed by a daemon that reaches its server. */
const SOON = 3 * DAY;

/** Of `~/.cortex`. */
export function checkDirectory({ directory }: CortexHome): Finding {
  const info = statOf(directory);
  if (info === undefined) return failure("directory", `${directory} is not there`, LOGIN);
  if (!info.isDirectory) {
    return failure("directory", `${directory} is no directory`, `move it away, then ${LOGIN}`);
  }
  if (info.uid !== null && info.uid !== Deno.uid()) {
    return failure("directory", `${directory} belongs to another user`, "move it away; log in anew");
  }
  if (((info.mode ?? 0) & OTHERS) !== 0) {
    return failure("directory", `${directory} is open to others`, `chmod 700 ${directory}`);
  }
  return ok("directory", `${directory} is yours alone`);
}

/** Of the session file. Its token is looked at by nobody here. */
export function checkLogin(
  home: CortexHome,
  now: Instant,
): { readonly finding: Finding; readonly login?: DaemonSession } {
  let session: DaemonSession | undefined;
  try {
    session = readSession(home.sessionFile);
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    const isOpen = error.code === "client.file_unsafe";
    return {
      finding: failure("login", error.message, isOpen ? `chmod 600 ${home.sessionFile}, or ${LOGIN}` : LOGIN),
    };
  }
  if (session === undefined) return { finding: failure("login", "nobody is logged in", LOGIN) };
  const until = parseTimestamp(session.expires_at ?? "");
  const who = `${session.agent_id ?? "an agent"} at ${session.server_url}`;
  if (until !== undefined && until <= now) {
    return { finding: failure("login", `the login of ${who} has ended`, LOGIN), login: session };
  }
  if (until !== undefined && until - now < SOON) {
    const fix = "keep the daemon running, or log in anew";
    return {
      finding: warning("login", `the login of ${who} ends at ${session.expires_at} UTC`, fix),
      login: session,
    };
  }
  return { finding: ok("login", who), login: session };
}

/** Of the agent's key, without reading it; undefined where the login names no agent. */
export function checkKey({ directory }: CortexHome, { agent_id }: DaemonSession): Finding | undefined {
  const agent = agent_id === undefined ? undefined : agentIdOf(agent_id);
  if (agent === undefined) return undefined;
  const path = agentKeyPath(directory, agent);
  const info = statOf(path);
  if (info === undefined) return failure("key", `the agent's key ${path} is missing`, LOGIN);
  if (!info.isFile) return failure("key", `${path} is no file`, `move it away, then ${LOGIN}`);
  if (info.uid !== null && info.uid !== Deno.uid()) {
    return failure("key", `${path} belongs to another user`, `move it away, then ${LOGIN}`);
  }
  if (((info.mode ?? 0) & OTHERS) !== 0) {
    const fix = `chmod 600 ${path}; where somebody may have read it, delete it and ${LOGIN}`;
    return failure("key", `${path} is open to others`, fix);
  }
  return ok("key", `${path} is yours alone`);
}

/** Of the socket's file, whether or not somebody listens. */
export function checkSocket(socket: string): Finding | undefined {
  const info = statOf(socket);
  if (info === undefined) return undefined;
  if (info.isSymlink || !info.isSocket) {
    return failure("socket", `${socket} is no socket`, "move it away, then restart the daemon");
  }
  if (info.uid !== null && info.uid !== Deno.uid()) {
    return failure("socket", `${socket} belongs to another user`, "find out who put it there");
  }
  if (((info.mode ?? 0) & OTHERS) !== 0) {
    return failure("socket", `${socket} is open to others`, "cortex daemon restart");
  }
  return ok("socket", `${socket} is yours alone`);
}

/** A login may have been written by somebody else. */
function agentIdOf(text: string): AgentId | undefined {
  try {
    return parseAgentId(text);
  } catch {
    return undefined;
  }
}

function statOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return undefined;
    throw error;
  }
}
