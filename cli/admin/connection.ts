/**
 * How an admin's commands reach the server: its address, and the admin token from a file, the environment or a hidden
 * prompt. The token goes into a header and nowhere else.
 */

import type { ReadEnv } from "../../shared/client/home.ts";
import {
  type RequestOptions,
  type ServerAnswer,
  ServerClient,
  type ServerStream,
} from "../../shared/client/server_client.ts";
import { VaultError } from "../../shared/errors.ts";
import type { CliContext } from "../context.ts";
import { insecureHttpAllowed } from "../options.ts";
import { readSecretLine } from "./secret_input.ts";

/** The options that every admin command has. */
export interface AdminOptions {
  readonly url?: string | undefined;
  readonly adminTokenFile?: string | undefined;
  readonly json?: true | undefined;
}

export interface AdminRequest extends Omit<RequestOptions, "body"> {
  /** Sent as JSON. */
  readonly body?: unknown;
}

/** A client that sends the admin token, or an API token. */
export class AdminConnection {
  readonly #client: ServerClient;
  readonly #token: string;

  constructor(client: ServerClient, token: string) {
    this.#client = client;
    this.#token = token;
  }

  get baseUrl(): string {
    return this.#client.baseUrl;
  }

  /** As {@linkcode ServerClient.request}. */
  request(method: string, path: string, options: AdminRequest = {}): Promise<ServerAnswer> {
    return this.#client.request(method, path, this.#dress(options));
  }

  /** As {@linkcode ServerClient.stream}. */
  stream(method: string, path: string, options: AdminRequest = {}): Promise<ServerStream> {
    return this.#client.stream(method, path, this.#dress(options));
  }

  /** As {@linkcode ServerClient.requestJson}; a `parse` such as `(value) => schema.safeParse(value).data`. */
  requestJson<T>(
    method: string,
    path: string,
    parse: (value: unknown) => T | undefined,
    options: AdminRequest = {},
  ): Promise<T> {
    return this.#client.requestJson(method, path, { ...this.#dress(options), parse });
  }

  #dress({ body, headers, ...rest }: AdminRequest): RequestOptions {
    return {
      ...rest,
      headers: { ...headers, ...credential(this.#token) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
  }
}

/** A personal API token does as well, within its rights. */
function credential(token: string): Readonly<Record<string, string>> {
  return token.startsWith("cxp_") ? { Authorization: `Bearer ${token}` } : { "X-Admin-Token": token };
}

/** @throws VaultError `request.invalid` without an address or a token */
export async function connectAsAdmin(
  options: AdminOptions,
  context: CliContext,
  timeoutMs?: number,
): Promise<AdminConnection> {
  const client = new ServerClient({
    baseUrl: serverAddress(options, context.env),
    allowInsecureHttp: insecureHttpAllowed(context.env),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  });
  return new AdminConnection(client, await readAdminToken(options, context));
}

/** @throws VaultError `request.invalid` */
export function serverAddress({ url }: AdminOptions, env: ReadEnv): string {
  const address = url ?? env("CORTEX_URL");
  if (address !== undefined) return address;
  throw new VaultError("request.invalid", "There is no server address; give --url or set CORTEX_URL");
}

async function readAdminToken({ adminTokenFile }: AdminOptions, context: CliContext): Promise<string> {
  const token = await readSecretLine({
    prompt: "Admin token: ",
    file: adminTokenFile ?? context.env("CORTEX_ADMIN_TOKEN_FILE"),
    fromEnvironment: context.env("CORTEX_ADMIN_TOKEN"),
    missing:
      "There is no admin token; set CORTEX_ADMIN_TOKEN_FILE or CORTEX_ADMIN_TOKEN, or give --admin-token-file",
  }, context);
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new VaultError("request.invalid", "The admin token is not visible ASCII; look at where it came from");
}
