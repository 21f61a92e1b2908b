/**
 * JWTs (RFC 7519) in compact form. `iat` and `exp` are the server's own: no token is dated by who asks for it, and none
 * lives longer than its key's grant allows.
 */

import type { JwtSignRequest } from "../../shared/api/sign.ts";
import { MAX_CLAIMS_LENGTH } from "../../shared/signing/limits.ts";
import { type Instant, unixSeconds } from "../../shared/clock.ts";
import { type JwsKeyFault, signJws } from "../../shared/crypto/jws.ts";
import { toBase64Url, utf8 } from "../../shared/encoding.ts";
import { VaultError } from "../../shared/errors.ts";
import { keyText, keyUnfit, type SigningTask } from "./task.ts";

/** Longest `iss`, `sub` and `aud`: the audit row has them whole. */
const MAX_AUDITED_LENGTH = 512;
const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

const KEY_OF: Readonly<Record<JwtSignRequest["algorithm"], string>> = {
  ES256: "an EC private key on the curve P-256",
  RS256: "an RSA private key of at least 2048 bits",
  EdDSA: "an Ed25519 private key",
};

/** @throws VaultError `request.invalid`, `sign.not_allowed` for a life that is too long */
export function jwtTask(request: JwtSignRequest, now: Instant, longest: number): SigningTask {
  const { algorithm, claims, ttl_seconds, key_id } = request;
  checkClaims(claims);
  if (ttl_seconds > longest) {
    throw new VaultError(
      "sign.not_allowed",
      `A JWT of this key lives at most ${longest} s; say a shorter --ttl`,
    );
  }
  const iat = unixSeconds(now);
  const exp = iat + ttl_seconds;
  const header = { alg: algorithm, typ: "JWT", ...(typeof key_id === "string" ? { kid: key_id } : {}) };
  const input = [header, { ...claims, iat, exp }].map((part) => toBase64Url(utf8(JSON.stringify(part)))).join(
    ".",
  );
  return {
    facts: {
      algorithm,
      exp,
      ...(typeof key_id === "string" ? { kid: key_id } : {}),
      ...auditedClaims(claims),
    },
    make: ({ key }) => {
      const signed = signJws(pemOf(keyText(key)), algorithm, utf8(input));
      if ("fault" in signed) throw unfit(signed.fault, algorithm, keyText(key));
      return { kind: "jwt", token: `${input}.${toBase64Url(signed.signature)}` };
    },
  };
}

function checkClaims(claims: JwtSignRequest["claims"]): void {
  if (Object.hasOwn(claims, "iat") || Object.hasOwn(claims, "exp")) {
    throw invalid(
      "The claims iat and exp are set by the server; leave them out and say how long the token is to live",
    );
  }
  if (JSON.stringify(claims).length > MAX_CLAIMS_LENGTH) {
    throw invalid("The claims are longer than 16 KiB; say less");
  }
  for (const name of ["iss", "sub"]) {
    const value = claims[name];
    if (value !== undefined && typeof value !== "number" && !isAuditable(value)) {
      throw invalid(`The claim ${name} is no line of text of at most ${MAX_AUDITED_LENGTH} characters`);
    }
  }
  const { aud } = claims;
  const audiences = aud === undefined ? [] : Array.isArray(aud) ? aud : [aud];
  if (!audiences.every(isAuditable) || audiences.join(" ").length > MAX_AUDITED_LENGTH) {
    throw invalid(`The claim aud is no text or list of texts of at most ${MAX_AUDITED_LENGTH} characters`);
  }
}

function isAuditable(value: unknown): value is string {
  return typeof value === "string" && value.length <= MAX_AUDITED_LENGTH && !CONTROL.test(value);
}

/** Those that say who is told what about whom. */
function auditedClaims({ iss, sub, aud }: JwtSignRequest["claims"]): Record<string, string | string[]> {
  return {
    ...(iss === undefined ? {} : { iss: String(iss) }),
    ...(sub === undefined ? {} : { sub: String(sub) }),
    ...(aud === undefined ? {} : { aud: Array.isArray(aud) ? aud.map(String) : String(aud) }),
  };
}

/** The key of a file that may hold its parameters too, as OpenSSL writes them, or have its line ends written out. */
function pemOf(text: string): string {
  const lines = text.includes("\n") ? text : text.replaceAll("\\n", "\n");
  return /-----BEGIN ((?:EC |RSA )?PRIVATE KEY)-----[^]*?-----END \1-----/.exec(lines)?.[0] ?? lines;
}

function unfit(fault: JwsKeyFault, algorithm: JwtSignRequest["algorithm"], pem: string): VaultError {
  const wanted = `${algorithm} wants ${KEY_OF[algorithm]}`;
  if (fault === "too_short") return keyUnfit(`The stored RSA key is shorter than 2048 bits; ${wanted}`);
  if (fault === "other_type") return keyUnfit(`The stored key is of another kind; ${wanted}`);
  if (pem.includes("ENCRYPTED")) {
    return keyUnfit(
      "The stored key has a passphrase; take it off with openssl pkey, the vault encrypts it anyway",
    );
  }
  if (pem.includes("OPENSSH PRIVATE KEY")) {
    return keyUnfit("The stored key is in OpenSSH's form; make it PKCS#8 with ssh-keygen -p -m PKCS8");
  }
  return keyUnfit(`The stored value is no private key in PEM; ${wanted}`);
}

function invalid(message: string): VaultError {
  return new VaultError("request.invalid", message);
}
