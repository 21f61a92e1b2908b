/**
 * The process's one handle on the C library. Opened by the first use, which must come before the program gives its
 * FFI permission up; a handle that is open goes on working afterwards.
 */

import { DARWIN, DARWIN_LIBRARIES, DARWIN_SYMBOLS } from "./darwin.ts";
import { LINUX, LINUX_LIBRARIES, LINUX_SYMBOLS } from "./linux.ts";
import { type OsNumbers, POSIX_SYMBOLS } from "./posix.ts";

type Posix = Deno.DynamicLibrary<typeof POSIX_SYMBOLS>["symbols"];
type Linux = Deno.DynamicLibrary<typeof LINUX_SYMBOLS>["symbols"];
type Darwin = Deno.DynamicLibrary<typeof DARWIN_SYMBOLS>["symbols"];

export interface Libc {
  readonly posix: Posix;
  /** What only this system has. */
  readonly own: { readonly os: "linux"; readonly c: Linux } | { readonly os: "darwin"; readonly c: Darwin };
  readonly numbers: OsNumbers;
  /** Where the C library keeps this thread's error number: read it right after a call that failed. */
  readonly errnoCell: Int32Array;
}

let opened: Libc | undefined;

/** The C library. @throws Error on a system that we have no table for */
export function libc(): Libc {
  opened ??= Deno.build.os === "darwin" ? openDarwin() : openLinux();
  return opened;
}

function openLinux(): Libc {
  if (Deno.build.os !== "linux") throw new Error(`CortexAuth has no system table for ${Deno.build.os}`);
  const c = openFirst(LINUX_LIBRARIES, LINUX_SYMBOLS);
  return {
    posix: openFirst(LINUX_LIBRARIES, POSIX_SYMBOLS),
    own: { os: "linux", c },
    numbers: LINUX,
    errnoCell: cellAt(c.__errno_location()),
  };
}

function openDarwin(): Libc {
  const c = openFirst(DARWIN_LIBRARIES, DARWIN_SYMBOLS);
  return {
    posix: openFirst(DARWIN_LIBRARIES, POSIX_SYMBOLS),
    own: { os: "darwin", c },
    numbers: DARWIN,
    errnoCell: cellAt(c.__error()),
  };
}

function openFirst<Table extends Deno.ForeignLibraryInterface>(
  names: readonly string[],
  table: Table,
): Deno.DynamicLibrary<Table>["symbols"] {
  let failure: unknown;
  for (const name of names) {
    try {
      return Deno.dlopen(name, table).symbols;
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) throw error;
      failure ??= error;
    }
  }
  throw new Error("The C library cannot be opened", { cause: failure });
}

/**
 * The address holds for the life of the thread, and an isolate stays on its thread: reading memory instead of calling
 * once more leaves less between a failed call and its error number.
 */
function cellAt(pointer: Deno.PointerValue): Int32Array {
  if (pointer === null) throw new Error("The C library has no error number");
  return new Int32Array(Deno.UnsafePointerView.getArrayBuffer(pointer, Int32Array.BYTES_PER_ELEMENT));
}
