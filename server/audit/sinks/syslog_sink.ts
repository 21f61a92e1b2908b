/**
 * Audit rows to a syslog daemon: over its Unix socket, or over TCP with octet counting (RFC 6587 section 3.4.1). Not over UDP:
 * nobody learns that a datagram was lost on the way. Connects when there is something to send, and anew after a fault.
 */

import { utf8 } from "../../../shared/encoding.ts";
import { closeFd, writeOnce } from "../../../shared/os/descriptor.ts";
import { connectUnix, type UnixConnection } from "../../../shared/os/unix_client.ts";
import type { AuditRow } from "../../store/writer.ts";
import { type AuditSink, SinkFault } from "./sink.ts";
import { syslogMessage, type SyslogSender } from "./syslog_message.ts";

export type SyslogTarget =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tcp"; readonly hostname: string; readonly port: number };

/** Something to send messages through, framed as it needs. */
interface Connection {
  /** The other side has gone. */
  readonly ended: boolean;
  send(messages: readonly string[]): Promise<void>;
  close(): void;
}

/** How often a full socket is looked at. */
const FULL_RETRY_MS = 5;
const DEFAULT_PORT = 601;

/** `unix:///dev/log` or `tcp://host:port`; undefined for anything else. */
export function parseSyslogTarget(text: string): SyslogTarget | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, hostname, port, pathname, search, hash, username } = new URL(text);
  if (search + hash + username !== "") return undefined;
  if (protocol === "unix:" && hostname === "" && pathname.length > 1) {
    return { kind: "unix", path: decodeURIComponent(pathname) };
  }
  if (protocol !== "tcp:" || hostname === "" || !["", "/"].includes(pathname)) return undefined;
  return { kind: "tcp", hostname: hostname.replace(/^\[(.*)\]$/, "$1"), port: Number(port || DEFAULT_PORT) };
}

export class SyslogSink implements AuditSink {
  readonly kind = "syslog";
  readonly target: string;
  readonly #to: SyslogTarget;
  readonly #sender: SyslogSender;
  #connection: Connection | undefined;

  constructor(to: SyslogTarget, sender: SyslogSender) {
    this.target = to.kind === "unix" ? `unix://${to.path}` : `tcp://${to.hostname}:${to.port}`;
    this.#to = to;
    this.#sender = sender;
  }

  async write(rows: readonly AuditRow[]): Promise<void> {
    if (rows.length === 0) return;
    try {
      if (this.#connection?.ended === true) this.close();
      this.#connection ??= await connect(this.#to);
      await this.#connection.send(rows.map((row) => syslogMessage(row, this.#sender)));
    } catch (cause) {
      this.close();
      throw new SinkFault("the syslog daemon cannot be reached", { cause });
    }
  }

  async check(): Promise<void> {}

  takeFindings(): readonly string[] {
    return [];
  }

  close(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.close();
  }
}

function connect(to: SyslogTarget): Promise<Connection> {
  return to.kind === "unix" ? overUnix(connectUnix(to.path)) : overTcp(to);
}

async function overUnix({ fd, kind }: UnixConnection): Promise<Connection> {
  let closed = false;
  const close = () => {
    if (!closed) closeFd(fd);
    closed = true;
  };
  const write = async (bytes: Uint8Array<ArrayBuffer>) => {
    for (let at = 0; at < bytes.byteLength;) {
      if (closed) throw new SinkFault("the connection was closed");
      const count = writeOnce(fd, bytes.subarray(at));
      if (count === undefined) await delay(FULL_RETRY_MS);
      else at += count;
    }
  };
  const send = async (messages: readonly string[]) => {
    for (const message of messages) await write(utf8(kind === "stream" ? `${message}\n` : message));
  };
  return { ended: false, send, close };
}

async function overTcp({ hostname, port }: SyslogTarget & { kind: "tcp" }): Promise<Connection> {
  const socket = await Deno.connect({ hostname, port });
  const writer = socket.writable.getWriter();
  let ended = false;
  void untilEnd(socket).then(() => ended = true);
  return {
    get ended() {
      return ended;
    },
    send: async (messages) => {
      const framed = messages.map((message) => `${utf8(message).byteLength} ${message}`).join("");
      await writer.write(utf8(framed));
    },
    close: () => void writer.abort().catch(() => {}),
  };
}

/** A receiver that goes away is noticed before rows are sent into nothing. Syslog answers nothing. */
async function untilEnd(socket: Deno.TcpConn): Promise<void> {
  await socket.readable.pipeTo(new WritableStream()).catch(() => {});
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
