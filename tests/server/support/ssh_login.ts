/** A key for SSH and what a client wants signed to log in with it. */

import { generateKeyPairSync } from "node:crypto";
import { joinBytes } from "../../../shared/bytes.ts";
import { toBase64, utf8 } from "../../../shared/encoding.ts";
import { parseSshPrivateKey } from "../../../shared/ssh/private_key.ts";
import { sshString } from "../../../shared/ssh/wire.ts";

export interface SshLogin {
  /** PEM, as it is stored. */
  readonly privateKey: string;
  /** Base64, as a daemon sends it. */
  readonly data: string;
}

/** A new P-256 key, and the login of `user` with it (RFC 4252, section 7), or OpenSSH's that is bound to a host's key. */
export function newSshLogin(user = "git", { hostBound = false } = {}): SshLogin {
  const { privateKey } = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const { publicKey } = parseSshPrivateKey(privateKey);
  const parts = [
    sshString(utf8("session")),
    Uint8Array.of(50),
    ...[user, "ssh-connection", hostBound ? "publickey-hostbound-v00@openssh.com" : "publickey"].map((text) =>
      sshString(text)
    ),
    Uint8Array.of(1),
    sshString("ecdsa-sha2-nistp256"),
    sshString(publicKey),
    ...(hostBound ? [sshString(publicKey)] : []),
  ];
  return { privateKey, data: toBase64(joinBytes(...parts)) };
}
