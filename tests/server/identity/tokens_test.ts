import assert from "node:assert/strict";
import fc from "fast-check";
import { SignJWT } from "jose";
import { DAY, SECOND } from "../../../shared/clock.ts";
import { generateSeed, publicKeyOf, signingKey, verifyingKey } from "../../../shared/crypto/ed25519.ts";
import { randomUuid } from "../../../shared/crypto/random.ts";
import { VaultError } from "../../../shared/errors.ts";
import { accessTokenClaims } from "../../../server/identity/access_token.ts";
import { EmptyTokens } from "../../../server/identity/empty_token.ts";
import { looksSigned, signToken, verifyToken } from "../../../server/identity/jwt.ts";
import { newProjectToken, projectTokenClaims } from "../../../server/identity/project_token.ts";
import { newUserCode, parseUserCode } from "../../../server/identity/user_codes.ts";
import { WrongCodes } from "../../../server/identity/wrong_codes.ts";
import { ManualClock } from "../support/vault_fixture.ts";
import { decodeClaims } from "../support/test_agent.ts";

const KID = "33333333-3333-4333-8333-333333333333";
const ISSUED = 1_714_248_000 * SECOND;
const key = signingKey(new Uint8Array(32).fill(7));
const signer = { kid: KID, key };
const verifier = { find: (kid: string) => kid === KID ? verifyingKey(publicKeyOf(key)) : undefined };
const fields = {
  jti: "44444444-4444-4444-8444-444444444444",
  projectName: "my-app",
  namespace: "default",
  agentId: "my-agent",
  scope: ["openai_api_key"],
  issuedAt: ISSUED,
};

Deno.test("signToken makes the token of section 12 of the wire contract, byte for byte", async () => {
  const { agent_id: _a, nbf: _n, ...claims } = projectTokenClaims(fields);
  assert.equal(
    await signToken(signer, claims),
    "eyJhbGciOiJFZERTQSIsImtpZCI6IjMzMzMzMzMzLTMzMzMtNDMzMy04MzMzLTMzMzMzMzMzMzMzMyIsInR5cCI6IkpXVCJ9" +
      ".eyJhdWQiOiJjb3J0ZXgtY2xpIiwiZXhwIjoxNzE1NDU3NjAwLCJpYXQiOjE3MTQyNDgwMDAsImlzcyI6ImNvcnRleC1hdXRoIiwianRp" +
      "IjoiNDQ0NDQ0NDQtNDQ0NC00NDQ0LTg0NDQtNDQ0NDQ0NDQ0NDQ0IiwibmFtZXNwYWNlIjoiZGVmYXVsdCIsInByb2plY3RfaWQiOiJteS1h" +
      "cHAiLCJzY29wZSI6WyJvcGVuYWlfYXBpX2tleSJdLCJzdWIiOiJteS1hcHAifQ" +
      ".sihWA4f1GrjvP500skA56Hqju1wEk9d1OdVAbanN1qQlPj_jhk6SeNoK4BhSv3eHerGEDlE64QUp_r5jrrsgBQ",
  );
});

Deno.test("projectTokenClaims are those of section 3.4, with 'agent_id' and 'nbf' added", () => {
  assert.deepEqual(projectTokenClaims(fields), {
    agent_id: "my-agent",
    aud: "cortex-cli",
    exp: 1_715_457_600,
    iat: 1_714_248_000,
    iss: "cortex-auth",
    jti: fields.jti,
    namespace: "default",
    nbf: 1_714_248_000,
    project_id: "my-app",
    scope: ["openai_api_key"],
    sub: "my-app",
  });
});

Deno.test("accessTokenClaims name the agent by 'sub' and live 30 days", () => {
  const claims = accessTokenClaims({ id: "row", agent_id: "my-agent", namespace: "team" }, "jti", ISSUED);
  assert.equal(claims["sub"], "my-agent");
  assert.equal(claims["aud"], "cortex-daemon");
  assert.equal(claims["scope"], "daemon");
  assert.equal(Number(claims["exp"]) - Number(claims["iat"]), 2_592_000);
  assert.equal(claims["namespace"], "team");
});

const accepts = async (token: string, now = ISSUED) => {
  try {
    await verifyToken(verifier, token, "cortex-cli", now);
    return "accepted";
  } catch (error) {
    assert.ok(error instanceof VaultError, String(error));
    return error.code;
  }
};

Deno.test("verifyToken takes a good token until the second in which it ends", async () => {
  const token = await signToken(signer, projectTokenClaims(fields));
  assert.equal(await accepts(token), "accepted");
  assert.equal(await accepts(token, ISSUED + 14 * DAY - SECOND), "accepted");
  assert.equal(await accepts(token, ISSUED + 14 * DAY), "token.expired");
  assert.equal(await accepts(token, ISSUED - SECOND), "token.invalid", "before nbf");
});

