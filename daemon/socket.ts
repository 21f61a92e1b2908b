/**
 * The daemon's listener: accepts, establishes who is calling, reads one request line, serves it. A connection whose
 * peer cannot be established is closed without a word (lesson B26: fail closed); whatever a caller does wrong, the
 * daemon goes on serving the others.
 */

import { SECOND } from "../shared/clock.ts";
import { toWireError, VaultError } from "../shared/errors.ts";
import { closeFd, type Fd } from "../shared/os/descriptor.ts";
import { FdStream } from "../shared/os/fd_stream.ts";
import { OsError } from "../shared/os/os_error.ts";
import { identifyPeer, type Peer } from "../shared/os/peer.ts";
import type { Reactor } from "../shared/os/reactor.ts";
import type { UnixListener } from "../shared/os/unix_listener.ts";
import type { FailedAnswer, SocketRequest } from "../shared/socket/messages.ts";
import { Connection } from "./connection.ts";
import { failureFields, type Log } from "./log.ts";
import { parseRequestLine } from "./request_line.ts";
import { delay, type Timers } from "./timers.ts";

/** Serves one request; sends the answer itself, or throws what to answer. */
export type ServeRequest = (request: SocketRequest, connection: Connection) => Promise<void>;

export interface SocketDeps {
  readonly reactor: Reactor;
  readonly timers: Timers;
  readonly log: Log;
  readonly serve: ServeRequest;
  /** The connections that are open, for whoever has to end them. */
  readonly connections: Set<Connection>;
  /** Establishes the caller: `identifyPeer`. A test gives one that cannot. */
  readonly identify?: (connection: Fd) => Peer;
}

/** More callers at once than any host has; each costs descriptors for its child's pipes. */
const MAX_CONNECTIONS = 256;
/** After a failed accept, which is a lack of descriptors: some come back. */
const ACCEPT_PAUSE = SECOND / 10;

/** Accepts until the listener is closed, and resolves when every connection is served. */
export async function serveSocket(listener: UnixListener, deps: SocketDeps): Promise<void> {
  const open = new Set<Promise<void>>();
  for (let fd: Fd | undefined; (fd = await acceptNext(listener, deps)) !== undefined;) {
    if (open.size >= MAX_CONNECTIONS) {
      closeFd(fd);
      deps.log.warn("too many callers at once");
      continue;
    }
    const served: Promise<void> = serveConnection(fd, deps).finally(() => open.delete(served));
    open.add(served);
  }
  await Promise.all(open);
}

async function acceptNext(listener: UnixListener, { timers, log }: SocketDeps): Promise<Fd | undefined> {
  for (;;) {
    try {
      return await listener.accept();
    } catch (error) {
      log.error("a caller could not be let in", failureFields(error));
      await delay(timers, ACCEPT_PAUSE);
    }
  }
}

async function serveConnection(fd: Fd, deps: SocketDeps): Promise<void> {
  const peer = establish(fd, deps);
  if (peer === undefined) return closeFd(fd);
  using connection = new Connection(deps.reactor, new FdStream(deps.reactor, fd), peer);
  deps.connections.add(connection);
  try {
    await deps.serve(parseRequestLine(await connection.readLine(deps.timers)), connection);
  } catch (error) {
    if (error instanceof OsError) return;
    if (!(error instanceof VaultError)) deps.log.error("request failed", failureFields(error));
    await connection.sendLine(failedAnswer(error));
  } finally {
    deps.connections.delete(connection);
  }
}

function establish(fd: Fd, { identify = identifyPeer, log }: SocketDeps): Peer | undefined {
  try {
    return identify(fd);
  } catch (error) {
    log.warn("a caller was refused", failureFields(error));
    return undefined;
  }
}

/** The one-line form of a failure, with what the predecessor's command line reads beside `details`. */
export function failedAnswer(error: unknown): FailedAnswer {
  const known = error instanceof VaultError
    ? error
    : new VaultError("server.internal", "The daemon failed to serve this; see its log");
  const { grant_id, requested_keys } = known.details ?? {};
  return {
    ok: false,
    ...toWireError(known),
    message: known.message,
    ...(typeof grant_id === "string" ? { grant_id } : {}),
    ...(Array.isArray(requested_keys) ? { requested_keys: requested_keys.map(String) } : {}),
  };
}
