/**
 * Values that a program gets as files: each an open descriptor under a fixed number, and a variable that says where. The
 * environment never holds the value, nor does any disk. What the program starts inherits the descriptors, as it would
 * any other that is open.
 */

import { VaultError } from "../../shared/errors.ts";
import { closeFd, type Fd } from "../../shared/os/descriptor.ts";
import { openFilledPipe, openMemoryFile } from "../../shared/os/memory_file.ts";
import { OsError } from "../../shared/os/os_error.ts";
import type { InheritedFd } from "../../shared/os/spawn_call.ts";
import type { FileValue } from "../release.ts";

/** Above what shells and scripts number by hand, and below what any limit on open files cuts off. */
export const FIRST_FILE_FD = 20;
/** Each is a descriptor here, in a monitor and in the program. */
export const MAX_FILES = 64;

export class DeliveredFiles implements Disposable {
  readonly #inherited: InheritedFd[] = [];
  readonly #variables = new Map<string, string>();
  readonly #names = new Set<string>();
  readonly #opened = new DisposableStack();

  /** Our side of the descriptors is open until this is disposed of. @throws VaultError `child.spawn_failed` */
  static open(files: ReadonlyMap<string, FileValue>): DeliveredFiles {
    const delivered = new DeliveredFiles();
    try {
      for (const [name, file] of files) {
        delivered.add(`${name}_FILE`, file);
        delivered.#names.add(name);
      }
      return delivered;
    } catch (error) {
      delivered[Symbol.dispose]();
      throw error;
    }
  }

  /** For the program that is started. */
  get inherited(): readonly InheritedFd[] {
    return this.#inherited;
  }

  /** What the environment must not hold. */
  get names(): ReadonlySet<string> {
    return this.#names;
  }

  /** Variables to paths, as the program sees them. */
  get variables(): ReadonlyMap<string, string> {
    return this.#variables;
  }

  /** One more file; returns its path, as the program sees it. @throws VaultError `child.spawn_failed` */
  add(variable: string, { value, readOnce }: FileValue): string {
    if (this.#inherited.length === MAX_FILES) throw tooMany();
    const open = readOnce ? openFilledPipe : openMemoryFile;
    const fd = this.#opened.adopt(explained(() => open(value.expose())), closeFd);
    const target = FIRST_FILE_FD + this.#inherited.length;
    const path = `/dev/fd/${target}`;
    this.#inherited.push({ fd, target });
    this.#variables.set(variable, path);
    return path;
  }

  [Symbol.dispose](): void {
    this.#opened.dispose();
  }
}

function explained(open: () => Fd): Fd {
  try {
    return open();
  } catch (cause) {
    if (!(cause instanceof OsError)) throw cause;
    throw new VaultError("child.spawn_failed", `A value cannot be given as a file: ${cause.errno}`, {
      cause,
    });
  }
}

function tooMany(): VaultError {
  return new VaultError(
    "child.spawn_failed",
    `More than ${MAX_FILES} values are granted as files; name fewer of them in the env file`,
  );
}
