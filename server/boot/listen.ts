/**
 * The listener. By the time the first request is handled the permissions are gone: all of {@linkcode listen} happens in
 * one turn of the event loop, and handlers run in later ones.
 */

import type { SocketInfo } from "../middleware/client_address.ts";
import { StartupError } from "../startup_error.ts";
import type { TlsMaterial } from "./tls.ts";

export type Handler = (request: Request, info: SocketInfo) => Response | Promise<Response>;

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: TlsMaterial | undefined;
  readonly handler: Handler;
  readonly signal: AbortSignal;
}

export interface Listening {
  readonly server: Deno.HttpServer<Deno.NetAddr>;
  /** The real address, also where the port was 0. */
  readonly url: string;
}

/** @throws StartupError where the address cannot be had */
export function listen(options: ListenOptions): Listening {
  const { host, port, tls, handler, signal } = options;
  const secured = tls === undefined ? {} : { cert: tls.cert, key: tls.key };
  try {
    const bare = host.replace(/^\[(.*)\]$/, "$1");
    const server = Deno.serve({ hostname: bare, port, signal, onListen: () => {}, ...secured }, handler);
    return { server, url: urlOf(server.addr, tls !== undefined) };
  } catch (error) {
    throw new StartupError(
      `The server cannot listen: ${reasonOf(error)}; check HOST, PORT and the TLS files`,
    );
  }
}

function urlOf(address: Deno.NetAddr, isTls: boolean): string {
  const host = address.hostname.includes(":") ? `[${address.hostname}]` : address.hostname;
  return `${isTls ? "https" : "http"}://${host}:${address.port}`;
}

function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.AddrInUse) return "the port is in use";
  if (error instanceof Deno.errors.AddrNotAvailable) return "this machine does not have that address";
  if (error instanceof Deno.errors.PermissionDenied) return "the port needs more rights";
  return "the address or the certificate is not accepted";
}
