/** Our standard input on its way to the child: never more under way than the daemon gave credit for. */

import { INITIAL_CREDIT, MAX_DATA_BYTES } from "../../shared/socket/frames.ts";

export interface InputSource {
  read(buffer: Uint8Array): Promise<number | null>;
}

export interface InputSink {
  readonly data: (bytes: Uint8Array) => Promise<void>;
  readonly end: () => Promise<void>;
}

export class Input {
  readonly #source: InputSource;
  readonly #sink: InputSink;
  #credit = INITIAL_CREDIT;
  #closed = false;
  #wake: (() => void) | undefined;

  constructor(source: InputSource, sink: InputSink) {
    this.#source = source;
    this.#sink = sink;
  }

  /** The daemon takes so many bytes more. */
  addCredit(bytes: number): void {
    this.#credit += bytes;
    this.#wake?.();
  }

  /** The child reads no more: neither do we. */
  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  /** Reads until the end of input, or until nobody wants it. */
  async pump(): Promise<void> {
    const buffer = new Uint8Array(MAX_DATA_BYTES);
    while (await this.#mayRead()) {
      const read = await this.#read(buffer.subarray(0, Math.min(buffer.byteLength, this.#credit)));
      if (this.#closed) return;
      if (read === 0) return await this.#sink.end();
      this.#credit -= read;
      await this.#sink.data(buffer.subarray(0, read));
    }
  }

  /** Bytes read; 0 at the end, which a broken or closed input is as well. */
  async #read(buffer: Uint8Array): Promise<number> {
    try {
      return await this.#source.read(buffer) ?? 0;
    } catch {
      return 0;
    }
  }

  async #mayRead(): Promise<boolean> {
    while (this.#credit === 0 && !this.#closed) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    return !this.#closed;
  }
}
