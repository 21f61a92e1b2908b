/**
 * A file that is there whole or not at all: written under another name beside it, brought to disk, and only then given its
 * name. Private from the first instant; never over a file that exists.
 */

import { randomHex } from "../../shared/crypto/random.ts";
import { VaultError } from "../../shared/errors.ts";

export class NewFile {
  readonly #path: string;
  readonly #temporary: string;
  readonly #file: Deno.FsFile;
  #open = true;

  private constructor(path: string, temporary: string, file: Deno.FsFile) {
    this.#path = path;
    this.#temporary = temporary;
    this.#file = file;
  }

  /** @throws VaultError `client.file_unsafe` where the name is taken or nothing can be written there */
  static async create(path: string): Promise<NewFile> {
    if (await exists(path)) throw taken(path);
    const temporary = `${path}.${randomHex(6)}.part`;
    try {
      const file = await Deno.open(temporary, { write: true, createNew: true, mode: 0o600 });
      return new NewFile(path, temporary, file);
    } catch (cause) {
      throw unusable(path, cause);
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < bytes.byteLength;) at += await this.#file.write(bytes.subarray(at));
    } catch (cause) {
      throw unusable(this.#path, cause);
    }
  }

  /** Gives the file its name. @throws VaultError where somebody else took that name meanwhile */
  async finish(): Promise<void> {
    try {
      await this.#file.sync();
      // Unlike a rename, a link never replaces what is there.
      await Deno.link(this.#temporary, this.#path);
    } catch (cause) {
      throw cause instanceof Deno.errors.AlreadyExists ? taken(this.#path) : unusable(this.#path, cause);
    }
    await this.discard();
    using folder = await Deno.open(folderOf(this.#path));
    await folder.sync();
  }

  /** Removes what was written under the other name, if anything. */
  async discard(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    this.#file.close();
    await Deno.remove(this.#temporary);
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw unusable(path, error);
  }
}

function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash === -1 ? "." : path.slice(0, slash) || "/";
}

function taken(path: string): VaultError {
  return new VaultError(
    "client.file_unsafe",
    `${path} is there already and is not overwritten; choose another name`,
  );
}

function unusable(path: string, cause: unknown): VaultError {
  return new VaultError("client.file_unsafe", `${path} cannot be written: ${reasonOf(cause)}`, { cause });
}

function reasonOf(cause: unknown): string {
  if (cause instanceof Deno.errors.NotFound) return "its folder does not exist";
  if (cause instanceof Deno.errors.PermissionDenied) return "permission denied";
  return cause instanceof Error && /space/i.test(cause.message)
    ? "the disk is full"
    : "the file system refused";
}
