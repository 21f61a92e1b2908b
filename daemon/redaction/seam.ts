/**
 * What a reader of both outputs of a program sees of a value that is printed half on one and half on the other. The order is that
 * in which the daemon reads them. Nothing is read twice but what follows the beginning of a value on the other stream.
 */

import type { OutputStream } from "../../shared/socket/frames.ts";
import type { Matchers } from "./matcher.ts";
import { Redactor } from "./redactor.ts";

/** Bytes of one stream among those of both. */
interface Segment {
  readonly stream: OutputStream;
  /** Where in the stream, and where in both together. */
  readonly at: number;
  readonly joint: number;
  readonly length: number;
}

export class Seam {
  readonly #matchers: Matchers;
  readonly #redactors: Readonly<Record<OutputStream, Redactor>>;
  #last: OutputStream | undefined;
  /** Reads both streams as one; undefined while no value reaches from one to the other. */
  #both: Redactor | undefined;
  #segments: Segment[] = [];
  /** How many bytes of both were read, and how many of them before the stream changed. */
  #length = 0;
  #change = 0;

  constructor(matchers: Matchers, redactors: Readonly<Record<OutputStream, Redactor>>) {
    this.#matchers = matchers;
    this.#redactors = redactors;
  }

  /**
   * Takes the next bytes of a stream, before its own redactor has them. Gives the byte of that stream from where on nothing may be
   * shown, because a value may have begun on the other one; Infinity where none has.
   */
  read(stream: OutputStream, bytes: Uint8Array): number {
    const before = this.#last;
    this.#last = stream;
    if (before !== undefined && before !== stream) this.#begin(before);
    if (this.#both === undefined) return Infinity;
    const { kept } = this.#redactors[stream];
    this.#append(this.#both, { stream, at: kept.at + kept.bytes.length }, bytes);
    const openSince = this.#both.kept.at;
    if (openSince >= this.#change) return this.#close();
    const first = this.#segments.find((segment) =>
      segment.stream === stream && segment.joint + segment.length > openSince
    );
    return first === undefined ? Infinity : first.at + Math.max(0, openSince - first.joint);
  }

  /** The stream has changed: what may have begun on `other` may go on here. */
  #begin(other: OutputStream): void {
    const { bytes, at } = this.#redactors[other].kept;
    if (this.#both === undefined && bytes.length > 0) {
      const cover = (start: number, end: number, name: string) => this.#cover(start, end, name);
      this.#both = new Redactor(this.#matchers, () => {}, cover);
      this.#append(this.#both, { stream: other, at }, bytes);
    }
    this.#change = this.#length;
  }

  #append(both: Redactor, { stream, at }: Pick<Segment, "stream" | "at">, bytes: Uint8Array): void {
    this.#segments.push({ stream, at, joint: this.#length, length: bytes.length });
    this.#length += bytes.length;
    both.push(bytes);
  }

  #close(): number {
    this.#both = undefined;
    this.#segments = [];
    this.#length = 0;
    return Infinity;
  }

  /** Covers in each stream what of a value stands there. */
  #cover(start: number, end: number, name: string): void {
    for (const { stream, at, joint, length } of this.#segments) {
      const [from, to] = [Math.max(start, joint), Math.min(end, joint + length)];
      if (from < to) this.#redactors[stream].cover(at + from - joint, at + to - joint, name);
    }
  }
}
