/**
 * Memory for keys: outside the JavaScript heap, so that the collector makes no copies of it; locked, so that it is not
 * swapped out; left out of core dumps; and empty in a forked child. `mlockall` is no choice, it crashes V8.
 *
 * Invariant: after {@linkcode LockedPage.wipeAndFree} no view reaches the memory. Views are detached first (their
 * length becomes 0), since one that stayed would read unmapped memory and end the process.
 */

import { libc } from "./libc.ts";
import { LINUX_ONLY } from "./linux.ts";
import { check, OsError } from "./os_error.ts";
import { attempt, type ProtectionStep, unavailable } from "./protection.ts";

const PROT_READ_WRITE = 3;
const MAP_FAILED = 0xffff_ffff_ffff_ffffn;

export class LockedPage implements Disposable {
  readonly #pointer: Deno.PointerObject;
  readonly #size: number;
  #view: Uint8Array<ArrayBuffer>;
  /** What was done to protect the memory, and what could not be had. */
  readonly steps: readonly ProtectionStep[];

  private constructor(pointer: Deno.PointerObject, size: number, bytes: number) {
    this.#pointer = pointer;
    this.#size = size;
    this.#view = new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(pointer, bytes));
    this.steps = protect(pointer, size);
  }

  /** At least one page of zeroed memory. @throws OsError when the system has none */
  static allocate(bytes: number): LockedPage {
    const { posix, numbers } = libc();
    const page = posix.getpagesize();
    const size = Math.max(1, Math.ceil(bytes / page)) * page;
    const pointer = posix.mmap(null, BigInt(size), PROT_READ_WRITE, numbers.MAP_PRIVATE_ANONYMOUS, -1, 0n);
    if (pointer === null || Deno.UnsafePointer.value(pointer) === MAP_FAILED) {
      throw new OsError("mmap", libc().errnoCell[0] ?? 0);
    }
    return new LockedPage(pointer, size, bytes);
  }

  /** The memory itself. Length 0 once freed. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#view;
  }

  get pointer(): Deno.PointerObject {
    if (this.freed) throw new Error("this page was freed");
    return this.#pointer;
  }

  get freed(): boolean {
    return this.#view.buffer.detached;
  }

  /** Overwrites and gives the memory back. Twice is once. */
  wipeAndFree(): void {
    if (this.freed) return;
    this.#view.fill(0);
    this.#view.buffer.transfer();
    check("munmap", libc().posix.munmap(this.#pointer, BigInt(this.#size)));
  }

  [Symbol.dispose](): void {
    this.wipeAndFree();
  }
}

function protect(pointer: Deno.PointerObject, size: number): ProtectionStep[] {
  const { posix, own } = libc();
  const lock = attempt("keys in memory that is not swapped", () => {
    check("mlock", posix.mlock(pointer, BigInt(size)));
  });
  if (own.os !== "linux") {
    return [
      lock,
      unavailable("keys left out of core dumps", "macOS has no such setting; core dumps are off instead"),
    ];
  }
  const advise = (step: string, advice: number) =>
    attempt(step, () => {
      check("madvise", posix.madvise(pointer, BigInt(size), advice));
    });
  return [
    lock,
    advise("keys left out of core dumps", LINUX_ONLY.MADV_DONTDUMP),
    advise("keys not inherited by a fork", LINUX_ONLY.MADV_WIPEONFORK),
  ];
}
