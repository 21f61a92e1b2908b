/**
 * Binary frames between daemon and command line, spoken on a connection after its `exec` line: one byte of type, four
 * bytes of big-endian payload length, payload. The parser is strict: an unknown type, a type of the wrong direction
 * or a wrong length ends the connection, because nothing after it can be trusted to be aligned.
 *
 * Flow is by credit: each of stdin, stdout and stderr starts with {@linkcode INITIAL_CREDIT} bytes; a sender never has
 * more data under way than it holds credit for, and a receiver gives credit back once it has passed the bytes on. So a
 * stalled reader of one stream delays neither another stream nor the exit.
 */

import { VaultError } from "../errors.ts";

/** Largest payload of a data frame, and what a pipe of a program holds: at 64 KiB each side would wait for the other most of the time. */
export const MAX_DATA_BYTES = 256 * 1024;
/** Largest payload of a JSON frame: an error that lists ten thousand requested names. */
export const MAX_JSON_BYTES = 1024 * 1024;
/** Bytes that a sender may have under way on each stream before the first credit. */
export const INITIAL_CREDIT = 1024 * 1024;
export const HEADER_BYTES = 5;

/** Frame types. The high bit says the direction: clear is daemon to caller, set is caller to daemon. */
export const FRAME = {
  /** JSON {@linkcode Started}. */
  started: 0x01,
  stdout: 0x02,
  stderr: 0x03,
  /** One byte, stream id: nobody can write to this output any more. */
  outputEnd: 0x04,
  /** JSON {@linkcode Exited}; the last frame. */
  exit: 0x05,
  /** JSON {@linkcode WireError}; the last frame. */
  error: 0x06,
  /** Four bytes: so many bytes more of stdin may come. */
  stdinCredit: 0x07,
  /** No payload: the child reads its stdin no more. */
  stdinClosed: 0x08,
  /** No payload: the program on a terminal was stopped; a forwarded SIGCONT goes on with it. */
  suspended: 0x09,
  stdin: 0x81,
  /** No payload: end of the caller's stdin. */
  stdinEnd: 0x82,
  /** ASCII name such as `SIGINT`. */
  signal: 0x83,
  /** Two bytes rows, two bytes columns. */
  resize: 0x84,
  /** One byte stream id, four bytes: so many bytes more of that output may come. */
  outputCredit: 0x85,
  /** One byte, stream id: the caller's reader of that output is gone (a direct run would get SIGPIPE). */
  outputClosed: 0x86,
} as const;

export type FrameType = typeof FRAME[keyof typeof FRAME];

/** Stream ids are those of the file descriptors. */
export const STDOUT = 1;
export const STDERR = 2;
export type OutputStream = typeof STDOUT | typeof STDERR;

export interface Frame {
  readonly type: FrameType;
  /** A copy: the parser's buffer is not shared. */
  readonly payload: Uint8Array<ArrayBuffer>;
}

/** Which side's frames a parser takes. */
export type Sender = "daemon" | "caller";

interface Lengths {
  readonly min: number;
  readonly max: number;
}

const exactly = (length: number): Lengths => ({ min: length, max: length });
const DATA: Lengths = { min: 1, max: MAX_DATA_BYTES };
const JSON_TEXT: Lengths = { min: 2, max: MAX_JSON_BYTES };

const LENGTHS: ReadonlyMap<number, Lengths> = new Map<FrameType, Lengths>([
  [FRAME.started, JSON_TEXT],
  [FRAME.stdout, DATA],
  [FRAME.stderr, DATA],
  [FRAME.outputEnd, exactly(1)],
  [FRAME.exit, JSON_TEXT],
  [FRAME.error, JSON_TEXT],
  [FRAME.stdinCredit, exactly(4)],
  [FRAME.stdinClosed, exactly(0)],
  [FRAME.suspended, exactly(0)],
  [FRAME.stdin, DATA],
  [FRAME.stdinEnd, exactly(0)],
  [FRAME.signal, { min: 4, max: 16 }],
  [FRAME.resize, exactly(4)],
  [FRAME.outputCredit, exactly(5)],
  [FRAME.outputClosed, exactly(1)],
]);

const CALLER_BIT = 0x80;

