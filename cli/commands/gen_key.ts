/** `cortex gen-key`: a new agent key. The public key is the only thing on standard output. */

import { Command } from "@commander-js/extra-typings";
import { agentKeyPath, createAgentKey, replaceAgentKey } from "../../shared/client/agent_key_file.ts";
import { cortexHome } from "../../shared/client/home.ts";
import { ensurePrivateDirectory } from "../../shared/client/private_directory.ts";
import { keyFingerprint, publicKeyOf, type SigningKey } from "../../shared/crypto/ed25519.ts";
import { toBase64Url } from "../../shared/encoding.ts";
import { EXIT, VaultError } from "../../shared/errors.ts";
import { directoryOf } from "../../shared/os/private_file.ts";
import { type AgentId, parseAgentId } from "../../shared/names.ts";
import type { CliContext, Finish } from "../context.ts";

const HELP = `
The private key stays in its file (0600) and is never printed. An existing file is not overwritten without --force:
the old key would be lost for good. "cortex daemon login" makes the key by itself; this command is for registering
an agent by hand.

Example:
  cortex gen-key --agent-id build-bot`;

interface GenKeyOptions {
  readonly agentId: string;
  readonly privKeyFile?: string | undefined;
  readonly force?: true | undefined;
  readonly json?: true | undefined;
}

/** The command as commander knows it. */
export function genKeyCommand(context: CliContext, finish: Finish) {
  return new Command("gen-key").description("make an agent key and print its public half")
    .requiredOption("--agent-id <id>", "the agent whose key this is")
    .option("--priv-key-file <path>", "where to put it (default: ~/.cortex/agent-<id>.key)")
    .option("--force", "replace an existing key file, losing the old key")
    .option("--json", "print JSON")
    .addHelpText("after", HELP)
    .action((options) => finish(genKey(options, context)));
}

function genKey(options: GenKeyOptions, { terminal, env }: CliContext): number {
  const agentId = parseAgentId(options.agentId);
  const path = absolute(options.privKeyFile) ?? defaultPath(agentId, cortexHome(env).directory);
  const publicKey = publicKeyOf(options.force ? replaceAgentKey(path) : newKey(path));
  const agentPub = toBase64Url(publicKey);
  terminal.note(`Private key of ${agentId} written to ${path} (only you can read it)`);
  terminal.note(
    "Register the public key below with an admin, or run cortex daemon login, which does it for you",
  );
  if (options.json) {
    terminal.json({
      agent_id: agentId,
      agent_pub: agentPub,
      fingerprint: keyFingerprint(publicKey),
      priv_key_file: path,
    });
  } else terminal.data(agentPub);
  return EXIT.ok;
}

function newKey(path: string): SigningKey {
  try {
    return createAgentKey(path);
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    throw new VaultError(error.code, `${error.message}; use it as it is, or replace it with --force`);
  }
}

/** A named path in a directory that is there; the C library's errors would not say which file. */
function absolute(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  const whole = path.startsWith("/") ? path : `${Deno.cwd()}/${path}`;
  try {
    Deno.statSync(directoryOf(whole));
    return whole;
  } catch {
    throw new VaultError(
      "client.file_unsafe",
      `${directoryOf(whole)} is not there; make the directory first`,
    );
  }
}

function defaultPath(agentId: AgentId, directory: string): string {
  ensurePrivateDirectory(directory);
  return agentKeyPath(directory, agentId);
}
