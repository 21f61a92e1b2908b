/** `~/.cortex` itself: made with 0700, and taken back from group and others where it was looser. */

import { VaultError } from "../errors.ts";

const OTHERS = 0o077;

/** @throws VaultError `client.file_unsafe` for a link, no directory, or another user's */
export function ensurePrivateDirectory(path: string): void {
  makeDirectory(path);
  const info = Deno.lstatSync(path);
  if (!info.isDirectory) throw unsafe(path, "is a symbolic link or no directory; replace it by a directory");
  if (info.uid !== Deno.uid()) throw unsafe(path, "belongs to another user; move it away");
  if (info.mode !== null && (info.mode & OTHERS) !== 0) Deno.chmodSync(path, 0o700);
}

function makeDirectory(path: string): void {
  try {
    Deno.mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return;
    throw unsafe(path, "cannot be made; check that HOME names a directory of yours");
  }
}

function unsafe(path: string, what: string): VaultError {
  return new VaultError("client.file_unsafe", `${path} ${what}`);
}
