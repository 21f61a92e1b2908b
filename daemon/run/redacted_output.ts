/**
 * The last thing that a child's output passes before it leaves the daemon: each stream has a redactor of its own, made
 * for the values of this run. What counts against the caller's credit is what is sent, not what the child wrote.
 */

import { type OutputStream, STDERR, STDOUT } from "../../shared/socket/frames.ts";
import type { Matchers } from "../redaction/matcher.ts";
import { Redactor } from "../redaction/redactor.ts";
import { Seam } from "../redaction/seam.ts";

/** Told which value was replaced, and where. */
export type OnStreamHit = (stream: OutputStream, name: string) => void;

/** Sends bytes of a stream to the caller. */
export type SendOutput = (stream: OutputStream, bytes: Uint8Array) => Promise<void>;

export class RedactedOutput {
  readonly #redactors: Readonly<Record<OutputStream, Redactor>>;
  readonly #seam: Seam;
  readonly #send: SendOutput;
  #replaced = 0;

  /** `onHit` is told of every value that was replaced. */
  constructor(matchers: Matchers, send: SendOutput, onHit: OnStreamHit) {
    const hit = (stream: OutputStream) => (name: string) => {
      this.#replaced++;
      onHit(stream, name);
    };
    this.#redactors = {
      [STDOUT]: new Redactor(matchers, hit(STDOUT)),
      [STDERR]: new Redactor(matchers, hit(STDERR)),
    };
    this.#seam = new Seam(matchers, this.#redactors);
    this.#send = send;
  }

  /** How many values were replaced so far. */
  get replaced(): number {
    return this.#replaced;
  }

  /** Sends what may be shown now; resolves to the number of bytes. */
  async write(stream: OutputStream, bytes: Uint8Array): Promise<number> {
    const holdFrom = this.#seam.read(stream, bytes);
    return await this.#show(stream, this.#redactors[stream].push(bytes, holdFrom));
  }

  /** Nothing follows in this stream: what was held back is no value and is sent. */
  async end(stream: OutputStream): Promise<number> {
    return await this.#show(stream, this.#redactors[stream].end());
  }

  async #show(stream: OutputStream, shown: Uint8Array): Promise<number> {
    if (shown.byteLength > 0) await this.#send(stream, shown);
    return shown.byteLength;
  }
}
