/**
 * Memory for keys: outside the JavaScript heap, so that the collector makes no copies of it; locked, so that it is not
 * swapped out; left out of core dumps; and empty in a forked child. `mlockall` is no choice, it crashes V8.
 *
 * Invariant: whoever holds a view uses it at once; after {@linkcode LockedPage.wipeAndFree} the pages may hold another's
 * key. `bytes` refuses from then on.
 */

import { libc } from "./libc.ts";
import { nativeArena, type PageRange } from "./native_arena.ts";
import { check } from "./os_error.ts";
import { attempt, type ProtectionStep } from "./protection.ts";

export class LockedPage implements Disposable {
  #range: PageRange | undefined;
  /** What was done to protect the memory, and what could not be had. */
  readonly steps: readonly ProtectionStep[];

  private constructor(range: PageRange) {
    this.#range = range;
    this.steps = [lock(range), ...nativeArena().steps];
  }

  /** At least one page of zeroed memory. @throws OsError `ENOMEM` when there is none left */
  static allocate(bytes: number): LockedPage {
    return new LockedPage(nativeArena().take(bytes));
  }

  /** The memory itself. Not to be kept. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#alive().bytes;
  }

  /** Where it is, for C. */
  get address(): bigint {
    return this.#alive().address;
  }

  get freed(): boolean {
    return this.#range === undefined;
  }

  /** Overwrites and gives the memory back. Twice is once. */
  wipeAndFree(): void {
    const range = this.#range;
    if (range === undefined) return;
    this.#range = undefined;
    const length = BigInt(range.pages * nativeArena().pageBytes);
    range.bytes.fill(0);
    libc().posix.munlock(range.address, length);
    nativeArena().giveBack(range);
  }

  [Symbol.dispose](): void {
    this.wipeAndFree();
  }

  #alive(): PageRange {
    if (this.#range === undefined) throw new Error("this page was freed");
    return this.#range;
  }
}

function lock({ address, pages }: PageRange): ProtectionStep {
  return attempt("keys in memory that is not swapped", () => {
    check("mlock", libc().posix.mlock(address, BigInt(pages * nativeArena().pageBytes)));
  });
}
