/**
 * `cortex daemon login`: enrols this host. Order matters: a known server's key is compared before anything is asked
 * of an admin, and nothing is stored before the token's signature and agent are verified.
 */

import { cortexHome } from "../../../shared/client/home.ts";
import { ensurePrivateDirectory } from "../../../shared/client/private_directory.ts";
import { ServerClient } from "../../../shared/client/server_client.ts";
import { type DaemonSession, readSession, writeSession } from "../../../shared/client/session_file.ts";
import { formatTimestamp, systemClock } from "../../../shared/clock.ts";
import { keyFingerprint, publicKeyOf } from "../../../shared/crypto/ed25519.ts";
import { EXIT, VaultError } from "../../../shared/errors.ts";
import { parseNamespaceName } from "../../../shared/names.ts";
import type { CliContext } from "../../context.ts";
import { type DeviceFacts, type FlowTools, startDeviceFlow, waitForToken } from "../../device_flow.ts";
import { adoptAgentKey, chooseAgentId, keyForLogin } from "../../login_key.ts";
import { markLogin } from "../../login_mark.ts";
import { LoginView } from "../../login_view.ts";
import { insecureHttpAllowed } from "../../options.ts";
import { reloadDaemon } from "../../reload.ts";
import {
  fetchServerKeys,
  fingerprintsOf,
  leadsTo,
  type ServerKeys,
  type VerifiedToken,
  verifyAccessToken,
} from "../../server_identity.ts";

export interface LoginOptions {
  readonly url: string;
  readonly agentId?: string | undefined;
  readonly namespace?: string | undefined;
  readonly deviceName?: string | undefined;
  readonly browser: boolean;
  readonly trustNewKey?: true | undefined;
  readonly json?: true | undefined;
}

/** Logs in; returns the exit code. */
export async function daemonLogin(options: LoginOptions, context: CliContext): Promise<number> {
  const home = cortexHome(context.env);
  ensurePrivateDirectory(home.directory);
  const client = new ServerClient({
    baseUrl: options.url,
    allowInsecureHttp: insecureHttpAllowed(context.env),
  });
  const before = readSession(home.sessionFile);
  const pin = options.trustNewKey ? undefined : pinnedKey(before, client.baseUrl);
  const listed = await fetchServerKeys(client);
  checkPin(pin, fingerprintsOf(listed), listed, client.baseUrl);
  const agentId = chooseAgentId(options.agentId, before, home.directory, context.env);
  const key = keyForLogin(home.directory, agentId);
  const view = new LoginView(client.baseUrl, options, context);
  const tools: FlowTools = { client, key, clock: systemClock, sleep, ...view.hooks() };
  using _mark = markLogin(home.directory);
  const device = await startDeviceFlow(deviceFacts(agentId, options), tools);
  await view.show(device, agentId, keyFingerprint(publicKeyOf(key)));
  const issued = await waitForToken(device, tools);
  const keys = await fetchServerKeys(client);
  const verified = await verifyAccessToken(issued.access_token, keys, systemClock);
  checkPin(pin, [verified.fingerprint], keys, client.baseUrl);
  adoptAgentKey(home.directory, agentId, verified.agentId);
  const session = sessionOf(client.baseUrl, issued, verified);
  writeSession(home.sessionFile, session);
  view.done(session, home.sessionFile, await reloadDaemon(home.socket));
  return EXIT.ok;
}

function deviceFacts(agentId: string, { namespace, deviceName }: LoginOptions): DeviceFacts {
  return {
    agentId,
    hostname: Deno.hostname(),
    os: `${Deno.build.os}/${Deno.build.arch}`,
    ...(namespace === undefined ? {} : { namespace: parseNamespaceName(namespace) }),
    ...(deviceName === undefined ? {} : { deviceName }),
  };
}

function pinnedKey(before: DaemonSession | undefined, baseUrl: string): string | undefined {
  return before?.server_url === baseUrl ? before.server_fingerprint : undefined;
}

/** A key that the pinned one vouched for, directly or over others, is as good as that one. */
function checkPin(
  pin: string | undefined,
  offered: readonly string[],
  keys: ServerKeys,
  baseUrl: string,
): void {
  if (pin === undefined || leadsTo(pin, offered, keys)) return;
  throw new VaultError(
    "server.untrusted",
    `THE KEY OF ${baseUrl} IS NOT THE ONE OF YOUR LAST LOGIN: somebody may stand between you and the server. ` +
      `Expected ${pin}; ask the operator. If the change is known, log in with --trust-new-key`,
    { details: { expected: pin, offered } },
  );
}

function sessionOf(
  baseUrl: string,
  issued: {
    readonly access_token: string;
    readonly expires_in: number;
    readonly namespace?: string | undefined;
    readonly server_fingerprint?: string | undefined;
  },
  verified: VerifiedToken,
): DaemonSession {
  return {
    access_token: issued.access_token,
    expires_in: issued.expires_in,
    server_url: baseUrl,
    agent_id: verified.agentId,
    kid: verified.kid,
    server_fingerprint: verified.fingerprint,
    issued_at: formatTimestamp(systemClock.now()),
    expires_at: formatTimestamp(verified.expiresAt),
    ...(issued.namespace === undefined ? {} : { namespace: issued.namespace }),
    ...(issued.server_fingerprint === undefined ? {} : { server_proof: "required" }),
  };
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
