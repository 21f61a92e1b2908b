/**
 * `CORTEX_ALLOWED_CALLERS`: programs that this host's owner allows, separated by commas, each a SHA-256 in hex or the
 * absolute path of a file whose content of this moment counts. Read once, before permissions are given up.
 */

import { SHA256_HEX } from "../../shared/api/sha256.ts";
import { VaultError } from "../../shared/errors.ts";
import type { ProgramHashes } from "../../shared/os/program_hash.ts";

/** @throws VaultError `daemon.unsafe_environment`: a list that cannot be read whole must not become a shorter one */
export async function readLocalList(text: string | undefined, hashes: ProgramHashes): Promise<string[]> {
  const entries = (text ?? "").split(",").map((entry) => entry.trim()).filter((entry) => entry !== "");
  return await Promise.all(entries.map((entry) => hashOf(entry, hashes)));
}

async function hashOf(entry: string, hashes: ProgramHashes): Promise<string> {
  const hash = entry.toLowerCase();
  if (SHA256_HEX.test(hash)) return hash;
  if (!entry.startsWith("/")) throw wrong("neither a SHA-256 in hex nor an absolute path");
  try {
    return await hashes.ofPath(entry);
  } catch (error) {
    throw error instanceof VaultError ? wrong("a path that is no readable file", error) : error;
  }
}

function wrong(what: string, cause?: unknown): VaultError {
  return new VaultError(
    "daemon.unsafe_environment",
    `CORTEX_ALLOWED_CALLERS has ${what}; correct it or unset it, and start again`,
    { cause },
  );
}
