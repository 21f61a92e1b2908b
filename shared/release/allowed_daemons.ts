/**
 * `allowed-daemons.json`: the hashes of a release's daemons, signed by the project, so that an admin allows them without
 * typing hashes. The signature covers the version and every line:
 *
 *   `cortex/allowed-daemons/1|<version>|<target>=<sha256>|…`, the targets in the order of the alphabet
 */

import * as z from "zod";
import { sign, type SigningKey, verify, verifyingKey } from "../crypto/ed25519.ts";
import { parsePublicKeyText } from "../crypto/public_key.ts";
import { fromBase64Url, toBase64Url, utf8 } from "../encoding.ts";
import { VaultError } from "../errors.ts";

const AllowedDaemons = z.object({
  version: z.string().regex(/^\d+\.\d+\.\d+(?:-[\w.]+)?$/),
  /** Hex SHA-256 by target. */
  daemons: z.record(z.string().regex(/^[a-z0-9_-]+$/), z.string().regex(/^[0-9a-f]{64}$/)),
  /** Unpadded base64url of the Ed25519 signature. */
  signature: z.string(),
});
export type AllowedDaemons = z.infer<typeof AllowedDaemons>;

/** Signs the hashes of a release. */
export function signAllowedDaemons(
  key: SigningKey,
  { version, daemons }: Omit<AllowedDaemons, "signature">,
): AllowedDaemons {
  const signature = toBase64Url(sign(key, utf8(message(version, daemons))));
  return { version, daemons, signature };
}

/**
 * Reads a list that the key has signed; `publicKey` as unpadded base64url.
 * @throws VaultError `request.invalid`, `allowlist.untrusted`
 */
export function readAllowedDaemons(text: string, publicKey: string): AllowedDaemons {
  const raw = parsePublicKeyText(publicKey);
  if (raw === undefined) {
    throw new VaultError(
      "request.invalid",
      "The key is no Ed25519 public key in base64url; copy it from the project",
    );
  }
  const list = AllowedDaemons.safeParse(parseJson(text)).data;
  if (list === undefined) {
    throw new VaultError(
      "request.invalid",
      "The file is no list of allowed daemons; take it from the release",
    );
  }
  const signature = fromBase64Url(list.signature);
  const isSigned = signature !== undefined &&
    verify(verifyingKey(raw), utf8(message(list.version, list.daemons)), signature);
  if (isSigned) return list;
  throw new VaultError(
    "allowlist.untrusted",
    "The list is not signed by this key, so nothing was allowed; take the list and the key from the project anew",
  );
}

function message(version: string, daemons: AllowedDaemons["daemons"]): string {
  const lines = Object.entries(daemons).sort(([one], [other]) => one < other ? -1 : 1);
  return ["cortex/allowed-daemons/1", version, ...lines.map(([target, sum]) => `${target}=${sum}`)].join("|");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
