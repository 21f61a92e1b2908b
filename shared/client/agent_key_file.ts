/**
 * The agent's private key: one file for each agent id, base64url of the 32-byte seed (section 3.5 of the wire
 * contract). Made exclusively, never overwritten by accident, refused when others could have read it.
 */

import { decodeKeyText, generateSeed, KEY_BYTES, type SigningKey, signingKey } from "../crypto/ed25519.ts";
import { wipe } from "../crypto/wipe.ts";
import { fromUtf8, toBase64Url, utf8 } from "../encoding.ts";
import { VaultError } from "../errors.ts";
import { type AgentId, parseAgentId } from "../names.ts";
import { createPrivateFile, readPrivateFile, replacePrivateFile } from "../os/private_file.ts";

type WriteFile = (path: string, bytes: Uint8Array<ArrayBuffer>) => void;

/** `<directory>/agent-<id>.key`. */
export function agentKeyPath(directory: string, agentId: AgentId): string {
  return `${directory}/agent-${agentId}.key`;
}

/** The key in a file; undefined where there is no file. */
export function readAgentKey(path: string): SigningKey | undefined {
  const bytes = readPrivateFile(path);
  if (bytes === undefined) return undefined;
  try {
    return keyFromText(path, fromUtf8(bytes) ?? "");
  } finally {
    wipe(bytes);
  }
}

/** Makes a key and its file in a directory that is there; refuses when the file exists. */
export function createAgentKey(path: string): SigningKey {
  return writeSeed(path, generateSeed(), createPrivateFile);
}

/** Makes a key in place of the one in the file, which is lost. */
export function replaceAgentKey(path: string): SigningKey {
  return writeSeed(path, generateSeed(), replacePrivateFile);
}

/** The ids of the agents whose keys are in the directory. */
export function listAgentKeys(directory: string): AgentId[] {
  const names = directoryNames(directory).flatMap((name) =>
    /^agent-([A-Za-z0-9_-]{1,64})\.key$/.exec(name)?.[1] ?? []
  );
  return names.sort().map((name) => parseAgentId(name));
}

function writeSeed(path: string, seed: Uint8Array<ArrayBuffer>, write: WriteFile): SigningKey {
  const text = utf8(toBase64Url(seed));
  try {
    write(path, text);
    return signingKey(seed);
  } finally {
    wipe(seed);
    wipe(text);
  }
}

function keyFromText(path: string, text: string): SigningKey {
  const seed = decodeKeyText(text.trim());
  if (seed?.byteLength !== KEY_BYTES) {
    throw new VaultError(
      "client.file_unsafe",
      `${path} holds no agent key; move it away and make one by cortex gen-key`,
    );
  }
  try {
    return signingKey(seed);
  } finally {
    wipe(seed);
  }
}

function directoryNames(directory: string): string[] {
  try {
    return [...Deno.readDirSync(directory)].map((entry) => entry.name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
