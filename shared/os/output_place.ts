/**
 * The place of a file that is to be written below somebody's directory: held by a descriptor, reached without following a
 * link, so that what is changed on the way to it later changes nothing. The file is whole and private from the moment
 * that it has its name. Before that it has none at all where the system has such files (Linux, on nearly all its file
 * systems), so that not even the death of this process leaves anything; elsewhere it has another one beside it, which only
 * that leaves behind.
 */

import { randomHex } from "../crypto/random.ts";
import { VaultError } from "../errors.ts";
import { cString } from "./c_memory.ts";
import { closeFd, duplicate, type Fd, openBelow, writeOnce } from "./descriptor.ts";
import { factsOf } from "./file_facts.ts";
import { libc } from "./libc.ts";
import { LINUX_ONLY } from "./linux.ts";
import { check, isErrno, OsError } from "./os_error.ts";

const PRIVATE = 0o600;

/** Whether a file that is there already may be replaced. */
export interface OutputWish {
  readonly replace: boolean;
}

export class OutputPlace implements Disposable {
  readonly #parent: Fd;
  readonly #name: string;
  readonly #replace: boolean;

  private constructor(parent: Fd, name: string, { replace }: OutputWish) {
    this.#parent = parent;
    this.#name = name;
    this.#replace = replace;
  }

  /**
   * `path` is relative, without `..`; the directories in it have to be there. What is there under its name is looked at now,
   * so that nobody is asked for a value in vain, and again when it is written.
   * @throws VaultError `client.file_refused`, `client.file_not_written`
   */
  static open(directory: Fd, path: string, wish: OutputWish): OutputPlace {
    const parts = partsOf(path);
    const name = parts.pop() ?? "";
    const place = new OutputPlace(walk(directory, parts), name, wish);
    try {
      place.#lookAtExisting();
      return place;
    } catch (error) {
      place[Symbol.dispose]();
      throw error;
    }
  }

  /** @throws VaultError `client.file_refused`, `client.file_not_written`; there is no file then that was not before */
  write(bytes: Uint8Array<ArrayBuffer>): void {
    try {
      const nameless = this.#openNameless();
      if (nameless === undefined) this.#writeBeside(bytes);
      else this.#writeNameless(nameless, bytes);
    } catch (error) {
      throw error instanceof OsError ? notWritten(error) : error;
    }
  }

