/** The output of a program, kept within bounds: its beginning and its end, and how much was left out in between. */

export interface CapturedText {
  readonly text: string;
  /** Bytes that are not in `text`. */
  readonly omitted: number;
}

export class Capture {
  readonly #half: number;
  #head = new Uint8Array();
  #tail = new Uint8Array();
  #dropped = 0;

  /** Keeps at most so many bytes. */
  constructor(limit: number) {
    this.#half = Math.max(1, Math.floor(limit / 2));
  }

  /** As a stream takes it: everything, at once. */
  write(bytes: Uint8Array): Promise<number> {
    const room = this.#half - this.#head.byteLength;
    this.#head = joined(this.#head, bytes.subarray(0, room));
    const rest = joined(this.#tail, bytes.subarray(room));
    this.#tail = rest.slice(Math.max(0, rest.byteLength - this.#half));
    this.#dropped += rest.byteLength - this.#tail.byteLength;
    return Promise.resolve(bytes.byteLength);
  }

  /** What was kept, as text; a note stands where something is missing. */
  take(): CapturedText {
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    if (this.#dropped === 0) return { text: decode(joined(this.#head, this.#tail)), omitted: 0 };
    const note = `\n[${this.#dropped} bytes left out]\n`;
    return { text: decode(this.#head) + note + decode(this.#tail), omitted: this.#dropped };
  }
}

function joined(left: Uint8Array, right: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(left.byteLength + right.byteLength);
  bytes.set(left);
  bytes.set(right, left.byteLength);
  return bytes;
}
