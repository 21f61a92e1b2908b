/**
 * One `exec` on the daemon's socket: the request line, then frames until the child's end. Bytes pass through as they
 * are; every stream has its own credit, so that none can hold up another.
 */

import { codeFromWire, VaultError, type WireError } from "../../shared/errors.ts";
import { printableLine } from "../../shared/client/answer_error.ts";
import {
  encodeData,
  FRAME,
  FrameParser,
  HEADER_BYTES,
  MAX_DATA_BYTES,
  type OutputStream,
  STDERR,
  STDOUT,
} from "../../shared/socket/frames.ts";
import {
  type DaemonMessage,
  encodeOutputCredit,
  encodeResize,
  encodeSignal,
  encodeStreamFrame,
  type ExecRequest,
  type Exited,
  type ForwardedSignal,
  readDaemonFrame,
  type Started,
} from "../../shared/socket/messages.ts";
import { encodeFrame } from "../../shared/socket/frames.ts";
import type { WindowSize } from "../../shared/os/terminal.ts";
import { connectDaemon, writeAll } from "../daemon_client.ts";
import { Input, type InputSource } from "./input.ts";
import { Output, type OutputTarget } from "./output.ts";

/** Our side of the child's streams, and who wants to know that it runs. */
export interface SessionWorld {
  readonly stdin: InputSource;
  readonly stdout: OutputTarget;
  readonly stderr: OutputTarget;
  readonly onStarted: (started: Started, session: ExecSession) => void;
  /** The program on a terminal was stopped; it waits for a SIGCONT from us. */
  readonly onSuspended: (session: ExecSession) => void;
}

/** The first byte of a JSON line, which no frame type is. */
const BRACE = 0x7b;
const READ_BYTES = MAX_DATA_BYTES + HEADER_BYTES;

export class ExecSession {
  readonly #connection: Deno.UnixConn;
  readonly #world: SessionWorld;
  readonly #input: Input;
  readonly #outputs: Readonly<Record<OutputStream, Output>>;
  #sending: Promise<void> = Promise.resolve();
  #isOver = false;

