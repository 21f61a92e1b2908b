/**
 * Files that only their owner may read: session, agent keys. They are private from their first instant, replaced in
 * one step or created exclusively, and never read or written through a symbolic link.
 */

import { VaultError } from "../errors.ts";
import { randomHex } from "../crypto/random.ts";

const OTHERS = 0o077;

/** Makes the directory with 0700, or takes group and others off one that the user owns. */
export function ensurePrivateDirectory(path: string): void {
  Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
  const info = Deno.lstatSync(path);
  if (!info.isDirectory) throw unsafe(path, "is a symbolic link or no directory; replace it by a directory");
  if (info.uid !== Deno.uid()) throw unsafe(path, "belongs to another user; move it away");
  if (info.mode !== null && (info.mode & OTHERS) !== 0) Deno.chmodSync(path, 0o700);
}

/** The bytes of a private file; undefined where there is none. */
export function readPrivateFile(path: string): Uint8Array<ArrayBuffer> | undefined {
  const named = lstatOrUndefined(path);
  if (named === undefined) return undefined;
  if (!named.isFile) throw unsafe(path, "is a symbolic link or no file; replace it by a file");
  using file = Deno.openSync(path, { read: true });
  const opened = file.statSync();
  // Swapped between look and open: the open file is not the one that was looked at.
  if (opened.ino !== named.ino || opened.dev !== named.dev) {
    throw unsafe(path, "changed while it was read; try again");
  }
  if (opened.uid !== Deno.uid()) throw unsafe(path, "belongs to another user; make it your own");
  if (opened.mode !== null && (opened.mode & OTHERS) !== 0) {
    throw unsafe(path, "can be read by others; run chmod 600 on it, and think about renewing what it holds");
  }
  return readAll(file, opened.size);
}

/** Replaces a private file in one step: a reader sees the old bytes or the new ones. */
export function replacePrivateFile(path: string, bytes: Uint8Array): void {
  refuseLink(path);
  const temporary = `${path}.${randomHex(8)}.tmp`;
  createPrivateFile(temporary, bytes);
  try {
    Deno.renameSync(temporary, path);
  } catch (error) {
    Deno.removeSync(temporary);
    throw error;
  }
}

/** @throws VaultError `client.file_unsafe` when something is there already, a dangling link included */
export function createPrivateFile(path: string, bytes: Uint8Array): void {
  using file = openNew(path);
  for (let at = 0; at < bytes.byteLength;) at += file.writeSync(bytes.subarray(at));
  file.syncDataSync();
}

function openNew(path: string): Deno.FsFile {
  try {
    return Deno.openSync(path, { write: true, createNew: true, mode: 0o600 });
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) {
      throw unsafe(path, "is there already and is not overwritten");
    }
    if (error instanceof Deno.errors.NotFound) {
      throw unsafe(path, "cannot be made; its directory is not there");
    }
    throw error;
  }
}

function refuseLink(path: string): void {
  const info = lstatOrUndefined(path);
  if (info !== undefined && !info.isFile) {
    throw unsafe(path, "is a symbolic link or no file; move it away and try again");
  }
}

function lstatOrUndefined(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function readAll(file: Deno.FsFile, size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (let read: number | null; at < size && (read = file.readSync(bytes.subarray(at))) !== null;) at += read;
  return bytes.subarray(0, at);
}

function unsafe(path: string, what: string): VaultError {
  return new VaultError("client.file_unsafe", `${path} ${what}`);
}
