/** `/admin/signing-keys`: the life of the keys that sign tokens. */

import assert from "node:assert/strict";
import { decodeProtectedHeader } from "jose";
import { DAY, MINUTE } from "../../../shared/clock.ts";
import type { RotatedSigningKey, SigningKeySummary } from "../../../shared/api/signing_keys.ts";
import { keyFingerprint, publicKeyOf } from "../../../shared/crypto/ed25519.ts";
import { followsFrom, parseHandovers } from "../../../shared/proofs/key_handover.ts";
import { PUBLISHED_BEFORE_USE } from "../../../server/identity/signing_keys.ts";
import { expectError, expectOk, lastRow } from "../support/expect.ts";
import { createHarness, type Harness, withHarness } from "../support/harness.ts";
import { storeAndGrant, TestAgent } from "../support/test_agent.ts";

const rotate = async (h: Harness, body?: unknown) =>
  expectOk<RotatedSigningKey>(await h.admin.post("/admin/signing-keys/rotate", body));
const list = async (h: Harness) => expectOk<SigningKeySummary[]>(await h.admin.get("/admin/signing-keys"));
const destroy = (h: Harness, kid: string, query = "") => h.admin.delete(`/admin/signing-keys/${kid}${query}`);
const kidOf = (token: string) => String(decodeProtectedHeader(token).kid);
const jwks = async (h: Harness) =>
  expectOk<{ keys: { kid: string; use: string }[] }>(await h.stranger.get("/.well-known/jwks.json"));

async function signedToken(agent: TestAgent, project: string): Promise<string> {
  const options = { signed: true, regenerate: true };
  return String((await agent.obtain(project, ["KEY"], options)).signed_project_token);
}

Deno.test(
  "POST /admin/signing-keys/rotate lists the new key before it signs, and old tokens verify until they end",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    await storeAndGrant(h, "p", "key");
    const before = await signedToken(agent, "p");
    const rotated = await rotate(h);
    assert.deepEqual((await jwks(h)).keys.map(({ kid }) => kid), [rotated.kid, rotated.previous_kid]);
    assert.deepEqual((await list(h)).map(({ state }) => state), ["next", "signing"]);
    assert.equal(kidOf(await signedToken(agent, "p")), kidOf(before), "the new key waits");
    h.clock.advance(PUBLISHED_BEFORE_USE);
    await agent.attest();
    const during = await agent.obtain("p", ["KEY"], { regenerate: true, signed: true });
    assert.equal(kidOf(String(during.signed_project_token)), rotated.kid);
    assert.equal(during.project_token.includes("."), false, "the opaque token is beside it");
    assert.deepEqual((await list(h)).map(({ state }) => state), ["signing", "retired"]);
    await agent.attest();
    h.clock.advance(31 * DAY);
    assert.deepEqual((await jwks(h)).keys.map(({ kid }) => kid), [rotated.kid]);
    const row = await lastRow(h, "signing_key_rotate");
    assert.equal(row.resource_path, rotated.kid);
  }),
);

Deno.test(
  "tokens of a key that retired are good: signed project tokens and logins",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    await storeAndGrant(h, "p", "key");
    const token = await signedToken(agent, "p");
    await rotate(h, { immediate: true });
    expectOk(await agent.read("p", token));
    expectOk(await agent.sendAttest());
  }),
);

Deno.test(
  "a key is destroyed only once it is retired, and what ends with it is said before",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    await storeAndGrant(h, "p", "key");
    const found = await agent.obtain("p", ["KEY"], { signed: true });
    const { kid, previous_kid } = await rotate(h);
    expectError(await destroy(h, previous_kid), 409, "signing_key_not_retired");
    expectError(await destroy(h, kid), 409, "signing_key_not_retired");
    expectError(await destroy(h, crypto.randomUUID()), 404, "signing_key_not_found");
    h.clock.advance(PUBLISHED_BEFORE_USE);
    const refused = await destroy(h, previous_kid);
    expectError(refused, 409, "signing_key_in_use");
    const alive = { daemon_logins: 1, signed_project_tokens: 1 };
    assert.deepEqual(refused.json<{ details: unknown }>().details, alive);
    await agent.attest();
    const done = expectOk(await destroy(h, previous_kid, "?invalidate=true"));
    assert.deepEqual(done, { destroyed: true, kid: previous_kid, invalidated: alive });
    expectError(await agent.read("p", String(found.signed_project_token)), 401, "token_invalid");
    expectError(await agent.sendAttest(), 401, "token_invalid");
    expectOk(await agent.read("p", found.project_token));
    assert.deepEqual((await list(h)).map((key) => key.kid), [kid]);
    expectError(await destroy(h, previous_kid), 404, "signing_key_not_found");
  }),
);

