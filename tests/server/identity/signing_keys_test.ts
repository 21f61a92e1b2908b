import assert from "node:assert/strict";
import { createLocalJWKSet, jwtVerify, SignJWT } from "jose";
import { generateSeed, signingKey } from "../../../shared/crypto/ed25519.ts";
import { SigningKeys } from "../../../server/identity/signing_keys.ts";

const loaded = (kid: string, createdAt: number, retiredAt: number | null = null) => ({
  kid,
  key: signingKey(generateSeed()),
  createdAt,
  retiredAt,
});

Deno.test("SigningKeys signs with the newest key that is not retired", () => {
  assert.equal(
    new SigningKeys([loaded("old", 1), loaded("new", 2), loaded("retired", 3, 4)]).current.kid,
    "new",
  );
  assert.throws(() => new SigningKeys([loaded("retired", 1, 2)]).current, /no signing key/);
});

Deno.test("SigningKeys finds retired keys by kid, and no unknown ones", () => {
  const keys = new SigningKeys([loaded("old", 1, 2), loaded("new", 2)]);
  assert.ok(keys.find("old"));
  assert.equal(keys.find("other"), undefined);
});

Deno.test("SigningKeys.jwks lists public halves only, newest first, with kid, use and alg", () => {
  const { keys } = new SigningKeys([loaded("old", 1, 2), loaded("new", 2)]).jwks();
  assert.deepEqual(keys.map(({ kid, use, alg, kty, crv }) => ({ kid, use, alg, kty, crv })), [
    { kid: "new", use: "sig", alg: "EdDSA", kty: "OKP", crv: "Ed25519" },
    { kid: "old", use: "sig", alg: "EdDSA", kty: "OKP", crv: "Ed25519" },
  ]);
  assert.deepEqual(Object.keys(keys[0] ?? {}).toSorted(), ["alg", "crv", "kid", "kty", "use", "x"]);
});

Deno.test("SigningKeys works with jose: what one key signs, the key set and find verify", async () => {
  const signingKeys = new SigningKeys([loaded("k", 1)]);
  const { kid, key } = signingKeys.current;
  const token = await new SignJWT({ sub: "x" }).setProtectedHeader({ alg: "EdDSA", kid, typ: "JWT" }).sign(
    key,
  );
  const verifying = signingKeys.find("k");
  assert.ok(verifying);
  assert.equal((await jwtVerify(token, verifying)).payload.sub, "x");
  const jwks = createLocalJWKSet({ keys: signingKeys.jwks().keys.map((jwk) => ({ ...jwk })) });
  assert.equal((await jwtVerify(token, jwks)).payload.sub, "x");
});
