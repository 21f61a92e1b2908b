/**
 * Buffers that C may write to or keep. Small typed arrays live on the JavaScript heap, where the collector moves them;
 * one made over an `ArrayBuffer` of its own has an address that holds while the array is referenced.
 */

import { utf8 } from "../encoding.ts";

/** Zeroed bytes at a fixed address. */
export function cBuffer(length: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new ArrayBuffer(length));
}

/** A NUL-terminated copy of a text. @throws Error for a text that holds NUL: C would cut it there */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  if (text.includes("\0")) throw new Error("a text with a NUL byte cannot be given to C");
  const encoded = utf8(text);
  const bytes = cBuffer(encoded.byteLength + 1);
  bytes.set(encoded);
  return bytes;
}

/** One `int` for C to write into. */
export class CInt {
  readonly bytes: Uint8Array<ArrayBuffer> = cBuffer(4);

  constructor(value = 0) {
    this.value = value;
  }

  get value(): number {
    return new DataView(this.bytes.buffer).getInt32(0, true);
  }

  set value(value: number) {
    new DataView(this.bytes.buffer).setInt32(0, value, true);
  }
}