function lengthsOf(type: number, sender: Sender): Lengths | undefined {
  return ((type & CALLER_BIT) !== 0) === (sender === "caller") ? LENGTHS.get(type) : undefined;
}

/** The bytes of one frame. A payload that the receiver would refuse is a bug here. */
export function encodeFrame(
  type: FrameType,
  payload: Uint8Array = new Uint8Array(),
): Uint8Array<ArrayBuffer> {
  const lengths = LENGTHS.get(type);
  if (lengths === undefined || payload.byteLength < lengths.min || payload.byteLength > lengths.max) {
    throw new Error(`a frame of type ${type} cannot have ${payload.byteLength} bytes`);
  }
  const bytes = new Uint8Array(HEADER_BYTES + payload.byteLength);
  bytes[0] = type;
  new DataView(bytes.buffer).setUint32(1, payload.byteLength);
  bytes.set(payload, HEADER_BYTES);
  return bytes;
}

/** Data frames for any number of bytes, none of them empty or too large. */
export function* encodeData(
  type: typeof FRAME.stdin | typeof FRAME.stdout | typeof FRAME.stderr,
  bytes: Uint8Array,
): Generator<Uint8Array<ArrayBuffer>> {
  for (let at = 0; at < bytes.byteLength; at += MAX_DATA_BYTES) {
    yield encodeFrame(type, bytes.subarray(at, at + MAX_DATA_BYTES));
  }
}

/**
 * Cuts a byte stream into frames, however it is chunked. Holds back at most one unfinished frame, and refuses its
 * header before its payload has to be kept.
 */
export class FrameParser {
  readonly #sender: Sender;
  readonly #header = new Uint8Array(HEADER_BYTES);
  #headerFilled = 0;
  #payload: Uint8Array<ArrayBuffer> | undefined;
  #payloadFilled = 0;

  constructor(sender: Sender) {
    this.#sender = sender;
  }

  /** Whether the stream may end here: no frame is unfinished. */
  get atBoundary(): boolean {
    return this.#headerFilled === 0;
  }

  /** @throws VaultError `client.frame_invalid`; the parser is of no use afterwards */
  push(chunk: Uint8Array): Frame[] {
    const frames: Frame[] = [];
    for (let at = 0; at < chunk.byteLength;) {
      at += this.#payload === undefined ? this.#takeHeader(chunk, at) : this.#takePayload(chunk, at);
      const frame = this.#finished();
      if (frame !== undefined) frames.push(frame);
    }
    return frames;
  }

  #takeHeader(chunk: Uint8Array, at: number): number {
    const taken = Math.min(HEADER_BYTES - this.#headerFilled, chunk.byteLength - at);
    this.#header.set(chunk.subarray(at, at + taken), this.#headerFilled);
    this.#headerFilled += taken;
    if (this.#headerFilled === HEADER_BYTES) this.#openPayload();
    return taken;
  }

  #openPayload(): void {
    const length = new DataView(this.#header.buffer).getUint32(1);
    const lengths = lengthsOf(this.#header[0] ?? 0, this.#sender);
    if (lengths === undefined) throw invalid("A frame of an unknown type came");
    if (length < lengths.min || length > lengths.max) throw invalid("A frame of a wrong length came");
    this.#payload = new Uint8Array(length);
    this.#payloadFilled = 0;
  }

  #takePayload(chunk: Uint8Array, at: number): number {
    const payload = this.#payload ?? new Uint8Array();
    const taken = Math.min(payload.byteLength - this.#payloadFilled, chunk.byteLength - at);
    payload.set(chunk.subarray(at, at + taken), this.#payloadFilled);
    this.#payloadFilled += taken;
    return taken;
  }

  #finished(): Frame | undefined {
    const payload = this.#payload;
    if (payload === undefined || this.#payloadFilled < payload.byteLength) return undefined;
    this.#payload = undefined;
    this.#headerFilled = 0;
    // The lengths table holds frame types only, and this header was found in it.
    return { type: (this.#header[0] ?? 0) as FrameType, payload };
  }
}

function invalid(message: string): VaultError {
  return new VaultError("client.frame_invalid", `${message}; use a daemon and command line of one version`);
}
