/**
 * SSH private keys as `ssh-keygen` writes them (OpenSSH's PROTOCOL.key) and as PEM (PKCS#8, PKCS#1, SEC 1), and what they
 * are for: signing. Only keys without a passphrase: the vault is what protects them.
 */

import { privateKeyNumbers } from "../crypto/pem.ts";
import { rsaSigningKey, signRsa } from "../crypto/rsa.ts";
import { publicKeyOf, sign, signingKey } from "../crypto/ed25519.ts";
import { fromBase64, fromBase64Url } from "../encoding.ts";
import { VaultError } from "../errors.ts";
import { isSshCurve, SSH_CURVES, type SshCurve } from "./public_key.ts";
import { joinBytes } from "../bytes.ts";
import { SshFormatError, sshMpint, SshReader, sshString } from "./wire.ts";

/** A key that signs; what it was made of is not reachable. */
export interface SshPrivateKey {
  /** As SSH sends it: `string type` and the numbers. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
  /** What the file says of the key, often `user@host`; empty where it says nothing. */
  readonly comment: string;
  /** The algorithms it signs with, the preferred one first. */
  readonly algorithms: readonly string[];
  /** A signature as SSH sends it. @throws VaultError `request.invalid` for an algorithm that is not the key's */
  sign(data: Uint8Array, algorithm: string): Uint8Array<ArrayBuffer>;
}

const MAGIC = "openssh-key-v1\0";
const MIN_RSA_BITS = 2048;

/**
 * Reads a private key file.
 * @throws VaultError `request.invalid` naming what is wrong, never quoting the file
 */
export function parseSshPrivateKey(text: string): SshPrivateKey {
  const match = /^\s*-----BEGIN ([A-Z ]+)-----([A-Za-z0-9+/=\s]+)-----END \1-----\s*$/.exec(text);
  if (match === null) throw invalid("The value is no private key file; give the file that ssh-keygen wrote");
  const [, label = "", body = ""] = match;
  try {
    return label === "OPENSSH PRIVATE KEY" ? parseOpenSsh(body) : parsePem(label, text);
  } catch (error) {
    if (error instanceof VaultError) throw error;
    throw invalid("The private key is damaged, or of a kind that is not known");
  }
}

function parseOpenSsh(body: string): SshPrivateKey {
  const bytes = fromBase64(body.replace(/\s+/g, ""));
  const magic = new TextEncoder().encode(MAGIC);
  if (bytes === undefined || !magic.every((byte, index) => bytes[index] === byte)) throw new SshFormatError();
  const file = new SshReader(bytes.subarray(magic.byteLength));
  if (file.text() !== "none" || file.text() !== "none") throw hasPassphrase();
  file.string();
  if (file.uint32() !== 1) {
    throw invalid("The file holds more than one key; store each as a secret of its own");
  }
  file.string();
  return parsePrivateSection(new SshReader(file.string()));
}

function parsePrivateSection(section: SshReader): SshPrivateKey {
  if (section.uint32() !== section.uint32()) throw hasPassphrase();
  const type = section.text();
  if (type === "ssh-ed25519") {
    section.string();
    const pair = section.string();
    return ed25519Key(pair.subarray(0, 32), section.text());
  }
  if (type === "ssh-rsa") {
    const [modulus, exponent] = [section.mpint(), section.mpint()];
    const [privateExponent, coefficient] = [section.mpint(), section.mpint()];
    const [primeP, primeQ] = [section.mpint(), section.mpint()];
    const numbers = { modulus, exponent, privateExponent, coefficient, primeP, primeQ };
    return rsaKey(numbers, section.text());
  }
  const curve = section.text();
  if (type !== `ecdsa-sha2-${curve}` || !isSshCurve(curve)) throw unknownType();
  section.string();
  return ecdsaKey(curve, section.mpint(), section.text());
}