  [Symbol.dispose](): void {
    closeFd(this.#parent);
  }

  /** A file without a name; undefined where there are none. */
  #openNameless(): Fd | undefined {
    if (libc().own.os !== "linux") return undefined;
    const { O_WRONLY, O_DIRECTORY } = libc().numbers;
    try {
      return openBelow(this.#parent, ".", O_WRONLY | O_DIRECTORY | LINUX_ONLY.TMPFILE, PRIVATE);
    } catch (error) {
      // The file system or the kernel has none, or nothing can be written there: then the other way says why.
      if (error instanceof OsError) return undefined;
      throw error;
    }
  }

  #writeNameless(fd: Fd, bytes: Uint8Array<ArrayBuffer>): void {
    try {
      fill(fd, bytes);
      this.#lookAtExisting();
      if (this.#replace) this.#underAnother((temporary) => this.#link(fd, temporary));
      else this.#link(fd, this.#name);
    } finally {
      closeFd(fd);
    }
  }

  #writeBeside(bytes: Uint8Array<ArrayBuffer>): void {
    this.#underAnother((temporary) => {
      this.#create(temporary, bytes);
      this.#lookAtExisting();
    });
  }

  /** Only a rename replaces a name, and it wants another one first: of a nameless file for the time of two calls. */
  #underAnother(make: (temporary: string) => void): void {
    const temporary = `.${randomHex(12)}.cortex-tmp`;
    try {
      make(temporary);
      this.#giveName(temporary);
    } finally {
      // Where it was renamed there is nothing of this name any more.
      libc().posix.unlinkat(this.#parent, cString(temporary), 0);
    }
  }

  /** Through `/proc`, as open(2) says of O_TMPFILE: by its descriptor alone it takes a privilege. */
  #link(fd: Fd, name: string): void {
    const { AT_FDCWD } = libc().numbers;
    const from = cString(`/proc/self/fd/${fd}`);
    const { linkat } = libc().posix;
    check("linkat", linkat(AT_FDCWD, from, this.#parent, cString(name), LINUX_ONLY.AT_SYMLINK_FOLLOW));
  }

  #create(name: string, bytes: Uint8Array<ArrayBuffer>): void {
    const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = libc().numbers;
    const fd = openBelow(this.#parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, PRIVATE);
    try {
      fill(fd, bytes);
    } finally {
      closeFd(fd);
    }
  }

  /** A link fails where anything has the name, a dangling link too; a rename replaces a name and follows nothing. */
  #giveName(temporary: string): void {
    const { posix } = libc();
    const [from, to] = [cString(temporary), cString(this.#name)];
    if (this.#replace) check("renameat", posix.renameat(this.#parent, from, this.#parent, to));
    else check("linkat", posix.linkat(this.#parent, from, this.#parent, to, 0));
  }

  #lookAtExisting(): void {
    const fd = this.#openExisting();
    if (fd === undefined) return;
    try {
      const { kind, uid, links } = factsOf(fd);
      if (kind === "link") throw refused("is a symbolic link; name a file");
      if (kind !== "file") throw refused("is there and is no file; name another path");
      if (!this.#replace) throw refused("is there and is not overwritten; remove it, or use --force");
      if (uid !== libc().posix.geteuid()) throw refused("belongs to another user; name another path");
      if (links !== 1) throw refused("has more than one name (hard links); remove it first");
    } finally {
      closeFd(fd);
    }
  }

  #openExisting(): Fd | undefined {
    const { O_PATH, O_NOFOLLOW, O_NONBLOCK } = libc().numbers;
    try {
      return openBelow(this.#parent, this.#name, O_PATH | O_NOFOLLOW | O_NONBLOCK);
    } catch (error) {
      if (isErrno(error, "ENOENT")) return undefined;
      if (isErrno(error, "ELOOP")) throw refused("is a symbolic link; name a file");
      throw error instanceof OsError ? notWritten(error) : error;
    }
  }
}

/** Writes all of it, for good and for its owner alone. @throws OsError */
function fill(fd: Fd, bytes: Uint8Array<ArrayBuffer>): void {
  // Our mask can only have taken rights away.
  check("fchmod", libc().posix.fchmod(fd, PRIVATE));
  for (let at = 0; at < bytes.byteLength;) at += writeOnce(fd, bytes.subarray(at)) ?? 0;
  check("fsync", libc().posix.fsync(fd));
}

/** @throws VaultError `client.file_refused` */
function partsOf(path: string): string[] {
  const parts = path.split("/").filter((part) => part !== ".");
  const last = path.slice(path.lastIndexOf("/") + 1);
  if (path.startsWith("/") || parts.includes("..")) {
    throw refused("leaves the current directory; change into the one where the file is to be");
  }
  if (last === "" || last === ".") throw refused("names a directory; name a file in it");
  return parts.filter((part) => part !== "");
}

/** Directory by directory, each from the one before: no part may be a link. The caller closes the last. */
function walk(directory: Fd, parts: readonly string[]): Fd {
  const { O_PATH, O_DIRECTORY, O_NOFOLLOW } = libc().numbers;
  let at = duplicate(directory);
  for (const part of parts) {
    const before = at;
    try {
      at = openBelow(before, part, O_PATH | O_DIRECTORY | O_NOFOLLOW);
    } catch (error) {
      if (isErrno(error, "ENOTDIR", "ELOOP")) {
        throw refused("goes through a symbolic link, or through something that is no directory");
      }
      throw error instanceof OsError ? notWritten(error) : error;
    } finally {
      closeFd(before);
    }
  }
  return at;
}

function refused(why: string): VaultError {
  return new VaultError("client.file_refused", `The path ${why}`);
}

/** What to do about it, by what the system says. */
const REASONS: Partial<Record<OsError["errno"], string>> = {
  ENOENT: "its directory is not there; make it first",
  EACCES: "its directory may not be written to",
  EPERM: "its directory or file system does not allow it; choose another directory, or use --force",
  EOPNOTSUPP: "its file system has no links; use --force",
  EROFS: "its file system is read-only",
  ENOSPC: "its file system is full",
  EDQUOT: "the disk quota is used up",
  EFBIG: "it is larger than files may be there",
  ENAMETOOLONG: "its name is too long",
  EEXIST: "something took its name in the meantime; look at it, and try again",
};

function notWritten(cause: OsError): VaultError {
  const why = REASONS[cause.errno] ?? cause.errno;
  return new VaultError("client.file_not_written", `The file cannot be written: ${why}`, { cause });
}
