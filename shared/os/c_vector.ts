/**
 * `char *argv[]` and `char *envp[]`: one block of native memory with the pointers first and the strings after them,
 * ended by NULL. On a locked page, because an environment holds values; wiped by `dispose`.
 */

import { LockedPage } from "./locked_page.ts";

const POINTER_BYTES = 8;

export class CVector implements Disposable {
  readonly #page: LockedPage;
  readonly #start: number;

  /** Copies the strings, which must hold no NUL. The caller wipes its own copies. */
  constructor(strings: readonly Uint8Array[]) {
    const pointers = (strings.length + 1) * POINTER_BYTES;
    const length = strings.reduce((sum, { byteLength }) => sum + byteLength + 1, pointers);
    this.#start = pointers;
    this.#page = LockedPage.allocate(length);
    try {
      this.#fill(strings, pointers);
    } catch (error) {
      this.#page.wipeAndFree();
      throw error;
    }
  }

  /** Of the first pointer. */
  get address(): bigint {
    return this.#page.address;
  }

  /** The strings, each with its NUL. Not to be kept. */
  get strings(): Uint8Array<ArrayBuffer> {
    return this.#page.bytes.subarray(this.#start);
  }

  [Symbol.dispose](): void {
    this.#page.wipeAndFree();
  }

  #fill(strings: readonly Uint8Array[], start: number): void {
    const { bytes, address } = this.#page;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = start;
    strings.forEach((string, index) => {
      if (string.includes(0)) throw new Error("a string with a NUL byte cannot be given to C");
      view.setBigUint64(index * POINTER_BYTES, address + BigInt(at), true);
      bytes.set(string, at);
      at += string.byteLength + 1;
    });
  }
}
