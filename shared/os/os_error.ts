/** Return codes of the C library as errors, in one place. Everything else in `shared/os` throws {@linkcode OsError}. */

import { libc } from "./libc.ts";
import type { ErrnoName } from "./posix.ts";

/** A call of the operating system that failed. Holds no data that was passed to it. */
export class OsError extends Error {
  override readonly name = "OsError";
  /** The C function. */
  readonly call: string;
  /** The error's name, or its number as `errno N` where this code does not tell it apart. */
  readonly errno: ErrnoName | `errno ${number}`;

  constructor(call: string, number: number) {
    const errno = errnoName(number);
    super(`${call} failed: ${errno}`);
    this.call = call;
    this.errno = errno;
  }
}

/** Whether a failure is an OsError of one of these kinds. */
export function isErrno(error: unknown, ...names: readonly ErrnoName[]): error is OsError {
  return error instanceof OsError && names.some((name) => name === error.errno);
}

/** Passes a result on, or throws for the -1 that C functions fail with. */
export function check(call: string, result: number): number {
  if (result === -1) throw new OsError(call, libc().errnoCell[0] ?? 0);
  return result;
}

/** {@linkcode check} for functions that return the error number itself. */
export function checkNumber(call: string, result: number): void {
  if (result !== 0) throw new OsError(call, result);
}

let names: ReadonlyMap<number, ErrnoName> | undefined;

function errnoName(number: number): ErrnoName | `errno ${number}` {
  names ??= new Map(errnoEntries().map(([name, value]) => [value, name]));
  return names.get(number) ?? `errno ${number}`;
}

function errnoEntries(): [ErrnoName, number][] {
  return Object.entries(libc().numbers.errno) as [ErrnoName, number][];
}
