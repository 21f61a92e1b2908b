/** A command line's side of the socket, small and obedient; what a test wants otherwise, it does by hand. */

import { FrameParser, type OutputStream, STDERR, STDOUT } from "../../../shared/socket/frames.ts";
import {
  type DaemonMessage,
  encodeOutputCredit,
  type ExecRequest,
  type Exited,
  readDaemonFrame,
  type Started,
} from "../../../shared/socket/messages.ts";
import { encodeData, encodeFrame, FRAME } from "../../../shared/socket/frames.ts";
import type { WireError } from "../../../shared/errors.ts";

export interface RunResult {
  readonly started: Started | undefined;
  readonly exited: Exited | undefined;
  readonly error: WireError | undefined;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}

/** One connection that said `exec`. */
export class ExecClient implements Disposable {
  readonly #connection: Deno.UnixConn;
  readonly #parser = new FrameParser("daemon");
  readonly #messages: DaemonMessage[] = [];

  private constructor(connection: Deno.UnixConn) {
    this.#connection = connection;
  }

  static async open(path: string, request: ExecRequest): Promise<ExecClient> {
    const client = new ExecClient(await Deno.connect({ transport: "unix", path }));
    await client.send(new TextEncoder().encode(`${JSON.stringify(request)}\n`));
    return client;
  }

  async send(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.byteLength;) at += await this.#connection.write(bytes.subarray(at));
  }

  /** The next message; undefined once the daemon has closed. */
  async next(): Promise<DaemonMessage | undefined> {
    const buffer = new Uint8Array(65_541);
    while (this.#messages.length === 0) {
      const count = await this.#connection.read(buffer);
      if (count === null) return undefined;
      this.#messages.push(...this.#parser.push(buffer.subarray(0, count)).map(readDaemonFrame));
    }
    return this.#messages.shift();
  }

  /** The next message of a kind; others on the way are dropped. */
  async until<Kind extends DaemonMessage["kind"]>(
    kind: Kind,
  ): Promise<Extract<DaemonMessage, { kind: Kind }>> {
    for (let message; (message = await this.next()) !== undefined;) {
      if (isKind(message, kind)) return message;
    }
    throw new Error(`the daemon closed without ${kind}`);
  }

  async credit(stream: OutputStream, bytes: number): Promise<void> {
    await this.send(encodeOutputCredit(stream, bytes));
  }

  /** Follows the run to its end; input goes in as credit allows. */
  async finish(input: Uint8Array = new Uint8Array()): Promise<RunResult> {
    const feed = new Feed(input, this);
    const chunks: Record<OutputStream, Uint8Array[]> = { [STDOUT]: [], [STDERR]: [] };
    let [started, exited, error]: [Started?, Exited?, WireError?] = [];
    await feed.pump();
    for (let message; (message = await this.next()) !== undefined;) {
      if (message.kind === "output") {
        chunks[message.stream].push(message.bytes);
        await this.credit(message.stream, message.bytes.byteLength).catch(() => {});
      } else if (message.kind === "stdin_credit") await feed.pump(message.bytes);
      else if (message.kind === "started") started = message.started;
      else if (message.kind === "exit") exited = message.exited;
      else if (message.kind === "error") error = message.error;
    }
    return { started, exited, error, stdout: concat(chunks[STDOUT]), stderr: concat(chunks[STDERR]) };
  }

  [Symbol.dispose](): void {
    try {
      this.#connection.close();
    } catch {
      // Closed by the test.
    }
  }
}

class Feed {
  #at = 0;
  #credit = 256 * 1024;
  #ended = false;

  constructor(readonly input: Uint8Array, readonly client: ExecClient) {}

  async pump(more = 0): Promise<void> {
    this.#credit += more;
    const part = this.input.subarray(this.#at, this.#at + this.#credit);
    this.#at += part.byteLength;
    this.#credit -= part.byteLength;
    try {
      for (const frame of encodeData(FRAME.stdin, part)) await this.client.send(frame);
      if (this.#at === this.input.byteLength && !this.#ended) {
        this.#ended = true;
        await this.client.send(encodeFrame(FRAME.stdinEnd));
      }
    } catch {
      // The daemon has closed: the child ended before it read everything.
    }
  }
}

function isKind<Kind extends DaemonMessage["kind"]>(
  message: DaemonMessage,
  kind: Kind,
): message is Extract<DaemonMessage, { kind: Kind }> {
  return message.kind === kind;
}

export function concat(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}
