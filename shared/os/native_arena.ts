/**
 * Pages of memory outside the JavaScript heap, reserved once: naming or viewing an address takes Deno's FFI permission,
 * which a program gives up after its start, while keys and environments come and go for as long as it runs.
 *
 * Reserved means an address range; the system gives memory to the pages that are used. The range is left out of core
 * dumps and is empty in a forked child.
 */

import { libc } from "./libc.ts";
import { LINUX_ONLY } from "./linux.ts";
import { check, OsError } from "./os_error.ts";
import { attempt, type ProtectionStep, unavailable } from "./protection.ts";

const PROT_READ_WRITE = 3;
const MAP_FAILED = 0xffff_ffff_ffff_ffffn;
const MADV_DONTNEED = 4;
/** The largest environment that the system takes, a few times over, and thousands of keys. */
const ARENA_BYTES = 16 * 1024 * 1024;

/** Some whole pages of the arena. */
export interface PageRange {
  readonly address: bigint;
  /** As long as was asked for. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly firstPage: number;
  readonly pages: number;
}

export class NativeArena {
  readonly pageBytes: number;
  /** How the range is protected. */
  readonly steps: readonly ProtectionStep[];
  readonly #address: bigint;
  readonly #buffer: ArrayBuffer;
  /** 1 for a page that is taken. */
  readonly #taken: Uint8Array;

  constructor() {
    const { posix, numbers } = libc();
    this.pageBytes = posix.getpagesize();
    const pointer = posix.mmap(
      null,
      BigInt(ARENA_BYTES),
      PROT_READ_WRITE,
      numbers.MAP_PRIVATE_ANONYMOUS,
      -1,
      0n,
    );
    if (pointer === null || BigInt(Deno.UnsafePointer.value(pointer)) === MAP_FAILED) {
      throw new OsError("mmap", libc().errnoCell[0] ?? 0);
    }
    this.#address = BigInt(Deno.UnsafePointer.value(pointer));
    this.#buffer = Deno.UnsafePointerView.getArrayBuffer(pointer, ARENA_BYTES);
    this.#taken = new Uint8Array(ARENA_BYTES / this.pageBytes);
    this.steps = protectRange(this.#address);
  }

  /** Zeroed pages for so many bytes. @throws OsError `ENOMEM` when too much is in use */
  take(length: number): PageRange {
    const pages = Math.max(1, Math.ceil(length / this.pageBytes));
    const firstPage = this.#find(pages);
    this.#taken.fill(1, firstPage, firstPage + pages);
    const offset = firstPage * this.pageBytes;
    const bytes = new Uint8Array(this.#buffer, offset, length);
    return { address: this.#address + BigInt(offset), bytes, firstPage, pages };
  }

  /** Overwrites the pages and gives them back. Nobody may use a view of them any more. */
  giveBack({ address, firstPage, pages }: PageRange): void {
    const length = pages * this.pageBytes;
    new Uint8Array(this.#buffer, firstPage * this.pageBytes, length).fill(0);
    libc().posix.madvise(address, BigInt(length), MADV_DONTNEED);
    this.#taken.fill(0, firstPage, firstPage + pages);
  }

  /** How many pages are in use: for tests of leaks. */
  get pagesTaken(): number {
    return this.#taken.reduce((sum, one) => sum + one, 0);
  }

  #find(pages: number): number {
    for (let start = 0; start + pages <= this.#taken.length;) {
      const obstacle = this.#taken.lastIndexOf(1, start + pages - 1);
      if (obstacle < start) return start;
      start = obstacle + 1;
    }
    throw new OsError("arena", libc().numbers.errno.ENOMEM);
  }
}

let reserved: NativeArena | undefined;

/** The process's one arena. The first call must come while the program still has its FFI permission. */
export function nativeArena(): NativeArena {
  reserved ??= new NativeArena();
  return reserved;
}

function protectRange(address: bigint): ProtectionStep[] {
  const { posix, own } = libc();
  if (own.os !== "linux") {
    return [
      unavailable("keys left out of core dumps", "macOS has no such setting; core dumps are off instead"),
    ];
  }
  const advise = (step: string, advice: number) =>
    attempt(step, () => {
      check("madvise", posix.madvise(address, BigInt(ARENA_BYTES), advice));
    });
  return [
    advise("keys left out of core dumps", LINUX_ONLY.MADV_DONTDUMP),
    advise("keys not inherited by a fork", LINUX_ONLY.MADV_WIPEONFORK),
  ];
}
