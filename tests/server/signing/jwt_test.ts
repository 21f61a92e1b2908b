/** Tokens verified by `jose` with the public half, as any receiver would. */

import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import fc from "fast-check";
import { importSPKI, jwtVerify } from "jose";
import { jwtTask } from "../../../server/signing/jwt.ts";
import type { JwtSignRequest } from "../../../shared/api/sign.ts";
import { utf8 } from "../../../shared/encoding.ts";
import { VaultError } from "../../../shared/errors.ts";
import { DEFAULT_JWT_SECONDS } from "../../../shared/signing/limits.ts";

const NOW = 1_790_000_000_000;

type Algorithm = JwtSignRequest["algorithm"];
type PemType = "pkcs8" | "sec1" | "pkcs1";

interface Pair {
  readonly publicKey: string;
  readonly privateKey: string;
}

function pem(keys: { publicKey: KeyObject; privateKey: KeyObject }, type: PemType): Pair {
  return {
    publicKey: String(keys.publicKey.export({ type: "spki", format: "pem" })),
    privateKey: String(keys.privateKey.export({ type: type as "pkcs8", format: "pem" })),
  };
}

const ec = (type: PemType, namedCurve = "P-256") => pem(generateKeyPairSync("ec", { namedCurve }), type);
const rsa = (type: PemType, modulusLength = 2048) => pem(generateKeyPairSync("rsa", { modulusLength }), type);

const KEYS: Readonly<Record<string, readonly [Algorithm, Pair]>> = {
  "EC PKCS#8": ["ES256", ec("pkcs8")],
  "EC SEC 1": ["ES256", ec("sec1")],
  "RSA PKCS#8": ["RS256", rsa("pkcs8")],
  "RSA PKCS#1": ["RS256", rsa("pkcs1")],
  "Ed25519": ["EdDSA", pem(generateKeyPairSync("ed25519"), "pkcs8")],
};

function request(algorithm: Algorithm, more: Partial<JwtSignRequest> = {}): JwtSignRequest {
  return { kind: "jwt", name: "K", algorithm, claims: {}, ttl_seconds: 300, ...more };
}

function token(key: string, asked: JwtSignRequest, longest = DEFAULT_JWT_SECONDS): string {
  const signed = jwtTask(asked, NOW, longest).make({ key: utf8(key) });
  assert.ok(signed.kind === "jwt");
  return signed.token;
}

const verify = async (text: string, publicKey: string, algorithm: Algorithm) =>
  await jwtVerify(text, await importSPKI(publicKey, algorithm), {
    algorithms: [algorithm],
    currentDate: new Date(NOW),
  });

for (const [name, [algorithm, pair]] of Object.entries(KEYS)) {
  Deno.test(`jwtTask signs ${algorithm} by a key in ${name}, which jose verifies`, async () => {
    const asked = request(algorithm, { claims: { iss: "me", aud: ["a", "b"] }, key_id: "k1" });
    const { payload, protectedHeader } = await verify(
      token(pair.privateKey, asked),
      pair.publicKey,
      algorithm,
    );
    assert.deepEqual(payload, { iss: "me", aud: ["a", "b"], iat: NOW / 1000, exp: NOW / 1000 + 300 });
    assert.deepEqual(protectedHeader, { alg: algorithm, typ: "JWT", kid: "k1" });
    const oneLine = pair.privateKey.replaceAll("\n", "\\n");
    await verify(token(oneLine, asked), pair.publicKey, algorithm);
    const parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
    await verify(token(`${parameters}${pair.privateKey}`, asked), pair.publicKey, algorithm);
  });
}

Deno.test("jwtTask gives every claim back as it came, and dates them itself", async () => {
  const [, pair] = KEYS["Ed25519"] ?? assert.fail();
  const claims = fc.dictionary(fc.string(), fc.jsonValue({ depthSize: "small" }), { noNullPrototype: true })
    .filter((all) =>
      !["iat", "exp", "nbf", "iss", "sub", "aud", "jti", "__proto__"].some((name) => Object.hasOwn(all, name))
    );
  await fc.assert(
    fc.asyncProperty(claims, async (all) => {
      const { payload } = await verify(
        token(pair.privateKey, request("EdDSA", { claims: all })),
        pair.publicKey,
        "EdDSA",
      );
      const { iat, exp, ...rest } = payload;
      assert.deepEqual(rest, JSON.parse(JSON.stringify(all)));
      assert.deepEqual([iat, exp], [NOW / 1000, NOW / 1000 + 300]);
    }),
    { numRuns: 50 },
  );
});

