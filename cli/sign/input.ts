/** What is to be signed, from a file or from standard input. */

import { VaultError } from "../../shared/errors.ts";
import { Sha256 } from "../../shared/crypto/hash.ts";
import { toHex } from "../../shared/encoding.ts";

/** All of it; `-` is standard input. @throws VaultError `request.invalid`, `request.too_large` */
export async function readInput(file: string, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of openInput(file)) {
    chunks.push(chunk);
    length += chunk.byteLength;
    if (length > limit) {
      throw new VaultError(
        "request.too_large",
        `What is to be signed is longer than ${limit / 1024} KiB; sign less`,
      );
    }
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}

/** The SHA-256 of all of it in hex, however long it is. @throws VaultError `request.invalid` */
export async function digestInput(file: string): Promise<string> {
  const digest = new Sha256();
  for await (const chunk of openInput(file)) digest.update(chunk);
  return toHex(digest.digest());
}

async function* openInput(file: string): AsyncGenerator<Uint8Array> {
  if (file === "-") return yield* Deno.stdin.readable;
  try {
    using opened = await Deno.open(file);
    const buffer = new Uint8Array(64 * 1024);
    for (let read: number | null; (read = await opened.read(buffer)) !== null;) yield buffer.slice(0, read);
  } catch (cause) {
    throw new VaultError("request.invalid", "The file to sign cannot be read; name one that is there", {
      cause,
    });
  }
}
