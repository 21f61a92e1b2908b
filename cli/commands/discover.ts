/**
 * `cortex discover`: the predecessor's way to a project token without a daemon. A server that wants attestation
 * refuses it; `cortex run` is the way then. The token goes to standard output and to a file, because old scripts
 * read it there: this is the one command that prints one.
 */

import { Command } from "@commander-js/extra-typings";
import { agentKeyPath } from "../../shared/client/agent_key_file.ts";
import { cortexHome, userHome } from "../../shared/client/home.ts";
import { replacePrivateFile } from "../../shared/os/private_file.ts";
import { ServerClient } from "../../shared/client/server_client.ts";
import { systemClock, unixSeconds } from "../../shared/clock.ts";
import { randomHex } from "../../shared/crypto/random.ts";
import { utf8 } from "../../shared/encoding.ts";
import { EXIT, VaultError } from "../../shared/errors.ts";
import { parseAgentId, parseProjectName } from "../../shared/names.ts";
import { signAuthProof } from "../../shared/proofs/auth_proof.ts";
import { requireAgentKey } from "../agent_key.ts";
import type { CliContext, Finish } from "../context.ts";
import { namesAsDotenv, wantedNames } from "../env_file.ts";
import { sayPending } from "../pending.ts";
import { type Discovered, parseDiscovered } from "../discover_answer.ts";
import { fromEnv, insecureHttpAllowed } from "../options.ts";

const HELP = `
Prints a project token and writes it to ~/.cortex-token-<project> (0600). Whoever holds it can read the project's
values: prefer "cortex run", which keeps tokens and values away from you. Servers refuse this command unless they run
without request signing.

Environment: CORTEX_PROJECT, CORTEX_URL, CORTEX_AGENT_ID, CORTEX_PRIV_KEY_FILE, CORTEX_ENV_FILE

Example:
  cortex discover --project shop --url https://vault.example.com --agent-id build-bot`;

interface DiscoverOptions {
  readonly project: string;
  readonly url: string;
  readonly agentId: string;
  readonly privKeyFile?: string | undefined;
  readonly envFile?: string | undefined;
  readonly regenerate?: true | undefined;
  readonly json?: true | undefined;
}

/** The command as commander knows it. */
export function discoverCommand(context: CliContext, finish: Finish) {
  return new Command("discover").description("get a project token without a daemon (for old scripts)")
    .addOption(fromEnv("--project <name>", "the project", "CORTEX_PROJECT").makeOptionMandatory())
    .addOption(fromEnv("--url <url>", "the server", "CORTEX_URL").makeOptionMandatory())
    .addOption(fromEnv("--agent-id <id>", "the agent", "CORTEX_AGENT_ID").makeOptionMandatory())
    .addOption(fromEnv("--priv-key-file <path>", "its private key", "CORTEX_PRIV_KEY_FILE"))
    .addOption(fromEnv("--env-file <path>", "the file whose names are wanted", "CORTEX_ENV_FILE"))
    .option("--regenerate", "replace the project's token, which ends the old one")
    .option("--json", "print JSON")
    .addHelpText("after", HELP)
    .action(async (options) => finish(await discover(options, context)));
}

async function discover(options: DiscoverOptions, context: CliContext): Promise<number> {
  const project = parseProjectName(options.project);
  const body = JSON.stringify(buildRequest(options, project, context));
  const client = new ServerClient({
    baseUrl: options.url,
    allowInsecureHttp: insecureHttpAllowed(context.env),
  });
  try {
    const found = await client.requestJson("POST", "/agent/discover", { body, parse: parseDiscovered });
    return report(found, project, options, context);
  } catch (error) {
    const pending = error instanceof VaultError && error.code === "grant.pending";
    if (!pending || options.json) throw error;
    return sayPending({ ...error.details, approveAt: client.baseUrl }, context.terminal);
  }
}

function buildRequest(options: DiscoverOptions, project: string, { env }: CliContext) {
  const agentId = parseAgentId(options.agentId);
  const keyFile = options.privKeyFile ?? agentKeyPath(cortexHome(env).directory, agentId);
  const proof = { ts: unixSeconds(systemClock.now()), nonce: randomHex(8), agentId };
  const wanted = wantedNames(options.envFile);
  const names = wanted.kind === "named" ? namesAsDotenv(wanted.names) : "";
  return {
    agent_id: agentId,
    auth_proof: signAuthProof(requireAgentKey(keyFile), proof),
    ts: proof.ts,
    nonce: proof.nonce,
    context: {
      project_name: project,
      file_content: names,
      ...(wanted.kind === "named" ? {} : { all_granted: true }),
    },
    regenerate_token: options.regenerate ?? false,
  };
}

function report(found: Discovered, project: string, options: DiscoverOptions, context: CliContext): number {
  const { terminal, env } = context;
  const file = `${userHome(env)}/.cortex-token-${project}`;
  replacePrivateFile(file, utf8(found.project_token));
  terminal.note(`Token written to ${file}; it ends at ${found.token_expires_at} UTC`);
  if (found.unmatched_keys.length > 0) {
    terminal.warn(
      `no grant for ${found.unmatched_keys.join(", ")}; ask an admin to grant them to the project`,
    );
  }
  if (options.json) terminal.json({ ok: true, token_file: file, ...found });
  else terminal.data(found.project_token);
  return EXIT.ok;
}
