/** A server that a test plays: signing key, JWKS, and whatever the device flow is to answer next. */

import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from "jose";
import { keyFingerprint } from "../../../shared/crypto/ed25519.ts";

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly body: Record<string, unknown>;
}

/** Gives the answer to one request; undefined for 404. */
export type Answer = (seen: Seen, server: FakeServer) => Response | Promise<Response> | undefined;

interface SigningPair {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

export class FakeServer {
  readonly seen: Seen[] = [];
  answer: Answer;
  /** Listed beside the signing key. */
  readonly otherKeys: unknown[] = [];
  #pair: SigningPair;
  readonly #http: Deno.HttpServer<Deno.NetAddr>;

  private constructor(pair: SigningPair, answer: Answer) {
    this.#pair = pair;
    this.answer = answer;
    this.#http = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => this.#handle(request),
    );
  }

  static async start(answer: Answer): Promise<FakeServer> {
    return new FakeServer(await newPair(), answer);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#http.addr.port}`;
  }

  /** Another key from now on, as an impostor or a rebuilt server has. */
  async changeKey(): Promise<void> {
    this.#pair = await newPair();
  }

  async publicJwk() {
    const { x } = await exportJWK(this.#pair.publicKey);
    return { kty: "OKP", crv: "Ed25519", kid: this.#pair.kid, x, alg: "EdDSA" };
  }

  async fingerprint(): Promise<string> {
    return keyFingerprint(Uint8Array.fromBase64((await this.publicJwk()).x ?? "", { alphabet: "base64url" }));
  }

  /** An access token for a daemon, unless the claims say otherwise. */
  token(agentId: string, claims: Record<string, unknown> = {}): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({
      aud: "cortex-daemon",
      iss: "cortex-auth",
      scope: "daemon",
      iat: now,
      exp: now + 2_592_000,
      jti: crypto.randomUUID(),
      sub: agentId,
      ...claims,
    }).setProtectedHeader({ alg: "EdDSA", kid: this.#pair.kid, typ: "JWT" }).sign(this.#pair.privateKey);
  }

  async #handle(request: Request): Promise<Response> {
    const path = decodeURIComponent(new URL(request.url).pathname);
    const text = await request.text();
    const seen = { method: request.method, path, body: text === "" ? {} : JSON.parse(text) };
    this.seen.push(seen);
    if (path === "/.well-known/jwks.json") {
      return Response.json({ keys: [await this.publicJwk(), ...this.otherKeys] });
    }
    return await this.answer(seen, this) ?? refusal(404, "request_route_not_found");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#http.shutdown();
  }
}

/** An error as the server sends it. */
export function refusal(
  status: number,
  code: string,
  extras: { readonly headers?: Record<string, string>; readonly details?: Record<string, unknown> } = {},
): Response {
  const body = { error: `Refused with ${code}`, error_code: code, details: extras.details };
  return Response.json(body, {
    status,
    ...(extras.headers === undefined ? {} : { headers: extras.headers }),
  });
}

async function newPair(): Promise<SigningPair> {
  return {
    kid: crypto.randomUUID(),
    ...await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true }),
  };
}