  private constructor(connection: Deno.UnixConn, world: SessionWorld) {
    this.#connection = connection;
    this.#world = world;
    this.#input = new Input(world.stdin, {
      data: async (bytes) => {
        for (const frame of encodeData(FRAME.stdin, bytes)) await this.#send(frame);
      },
      end: () => this.#send(encodeFrame(FRAME.stdinEnd)),
    });
    this.#outputs = {
      [STDOUT]: this.#output(STDOUT, world.stdout),
      [STDERR]: this.#output(STDERR, world.stderr),
    };
  }

  /**
   * Runs the program to its end.
   * @throws VaultError what the daemon says instead; `client.daemon_not_running` when it goes away in between
   */
  static async run(socket: string, request: ExecRequest, world: SessionWorld): Promise<Exited> {
    using connection = await connectDaemon(socket);
    const session = new ExecSession(connection, world);
    await session.#send(new TextEncoder().encode(`${JSON.stringify(request)}\n`));
    return await session.#follow();
  }

  /** Passes a signal on to the child's process group. */
  async signal(name: ForwardedSignal): Promise<void> {
    await this.#send(encodeSignal(name));
  }

  /** Hangs up: the daemon ends the program, by SIGHUP and then for good. */
  close(): void {
    try {
      this.#connection.close();
    } catch {
      // The daemon was quicker.
    }
  }

  /** Gives the program's terminal another size. */
  async resize({ rows, columns }: WindowSize): Promise<void> {
    await this.#send(encodeResize(rows, columns));
  }

  #output(stream: OutputStream, target: OutputTarget): Output {
    return new Output(target, {
      onWritten: (bytes) => void this.#send(encodeOutputCredit(stream, bytes)),
      onClosed: () => void this.#send(encodeStreamFrame(FRAME.outputClosed, stream)),
    });
  }

  async #follow(): Promise<Exited> {
    const parser = new FrameParser("daemon");
    const buffer = new Uint8Array(READ_BYTES);
    let first = true;
    for (let read: number | null; (read = await this.#read(buffer)) !== null;) {
      const chunk = buffer.subarray(0, read);
      if (first && chunk[0] === BRACE) throw await this.#lineError(chunk);
      first = false;
      for (const frame of parser.push(chunk)) {
        const exited = this.#handle(readDaemonFrame(frame));
        if (exited !== undefined) return await this.#finish(exited);
      }
    }
    throw new VaultError("client.daemon_not_running", "The daemon ended before the program did");
  }

  /** The exit, once it is there. */
  #handle(message: DaemonMessage): Exited | undefined {
    switch (message.kind) {
      case "started":
        this.#world.onStarted(message.started, this);
        void this.#input.pump();
        return undefined;
      case "output":
        this.#outputs[message.stream].push(message.bytes);
        return undefined;
      case "stdin_credit":
        this.#input.addCredit(message.bytes);
        return undefined;
      case "stdin_closed":
        this.#input.close();
        return undefined;
      case "exit":
        return message.exited;
      case "error":
        throw errorFromDaemon(message.error);
      case "suspended":
        void this.#suspend();
        return undefined;
      case "output_end":
        return undefined;
    }
  }

  /** What the program wrote before it was stopped comes before whatever the shell writes. */
  async #suspend(): Promise<void> {
    await this.#flush();
    if (!this.#isOver) this.#world.onSuspended(this);
  }

  /** The child has ended; what it wrote still has to get out. */
  async #finish(exited: Exited): Promise<Exited> {
    this.#isOver = true;
    this.#input.close();
    await this.#flush();
    return exited;
  }

  async #flush(): Promise<void> {
    await Promise.all([this.#outputs[STDOUT].flush(), this.#outputs[STDERR].flush()]);
  }

  /** One frame after the other; a daemon that went away is noticed by reading. */
  #send(bytes: Uint8Array): Promise<void> {
    this.#sending = this.#sending.then(() => writeAll(this.#connection, bytes)).catch(() => {});
    return this.#sending;
  }

  async #read(buffer: Uint8Array): Promise<number | null> {
    try {
      return await this.#connection.read(buffer);
    } catch {
      return null;
    }
  }

  /** A daemon that does not know `exec` answers with one line of JSON. */
  async #lineError(chunk: Uint8Array): Promise<VaultError> {
    const decoder = new TextDecoder();
    let text = decoder.decode(chunk, { stream: true });
    const buffer = new Uint8Array(READ_BYTES);
    for (let read: number | null; !text.includes("\n") && (read = await this.#read(buffer)) !== null;) {
      text += decoder.decode(buffer.subarray(0, read), { stream: true });
    }
    return errorFromLine(text);
  }
}

/** The daemon's error as ours. A code of a later version keeps its name in the details. */
export function errorFromDaemon({ error, error_code, details }: WireError): VaultError {
  const code = codeFromWire(error_code);
  const facts = { ...details, ...(code === undefined ? { wire_code: printableLine(error_code, 64) } : {}) };
  return new VaultError(code ?? "server.internal", printableLine(error, 1_000), {
    ...(Object.keys(facts).length === 0 ? {} : { details: facts }),
  });
}

function errorFromLine(text: string): VaultError {
  const answer = parseObject(text);
  const { error_code, error, message, details, grant_id, requested_keys } = answer;
  if (typeof error_code !== "string") {
    // The predecessor's daemon, or one too old for this command line.
    return new VaultError("client.frame_invalid", "The daemon does not know this kind of run", {
      details: { legacy: true },
    });
  }
  const facts = typeof details === "object" && details !== null
    ? { ...details }
    : { grant_id, requested_keys };
  const said = typeof message === "string"
    ? message
    : typeof error === "string"
    ? error
    : "The daemon refused";
  return errorFromDaemon({ error: said, error_code, details: facts });
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
