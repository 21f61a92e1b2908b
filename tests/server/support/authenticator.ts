/** A software authenticator: makes passkeys and answers with them as a browser's would (WebAuthn level 3, sections 5.8.1 and 6.1). */

import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { fromBase64Url, toBase64Url, utf8 } from "../../../shared/encoding.ts";

export interface Wrongness {
  readonly origin?: string;
  readonly rpId?: string;
  readonly challenge?: string;
  /** Flags of the authenticator data; user present and verified unless told. */
  readonly flags?: number;
}

const PRESENT_AND_VERIFIED = 0x05;
const ATTESTED = 0x40;

const digest = (data: Uint8Array | string) => createHash("sha256").update(data).digest();

/** CBOR (RFC 8949) of the few things that an attestation is made of. */
function cbor(value: unknown): Uint8Array {
  if (typeof value === "number") return value >= 0 ? head(0, value) : head(1, -1 - value);
  if (value instanceof Uint8Array) return join(head(2, value.length), value);
  if (typeof value === "string") return join(head(3, utf8(value).length), utf8(value));
  if (value instanceof Map) {
    return join(head(5, value.size), ...[...value].flatMap(([key, item]) => [cbor(key), cbor(item)]));
  }
  throw new Error("not encoded here");
}

function head(major: number, count: number): Uint8Array {
  if (count < 24) return Uint8Array.of(major << 5 | count);
  if (count < 256) return Uint8Array.of(major << 5 | 24, count);
  return Uint8Array.of(major << 5 | 25, count >> 8, count & 255);
}

const join = (...parts: readonly Uint8Array[]) => new Uint8Array(parts.flatMap((part) => [...part]));

export class Authenticator {
  readonly id = toBase64Url(randomBytes(32));
  readonly #keys: { readonly publicKey: KeyObject; readonly privateKey: KeyObject };
  counter = 0;

  constructor(readonly origin: string) {
    this.#keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  }

  /** The answer to options of `POST /admin/me/passkeys/options`. */
  create(options: { readonly challenge: string }, wrong: Wrongness = {}) {
    const jwk = this.#keys.publicKey.export({ format: "jwk" });
    const part = (text: string | undefined) => new Uint8Array(fromBase64Url(text ?? "") ?? []);
    const key = new Map<number, unknown>([[1, 2], [3, -7], [-1, 1], [-2, part(jwk.x)], [-3, part(jwk.y)]]);
    const rawId = part(this.id);
    const attested = join(new Uint8Array(16), Uint8Array.of(0, rawId.length), rawId, cbor(key));
    const authData = join(this.#data(wrong, ATTESTED), attested);
    const attestation = new Map<string, unknown>([["fmt", "none"], ["attStmt", new Map()], [
      "authData",
      authData,
    ]]);
    return {
      ...this.#envelope(),
      response: {
        clientDataJSON: this.#client("webauthn.create", options.challenge, wrong),
        attestationObject: toBase64Url(cbor(attestation)),
      },
    };
  }

  /** The answer to options of a sign-in. */
  get(options: { readonly challenge: string }, wrong: Wrongness = {}) {
    this.counter++;
    const data = this.#data(wrong, 0);
    const clientDataJSON = this.#client("webauthn.get", options.challenge, wrong);
    const signed = join(data, digest(fromBase64Url(clientDataJSON) ?? new Uint8Array()));
    return {
      ...this.#envelope(),
      response: {
        clientDataJSON,
        authenticatorData: toBase64Url(data),
        signature: toBase64Url(sign("sha256", signed, this.#keys.privateKey)),
      },
    };
  }

  #envelope() {
    return { id: this.id, rawId: this.id, type: "public-key" };
  }

  #data({ rpId, flags = PRESENT_AND_VERIFIED }: Wrongness, more: number): Uint8Array {
    const counter = new Uint8Array(4);
    new DataView(counter.buffer).setUint32(0, this.counter);
    return join(digest(rpId ?? new URL(this.origin).hostname), Uint8Array.of(flags | more), counter);
  }

  #client(type: string, challenge: string, wrong: Wrongness): string {
    const data = {
      type,
      challenge: wrong.challenge ?? challenge,
      origin: wrong.origin ?? this.origin,
      crossOrigin: false,
    };
    return toBase64Url(utf8(JSON.stringify(data)));
  }
}