/** PKCS#8 and the older forms of each algorithm, read by `node:crypto`. */
function parsePem(label: string, pem: string): SshPrivateKey {
  if (label.includes("ENCRYPTED")) throw hasPassphrase();
  const jwk = privateKeyNumbers(pem);
  const part = (value: string | undefined) => fromBase64Url(value ?? "") ?? new Uint8Array();
  switch (jwk.kty) {
    case "OKP":
      if (jwk.crv !== "Ed25519") throw unknownType();
      return ed25519Key(part(jwk.d), "");
    case "EC":
      return ecdsaKey(curveOfJwk(jwk.crv), part(jwk.d), "");
    case "RSA":
      return rsaKey({
        modulus: part(jwk.n),
        exponent: part(jwk.e),
        privateExponent: part(jwk.d),
        primeP: part(jwk.p),
        primeQ: part(jwk.q),
        coefficient: part(jwk.qi),
      }, "");
    default:
      throw unknownType();
  }
}

function ed25519Key(seed: Uint8Array, comment: string): SshPrivateKey {
  const type = "ssh-ed25519";
  const key = signingKey(seed);
  const publicKey = joinBytes(sshString(type), sshString(publicKeyOf(key)));
  return makeKey({ publicKey, comment, algorithms: [type] }, (data) => sign(key, data));
}

function ecdsaKey(curve: SshCurve, scalar: Uint8Array, comment: string): SshPrivateKey {
  const { getPublicKey, lengths, sign: signCurve } = SSH_CURVES[curve];
  const type = `ecdsa-sha2-${curve}`;
  const secret = new Uint8Array(lengths.secretKey ?? 0);
  secret.set(scalar, secret.byteLength - scalar.byteLength);
  const point = getPublicKey(secret, false);
  const publicKey = joinBytes(sshString(type), sshString(curve), sshString(point));
  return makeKey({ publicKey, comment, algorithms: [type] }, (data) => {
    const compact = signCurve(data, secret, { lowS: false });
    const half = compact.byteLength / 2;
    return joinBytes(sshMpint(compact.subarray(0, half)), sshMpint(compact.subarray(half)));
  });
}

function rsaKey(numbers: Parameters<typeof rsaSigningKey>[0], comment: string): SshPrivateKey {
  if (numbers.modulus.byteLength * 8 < MIN_RSA_BITS) {
    throw invalid(`The RSA key is shorter than ${MIN_RSA_BITS} bits; make a new one`);
  }
  const key = rsaSigningKey(numbers);
  const publicKey = joinBytes(sshString("ssh-rsa"), sshMpint(numbers.exponent), sshMpint(numbers.modulus));
  const algorithms = ["rsa-sha2-512", "rsa-sha2-256"];
  return makeKey({ publicKey, comment, algorithms }, (data, algorithm) => signRsa(key, algorithm, data));
}

type SignRaw = (data: Uint8Array, algorithm: string) => Uint8Array | undefined;

function makeKey(facts: Omit<SshPrivateKey, "sign">, signRaw: SignRaw): SshPrivateKey {
  return {
    ...facts,
    sign: (data, algorithm) => {
      const signature = facts.algorithms.includes(algorithm) ? signRaw(data, algorithm) : undefined;
      if (signature !== undefined) return joinBytes(sshString(algorithm), sshString(signature));
      throw invalid(`The key signs by ${facts.algorithms.join(" or ")}, not as asked`);
    },
  };
}

function curveOfJwk(name: string | undefined): SshCurve {
  const curve = `nistp${name?.slice("P-".length)}`;
  if (isSshCurve(curve)) return curve;
  throw unknownType();
}

function hasPassphrase(): VaultError {
  return invalid(
    "The private key has a passphrase; take it off with ssh-keygen -p, the vault encrypts it anyway",
  );
}

function unknownType(): VaultError {
  return invalid("The private key is of a kind that is not known; use ed25519, ecdsa or rsa");
}

function invalid(message: string): VaultError {
  return new VaultError("request.invalid", message);
}