Deno.test(
  "a second rotation waits for the first, unless it begins at once; then no older key signs any more",
  withHarness(async (h) => {
    await rotate(h);
    expectError(await h.admin.post("/admin/signing-keys/rotate"), 409, "signing_key_rotation_pending");
    const { kid } = await rotate(h, { immediate: true });
    assert.deepEqual((await list(h)).map(({ state }) => state).sort(), ["retired", "retired", "signing"]);
    h.clock.advance(DAY);
    assert.equal(h.signingKeys.current.kid, kid);
  }),
);

Deno.test(
  "sixteen rotations at once leave one key that signs and one that waits",
  withHarness(async (h) => {
    const answers = await Promise.all(
      Array.from({ length: 16 }, () => h.admin.post("/admin/signing-keys/rotate")),
    );
    assert.deepEqual(answers.map(({ status }) => status).filter((status) => status === 200), [200]);
    assert.deepEqual((await list(h)).map(({ state }) => state).toSorted(), ["next", "signing"]);
  }),
);

Deno.test("a rotation outlives a restart: keys, moments and statements", async () => {
  const h = await createHarness();
  const pinned = keyFingerprint(publicKeyOf(h.signingKeys.current.key));
  const { kid, fingerprint } = await rotate(h);
  const before = h.signingKeys.jwks();
  const again = await h.reopen();
  assert.deepEqual(again.signingKeys.jwks(), before);
  assert.notEqual(again.signingKeys.current.kid, kid);
  again.clock.advance(PUBLISHED_BEFORE_USE);
  assert.equal(again.signingKeys.current.kid, kid);
  assert.ok(followsFrom(pinned, fingerprint, parseHandovers(again.signingKeys.jwks())));
  await again.dispose();
});

Deno.test(
  "who pinned the first key follows three rotations, also when the keys between were destroyed",
  withHarness(async (h) => {
    const pinned = keyFingerprint(publicKeyOf(h.signingKeys.current.key));
    for (let count = 0; count < 3; count++) {
      const { previous_kid } = await rotate(h, { immediate: true });
      h.clock.advance(MINUTE);
      expectOk(await destroy(h, previous_kid));
    }
    const document: unknown = await jwks(h);
    const wanted = keyFingerprint(publicKeyOf(h.signingKeys.current.key));
    assert.ok(followsFrom(pinned, wanted, parseHandovers(document)));
    assert.equal(h.signingKeys.all.length, 1);
  }),
);

Deno.test(
  "the JWKS names use, may be kept for less time than a new key is listed before it signs, and holds no private part",
  withHarness(async (h) => {
    await rotate(h);
    const answer = await h.stranger.get("/.well-known/jwks.json");
    const [, seconds] = /^public, max-age=(\d+)$/.exec(answer.headers.get("Cache-Control") ?? "") ?? [];
    assert.ok(Number(seconds) * 1_000 < PUBLISHED_BEFORE_USE);
    assert.doesNotMatch(answer.text, /"d":/);
    assert.ok((await jwks(h)).keys.every(({ use }) => use === "sig"));
  }),
);

Deno.test(
  "B10: revoking a project ends every token it ever had, signed ones of every key included",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    await storeAndGrant(h, "p", "key");
    const tokens: string[] = [];
    for (let round = 0; round < 3; round++) {
      const found = await agent.obtain("p", ["KEY"], { signed: true, regenerate: true });
      tokens.push(found.project_token, String(found.signed_project_token));
      await rotate(h, { immediate: true });
    }
    expectOk(await h.admin.post("/admin/projects/p/revoke"));
    for (const token of tokens) expectError(await agent.read("p", token), 401, "token_revoked");
    const next = await agent.obtain("p", ["KEY"], { signed: true });
    expectOk(await agent.read("p", String(next.signed_project_token)));
    for (const token of tokens) expectError(await agent.read("p", token), 401, "token_revoked");
  }),
);
