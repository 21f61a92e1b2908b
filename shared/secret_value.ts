/**
 * A value that must not be seen: its bytes are out of reach of printing, JSON, inspection and spreading.
 * {@linkcode SecretValue.expose} is the one exit, and `grep expose\(` lists every place that uses it.
 */

import { wipe } from "./crypto/wipe.ts";

const MASK = "[secret]";

export class SecretValue {
  readonly #bytes: Uint8Array<ArrayBuffer>;

  /** Takes ownership of `bytes`: the caller keeps no other reference. */
  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#bytes = bytes;
  }

  static fromText(text: string): SecretValue {
    return new SecretValue(new TextEncoder().encode(text));
  }

  get byteLength(): number {
    return this.#bytes.byteLength;
  }

  /** The bytes themselves, not a copy: use them at once and keep no reference. */
  expose(): Uint8Array<ArrayBuffer> {
    return this.#bytes;
  }

  /** Overwrites the bytes. Copies made by the engine or by callers are not reached. */
  wipe(): void {
    wipe(this.#bytes);
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [Symbol.for("Deno.customInspect")](): string {
    return MASK;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return MASK;
  }
}