Deno.test("jwtTask writes both numbers of an ES256 signature in full length, also those that begin with zeros", async () => {
  const [, pair] = KEYS["EC PKCS#8"] ?? assert.fail();
  for (let sub = 0; sub < 600; sub++) {
    const text = token(pair.privateKey, request("ES256", { claims: { sub: String(sub) } }));
    assert.equal(text.split(".")[2]?.length, 86);
    await verify(text, pair.publicKey, "ES256");
  }
});

Deno.test("jwtTask dates no token as it is told, and lets none live longer than it may", () => {
  for (const claims of [{ iat: 0 }, { exp: 9_999_999_999 }, { exp: null }]) {
    assert.throws(() => jwtTask(request("ES256", { claims }), NOW, 3600), { code: "request.invalid" });
  }
  assert.throws(() => jwtTask(request("ES256", { ttl_seconds: 3601 }), NOW, 3600), {
    code: "sign.not_allowed",
  });
  assert.equal(jwtTask(request("ES256", { ttl_seconds: 3600 }), NOW, 3600).facts["exp"], NOW / 1000 + 3600);
});

Deno.test("jwtTask tells issuer, subject and audience whole, and no other claim", () => {
  const claims = { iss: 12345, sub: "build", aud: ["a", "b"], password: "canary" };
  const { facts } = jwtTask(request("RS256", { claims, key_id: "k1" }), NOW, 3600);
  assert.deepEqual(facts, {
    algorithm: "RS256",
    exp: NOW / 1000 + 300,
    kid: "k1",
    iss: "12345",
    sub: "build",
    aud: ["a", "b"],
  });
  const wrong = [
    { iss: "a\nb" },
    { sub: "x".repeat(513) },
    { aud: ["x".repeat(300), "y".repeat(300)] },
    {
      aud: [1],
    },
    { iss: { a: 1 } },
    { much: "x".repeat(20_000) },
  ];
  for (const each of wrong) {
    assert.throws(() => jwtTask(request("RS256", { claims: each }), NOW, 3600), { code: "request.invalid" });
  }
});

Deno.test("jwtTask takes no key of another kind, too short, closed or none at all, and says what it wants", () => {
  const [, other] = KEYS["EC PKCS#8"] ?? assert.fail();
  const [, { privateKey: rsaKey }] = KEYS["RSA PKCS#8"] ?? assert.fail();
  const [, ed] = KEYS["Ed25519"] ?? assert.fail();
  const closed = other.privateKey.replaceAll("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
  const cases: readonly (readonly [Algorithm, string, RegExp])[] = [
    ["ES256", rsaKey, /another kind; ES256 wants an EC private key on the curve P-256/],
    ["ES256", ec("pkcs8", "P-384").privateKey, /another kind/],
    ["ES256", ed.privateKey, /another kind/],
    ["RS256", other.privateKey, /another kind/],
    ["RS256", rsa("pkcs8", 1024).privateKey, /shorter than 2048 bits/],
    ["EdDSA", other.privateKey, /another kind/],
    ["ES256", other.publicKey, /no private key in PEM/],
    ["ES256", closed, /passphrase/],
    ["EdDSA", "-----BEGIN OPENSSH PRIVATE KEY-----\ncanary\n-----END OPENSSH PRIVATE KEY-----", /OpenSSH/],
    ["ES256", "canary", /no private key in PEM/],
    ["ES256", "", /no private key in PEM/],
  ];
  for (const [algorithm, key, said] of cases) {
    assert.throws(() => token(key, request(algorithm)), (error) => {
      assert.ok(error instanceof VaultError && error.code === "sign.key_unfit");
      assert.match(error.message, said);
      const quoted = key.split("\n").filter((line) => line.length > 4 && !line.startsWith("--"));
      return !quoted.some((line) => error.message.includes(line));
    });
  }
});

Deno.test("jwtTask throws nothing but VaultError, whatever the key is", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.constantFrom<Algorithm>("ES256", "RS256", "EdDSA"),
      (key, algorithm) => {
        assert.throws(() => jwtTask(request(algorithm), NOW, 3600).make({ key }), VaultError);
      },
    ),
  );
  const [, { privateKey }] = KEYS["EC SEC 1"] ?? assert.fail();
  fc.assert(fc.property(fc.nat(privateKey.length - 1), fc.nat(255), (at, byte) => {
    const damaged = utf8(privateKey);
    damaged[at] = byte;
    try {
      jwtTask(request("ES256"), NOW, 3600).make({ key: damaged });
    } catch (error) {
      assert.ok(error instanceof VaultError);
    }
  }));
});
