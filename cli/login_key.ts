/** Which agent logs in and with which key: an existing key is used again, a new one made exclusively. */

import {
  agentKeyPath,
  createAgentKey,
  listAgentKeys,
  readAgentKey,
} from "../shared/client/agent_key_file.ts";
import type { ReadEnv } from "../shared/client/home.ts";
import { createPrivateFile, readPrivateFile } from "../shared/os/private_file.ts";
import type { DaemonSession } from "../shared/client/session_file.ts";
import { publicKeyOf, type SigningKey } from "../shared/crypto/ed25519.ts";
import { equalBytes } from "../shared/crypto/hash.ts";
import { VaultError } from "../shared/errors.ts";
import { type AgentId, parseAgentId } from "../shared/names.ts";

/**
 * The agent that logs in: the named one, else the one of the last login, else the only one that has a key here (made
 * by `gen-key`, as the predecessor's instructions say), else one named after user and host.
 */
export function chooseAgentId(
  named: string | undefined,
  before: DaemonSession | undefined,
  directory: string,
  env: ReadEnv,
): AgentId {
  const chosen = named ?? before?.agent_id;
  if (chosen !== undefined) return parseAgentId(chosen);
  const [only, ...others] = listAgentKeys(directory);
  if (only === undefined) return defaultAgentId(env("USER") ?? env("LOGNAME") ?? "agent", Deno.hostname());
  if (others.length === 0) return only;
  const message = `There are keys of several agents here (${
    [only, ...others].join(", ")
  }); say which by --agent-id`;
  throw new VaultError("request.invalid", message);
}

/** `alice-laptop-local` for alice on laptop.local. */
export function defaultAgentId(user: string, hostname: string): AgentId {
  const id = `${user}-${hostname}`.replace(/[^A-Za-z0-9_-]+/g, "-").slice(0, 64);
  return parseAgentId(id);
}

/** The agent's key: the one in its file, or a new one. */
export function keyForLogin(directory: string, agentId: AgentId): SigningKey {
  const path = agentKeyPath(directory, agentId);
  return readAgentKey(path) ?? createAgentKey(path);
}

/**
 * The daemon looks for the key under the agent that the token names. Where the admin approved the login under another
 * name, the key is put there as well; a different key that is already there wins over us.
 */
export function adoptAgentKey(directory: string, loggedInAs: AgentId, subject: string): void {
  if (subject === loggedInAs) return;
  const from = agentKeyPath(directory, loggedInAs);
  const to = agentKeyPath(directory, parseAgentId(subject));
  const there = readAgentKey(to);
  if (there === undefined) {
    const bytes = readPrivateFile(from);
    if (bytes !== undefined) createPrivateFile(to, bytes);
    return;
  }
  const mine = readAgentKey(from);
  if (mine !== undefined && equalBytes(publicKeyOf(mine), publicKeyOf(there))) return;
  const message =
    `The login was approved for ${subject}, whose key here is another one; log in with --agent-id ${subject}`;
  throw new VaultError("server.untrusted", message);
}
