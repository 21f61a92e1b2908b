import assert from "node:assert/strict";
import { createLocalJWKSet, jwtVerify, SignJWT } from "jose";
import { generateSeed, signingKey } from "../../../shared/crypto/ed25519.ts";
import { DAY } from "../../../shared/clock.ts";
import { JWKS_MAX_AGE, PUBLISHED_BEFORE_USE, SigningKeys } from "../../../server/identity/signing_keys.ts";
import { LONGEST_TOKEN_LIFE } from "../../../server/identity/token_life.ts";
import { ManualClock } from "../support/vault_fixture.ts";

const loaded = (kid: string, createdAt: number, retiredAt: number | null = null) => ({
  kid,
  key: signingKey(generateSeed()),
  createdAt,
  retiredAt,
});

Deno.test("SigningKeys signs with the oldest key that is not retired", () => {
  assert.equal(
    new SigningKeys([loaded("retired", 1, 4), loaded("old", 2), loaded("new", 3)]).current.kid,
    "old",
  );
  assert.throws(() => new SigningKeys([loaded("retired", 1, 2)]).current, /no signing key/);
});

Deno.test("SigningKeys finds retired keys by kid, and no unknown ones", () => {
  const keys = new SigningKeys([loaded("old", 1, 2), loaded("new", 2)], { now: () => 3 });
  assert.ok(keys.find("old"));
  assert.equal(keys.find("other"), undefined);
});

Deno.test("SigningKeys changes keys at the moment that was set, and forgets one when nothing of it can live", () => {
  const clock = new ManualClock(1_000);
  const keys = new SigningKeys([loaded("old", 1, 2_000), loaded("new", 900)], clock);
  assert.equal(keys.current.kid, "old");
  assert.deepEqual(keys.all.map((key) => keys.stateOf(key)), ["next", "signing"]);
  clock.advance(1_000);
  assert.equal(keys.current.kid, "new");
  assert.deepEqual(keys.all.map((key) => keys.stateOf(key)), ["signing", "retired"]);
  clock.advance(LONGEST_TOKEN_LIFE);
  assert.ok(keys.find("old"), "a token of the last moment may be alive");
  clock.advance(DAY);
  assert.equal(keys.find("old"), undefined);
  assert.deepEqual(keys.jwks().keys.map(({ kid }) => kid), ["new"]);
});

Deno.test("SigningKeys publishes a key for longer than its list may be kept before the key signs", () => {
  assert.ok(PUBLISHED_BEFORE_USE > JWKS_MAX_AGE);
});

Deno.test("SigningKeys.jwks lists public halves only, newest first, with kid, use and alg", () => {
  const { keys } = new SigningKeys([loaded("old", 1, 2), loaded("new", 2)], { now: () => 3 }).jwks();
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