Deno.test("B10: verifyToken refuses another audience, issuer, key, algorithm or header", async () => {
  const claims = projectTokenClaims(fields);
  const other = signingKey(generateSeed());
  const bad = [
    await signToken(signer, { ...claims, aud: "cortex-daemon" }),
    await signToken(signer, { ...claims, aud: "other" }),
    await signToken(signer, { ...claims, iss: "cortex-server" }),
    await signToken({ kid: KID, key: other }, claims),
    await signToken({ kid: randomUuid(), key }, claims),
    await new SignJWT(claims).setProtectedHeader({ alg: "EdDSA" }).sign(key),
    await new SignJWT(claims).setProtectedHeader({ alg: "HS256", kid: KID }).sign(publicKeyOf(key)),
    `${btoa(JSON.stringify({ alg: "none", kid: KID })).replace(/=/g, "")}.${
      btoa(JSON.stringify(claims)).replace(/=/g, "")
    }.`,
    "a.b.c",
    "..",
    "x".repeat(100_000),
  ];
  for (const token of bad) assert.equal(await accepts(token), "token.invalid");
  for (const claim of ["exp", "iat", "jti", "sub"]) {
    const less = Object.fromEntries(Object.entries(claims).filter(([name]) => name !== claim));
    assert.equal(await accepts(await signToken(signer, less)), "token.invalid", `without ${claim}`);
  }
});

Deno.test("verifyToken refuses a token with any character changed", async () => {
  const token = await signToken(signer, projectTokenClaims(fields));
  for (let at = 0; at < token.length; at += 7) {
    const char = token[at] === "A" ? "B" : "A";
    if (token[at] === ".") continue;
    const changed = token.slice(0, at) + char + token.slice(at + 1);
    // The last character of a segment may hold bits that mean nothing; then jose refuses or the bytes are the same.
    if (await accepts(changed) === "accepted") assert.deepEqual(decodeClaims(changed), decodeClaims(token));
  }
});

Deno.test("looksSigned is true for exactly two dots", () => {
  assert.ok(looksSigned("a.b.c"));
  for (const text of ["", "abc", "a.b", "a.b.c.d", newProjectToken()]) assert.ok(!looksSigned(text));
});

Deno.test("newProjectToken has 64 hex digits and never repeats", () => {
  const tokens = new Set(Array.from({ length: 1_000 }, newProjectToken));
  assert.equal(tokens.size, 1_000);
  for (const token of tokens) assert.match(token, /^[0-9a-f]{64}$/);
});

Deno.test("EmptyTokens give their agent back, for their project and time, and look like any token", () => {
  const clock = new ManualClock();
  const tokens = new EmptyTokens(clock);
  const agentRef = randomUuid();
  const token = tokens.issue(agentRef, "my app");
  assert.match(token, /^[0-9a-f]{64}$/);
  assert.equal(tokens.agentOf(token, "my app"), agentRef);
  assert.equal(tokens.agentOf(token, "other"), undefined);
  assert.equal(new EmptyTokens(clock).agentOf(token, "my app"), undefined, "another process");
  for (let at = 0; at < token.length; at++) {
    const changed = token.slice(0, at) + (token[at] === "0" ? "1" : "0") + token.slice(at + 1);
    assert.equal(tokens.agentOf(changed, "my app"), undefined);
  }
  clock.advance(14 * DAY);
  assert.equal(tokens.agentOf(token, "my app"), undefined);
});

Deno.test("newUserCode uses all 32 symbols alike, none of which looks like another", () => {
  const counts = new Map<string, number>();
  for (let at = 0; at < 4_000; at++) {
    const code = newUserCode();
    assert.match(code, /^[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}$/);
    for (const symbol of code.replace("-", "")) counts.set(symbol, (counts.get(symbol) ?? 0) + 1);
  }
  assert.equal(counts.size, 32);
  // 1,000 expected of each; six standard deviations.
  for (const count of counts.values()) assert.ok(Math.abs(count - 1_000) < 190, `count ${count}`);
});

Deno.test("parseUserCode reads what people type, and nothing that cannot be a code", () => {
  for (const typed of ["ABCD-2345", "abcd-2345", " abcd2345 ", "ABCD 2345"]) {
    assert.equal(parseUserCode(typed), "ABCD-2345");
  }
  for (const typed of ["", "ABCD-234", "ABCD-23456", "ABC1-2345", "OBCD-2345", "ABCD--2345", "ÄBCD-2345"]) {
    assert.equal(parseUserCode(typed), undefined);
  }
  fc.assert(fc.property(fc.constant(0).map(newUserCode), (code) => {
    assert.equal(parseUserCode(code), code);
    assert.equal(parseUserCode(code.toLowerCase().replace("-", "")), code);
  }));
});

Deno.test("WrongCodes pauses an address after six wrong codes, for ten minutes, and no other", () => {
  const clock = new ManualClock();
  const codes = new WrongCodes(clock);
  for (let tries = 0; tries < 6; tries++) {
    codes.check("a");
    codes.failed("a");
  }
  assert.throws(
    () => codes.check("a"),
    (error) => error instanceof VaultError && error.code === "auth.throttled" && error.retryAfter === 600,
  );
  codes.check("b");
  clock.advance(600 * SECOND);
  codes.check("a");
});

Deno.test("WrongCodes forgets the count of an address that gets one right", () => {
  const codes = new WrongCodes(new ManualClock());
  for (let tries = 0; tries < 5; tries++) codes.failed("a");
  codes.succeeded("a");
  codes.failed("a");
  codes.check("a");
});
