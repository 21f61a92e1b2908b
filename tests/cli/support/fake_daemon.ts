/** A daemon that a test plays: it reads the request line and then says whatever the test wants, frame by frame. */

import { FRAME, FrameParser } from "../../../shared/socket/frames.ts";
import {
  type CallerMessage,
  encodeJsonFrame,
  type ExecRequest,
  type Exited,
  readCallerFrame,
  type Started,
} from "../../../shared/socket/messages.ts";
import type { WireError } from "../../../shared/errors.ts";

export const STARTED: Started = {
  pid: 4711,
  delivered: ["API_KEY"],
  files: [],
  unmatched: [],
  reasons: {},
  unredacted: [],
};

/** One connection of a caller, after its request line. */
export class FakeConnection {
  readonly #parser = new FrameParser("caller");
  readonly #queue: CallerMessage[] = [];
  readonly #buffer = new Uint8Array(256 * 1024);

  constructor(readonly conn: Deno.UnixConn, rest: Uint8Array) {
    this.#take(rest);
  }

  async send(...frames: Uint8Array[]): Promise<void> {
    for (const frame of frames) {
      for (let at = 0; at < frame.byteLength;) at += await this.conn.write(frame.subarray(at));
    }
  }

  line(answer: unknown): Promise<void> {
    return this.send(new TextEncoder().encode(`${JSON.stringify(answer)}\n`));
  }

  started(started: Partial<Started> = {}): Promise<void> {
    return this.send(encodeJsonFrame(FRAME.started, { ...STARTED, ...started }));
  }

  exit(exited: Exited): Promise<void> {
    return this.send(encodeJsonFrame(FRAME.exit, exited));
  }

  error(error: WireError): Promise<void> {
    return this.send(encodeJsonFrame(FRAME.error, error));
  }

  /** The caller's next message; undefined when it has gone. */
  async next(): Promise<CallerMessage | undefined> {
    while (this.#queue.length === 0) {
      const read = await this.conn.read(this.#buffer).catch(() => null);
      if (read === null) return undefined;
      this.#take(this.#buffer.subarray(0, read));
    }
    return this.#queue.shift();
  }

  /** The next message of a kind, the others dropped. */
  async nextOf<Kind extends CallerMessage["kind"]>(
    kind: Kind,
  ): Promise<Extract<CallerMessage, { kind: Kind }>> {
    for (let message; (message = await this.next()) !== undefined;) {
      if (isKind(message, kind)) return message;
    }
    throw new Error(`The caller went away before it sent ${kind}`);
  }

  #take(bytes: Uint8Array): void {
    this.#queue.push(...this.#parser.push(bytes).map(readCallerFrame));
  }
}

function isKind<Kind extends CallerMessage["kind"]>(
  message: CallerMessage,
  kind: Kind,
): message is Extract<CallerMessage, { kind: Kind }> {
  return message.kind === kind;
}

/** A request line as it came: `exec` with its fields, or any other verb. */
export type AnyRequest = Readonly<Record<string, unknown>> & Partial<Omit<ExecRequest, "cmd">>;

/** What the test does with a request. The connection is closed when it has done it. */
export type Play = (
  request: AnyRequest,
  connection: FakeConnection,
) => Promise<void>;

export class FakeDaemon {
  readonly requests: AnyRequest[] = [];
  readonly #listener: Deno.UnixListener;
  readonly #play: Play;
  readonly #done: Promise<void>;
  #failure: unknown;
  #closed = false;

  constructor(path: string, play: Play) {
    this.#listener = Deno.listen({ transport: "unix", path });
    this.#play = play;
    this.#done = this.#serve();
  }

  async #serve(): Promise<void> {
    const open: Promise<void>[] = [];
    for await (const conn of this.#listener) {
      open.push(this.#handle(conn).catch((error) => this.#failure ??= error));
    }
    await Promise.all(open);
  }

  async #handle(conn: Deno.UnixConn): Promise<void> {
    using _closing = conn;
    const { line, rest } = await readLine(conn);
    const request: AnyRequest = JSON.parse(line);
    this.requests.push(request);
    await this.#play(request, new FakeConnection(conn, rest));
  }

  /** Stops listening; what is connected goes on. */
  close(): void {
    if (!this.#closed) this.#listener.close();
    this.#closed = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
    await this.#done;
    if (this.#failure !== undefined) throw this.#failure;
  }
}

async function readLine(conn: Deno.UnixConn): Promise<{ line: string; rest: Uint8Array }> {
  let bytes = new Uint8Array();
  const buffer = new Uint8Array(256 * 1024);
  for (let read: number | null; (read = await conn.read(buffer)) !== null;) {
    bytes = new Uint8Array([...bytes, ...buffer.subarray(0, read)]);
    const end = bytes.indexOf(0x0a);
    if (end >= 0) {
      return { line: new TextDecoder().decode(bytes.subarray(0, end)), rest: bytes.subarray(end + 1) };
    }
  }
  throw new Error("The caller sent no line");
}
