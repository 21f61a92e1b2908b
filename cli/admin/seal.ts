/** Sealing and unsealing a server. What opens it goes into the body of one request and nowhere else. */

import { SealStatus, type UnsealRequest } from "../../shared/api/seal.ts";
import { ServerClient } from "../../shared/client/server_client.ts";
import { EXIT, VaultError } from "../../shared/errors.ts";
import { describeShareFault, parseRecoveryShare } from "../../shared/recovery_share.ts";
import type { CliContext } from "../context.ts";
import { insecureHttpAllowed } from "../options.ts";
import { type AdminOptions, connectAsAdmin, serverAddress } from "./connection.ts";
import { readSecretLine } from "./secret_input.ts";

export interface UnsealOptions extends Pick<AdminOptions, "url" | "json"> {
  readonly passwordFile?: string | undefined;
  readonly share?: true | undefined;
  readonly shareFile?: string | undefined;
  readonly reset?: true | undefined;
}

/** The derivation of a key from the password may cost many seconds on a small machine. */
const TIMEOUT_MS = 120_000;

const parseStatus = (value: unknown) => SealStatus.safeParse(value).data;

/** `seal`. @throws VaultError */
export async function seal(options: AdminOptions, context: CliContext): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  tell(await connection.requestJson("POST", "/sys/seal", parseStatus), options, context);
  return EXIT.ok;
}

/** `unseal`: 0 also where more shares are needed. @throws VaultError */
export async function unseal(options: UnsealOptions, context: CliContext): Promise<number> {
  const body = await requestOf(options, context);
  const status = await clientOf(options, context).requestJson("POST", "/sys/unseal", {
    parse: parseStatus,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  tell(status, options, context);
  return EXIT.ok;
}

/** `seal-status`. @throws VaultError */
export async function sealStatus(
  options: Pick<AdminOptions, "url" | "json">,
  context: CliContext,
): Promise<number> {
  const status = await clientOf(options, context).requestJson("GET", "/sys/seal-status", {
    parse: parseStatus,
  });
  tell(status, options, context);
  return status.sealed ? EXIT.unreachable : EXIT.ok;
}

async function requestOf(options: UnsealOptions, context: CliContext): Promise<UnsealRequest> {
  if (options.reset) return { reset: true };
  if (options.share || options.shareFile !== undefined) return { share: await readShare(options, context) };
  const password = await readSecretLine({
    prompt: "Unseal password of the vault: ",
    file: options.passwordFile ?? context.env("CORTEX_KEK_PASSWORD_FILE"),
    fromEnvironment: context.env("CORTEX_KEK_PASSWORD"),
    missing:
      "There is no unseal password; give --password-file, or set CORTEX_KEK_PASSWORD_FILE or CORTEX_KEK_PASSWORD",
  }, context);
  return { password };
}

/** A share that was mistyped is named before anything is sent. */
async function readShare({ shareFile }: UnsealOptions, context: CliContext): Promise<string> {
  const text = await readSecretLine({
    prompt: "Recovery share: ",
    file: shareFile,
    missing: "There is no share; name its file with --share-file",
  }, context);
  const parsed = parseRecoveryShare(text);
  if (parsed.ok) return text;
  throw new VaultError("recovery.share_refused", describeShareFault(parsed.fault));
}

function clientOf(options: Pick<AdminOptions, "url">, { env }: CliContext): ServerClient {
  return new ServerClient({
    baseUrl: serverAddress(options, env),
    allowInsecureHttp: insecureHttpAllowed(env),
    timeoutMs: TIMEOUT_MS,
  });
}

function tell(status: SealStatus, { json }: Pick<AdminOptions, "json">, { terminal }: CliContext): void {
  if (json) terminal.json(status);
  else terminal.data(describe(status));
}

function describe({ sealed, shares }: SealStatus): string {
  if (!sealed) return "The vault is open";
  if (shares === null) return "The vault is sealed";
  return `The vault is sealed; ${shares.given} of ${shares.needed} shares of set ${shares.set_id} were given`;
}
