/** Sealing and unsealing a real server. */

import assert from "node:assert/strict";
import { ROUTE_KEYS } from "../../../server/access_table.ts";
import type { SealStatus } from "../../../shared/api/seal.ts";
import { listenAndCrashAt } from "../support/crashing.ts";
import { ServerFolder } from "../support/server_process.ts";
import { makeShares, type TestSet } from "../support/shares.ts";

const TOKEN = "admin-token-of-the-seal-test";
const PASSWORD = "the password of the vault";
const BASE = { ADMIN_TOKEN: TOKEN };
const SETTINGS = { ...BASE, CORTEX_KEK_PASSWORD: PASSWORD };
const SEALED = { ...BASE, CORTEX_LISTEN_SEALED: "1" };
/** Open in a sealed server. */
const OPEN_ROUTES: readonly string[] = ["GET /healthz", "GET /sys/seal-status", "POST /sys/unseal"];

interface Reply {
  readonly status: number;
  readonly text: string;
  json<Shape = Record<string, unknown>>(): Shape;
}

async function call(url: string, route: string, body?: unknown): Promise<Reply> {
  const [method = "GET", path = "/"] = route.split(" ");
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { "X-Admin-Token": TOKEN, "Content-Type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, text, json: () => JSON.parse(text) };
}

async function storeSecret(url: string): Promise<string> {
  const secret = { key_path: "api", secret_type: "KEY_VALUE", value: "sk-before-the-seal" };
  return (await call(url, "POST /admin/secrets", secret)).json<{ id: string }>().id;
}

async function assertOpen(url: string, secretId: string): Promise<void> {
  const read = await call(url, `GET /admin/secrets/${secretId}`);
  assert.equal(read.json()["value"], "sk-before-the-seal", read.text);
}

const unseal = (url: string, body: unknown) => call(url, "POST /sys/unseal", body);

Deno.test("POST /sys/seal stops every route but three, and the password opens the vault again", async () => {
  await using folder = await ServerFolder.make();
  const { server, url } = await folder.listen(SETTINGS);
  const id = await storeSecret(url);
  assert.equal((await call(url, "GET /sys/seal-status")).json<SealStatus>().sealed, false);
  const sealed = await call(url, "POST /sys/seal");
  assert.deepEqual([sealed.status, sealed.json()], [200, { sealed: true, shares: null }]);
  for (const route of ROUTE_KEYS.filter((key) => !OPEN_ROUTES.includes(key))) {
    const answer = await call(url, route.replaceAll(/:\w+/g, "x"));
    assert.deepEqual([route, answer.status], [route, 503]);
    assert.equal(answer.json()["error_code"], "server_sealed");
  }
  assert.equal((await call(url, "GET /healthz")).status, 200);
  const wrong = await unseal(url, { password: "a guess" });
  assert.deepEqual([wrong.status, wrong.json()["error_code"]], [403, "auth_password_wrong"]);
  assert.deepEqual((await unseal(url, { password: PASSWORD })).json(), { sealed: false, shares: null });
  await assertOpen(url, id);
  const rows = (await call(url, "GET /admin/audit-logs?action=vault_unseal")).json<
    Record<string, unknown>[]
  >();
  assert.deepEqual(rows.map(({ status, source_ip }) => [status, source_ip]), [
    ["success", "127.0.0.1"],
    ["denied:auth_password_wrong", "127.0.0.1"],
  ]);
  assert.equal(await server.stop("SIGTERM"), 0);
  assert.ok(!server.output().includes("was changed outside"));
});

Deno.test("a stranger cannot seal, and sealing again or unsealing an open vault does no harm", async () => {
  await using folder = await ServerFolder.make();
  const { server, url } = await folder.listen(SETTINGS);
  const id = await storeSecret(url);
  const stranger = await fetch(`${url}/sys/seal`, { method: "POST" });
  assert.equal(stranger.status, 401);
  await stranger.body?.cancel();
  assert.deepEqual((await unseal(url, { password: "whatever" })).json(), { sealed: false, shares: null });
  await assertOpen(url, id);
  for (let round = 0; round < 3; round++) {
    await Promise.all([call(url, "POST /sys/seal"), call(url, "POST /sys/seal")]);
    assert.equal((await call(url, "POST /sys/seal")).status, 503);
    await unseal(url, { password: PASSWORD });
    await assertOpen(url, id);
  }
  await call(url, "POST /sys/seal");
  assert.equal(await server.stop("SIGTERM"), 0, "a sealed server ends like any other");
});

async function sealedWithShares(folder: ServerFolder): Promise<{ set: TestSet; url: string; id: string }> {
  const first = await folder.listen(SETTINGS);
  const id = await storeSecret(first.url);
  await first.server.stop("SIGTERM");
  const set = await makeShares(`${folder.path}/cortex-auth.db`, PASSWORD, { threshold: 3, total: 5 });
  const { url } = await folder.listen(SEALED);
  return { set, url, id };
}

Deno.test("a rotation that the seal interrupts goes on after the unsealing, by either password", async () => {
  await using folder = await ServerFolder.make();
  const { url } = await folder.listen(SETTINGS);
  const id = await storeSecret(url);
  const begun = await call(url, "POST /admin/rotate-key", { new_kek_password: "the next one", wait: false });
  assert.ok(begun.status < 300, begun.text);
  await call(url, "POST /sys/seal");
  await unseal(url, { password: PASSWORD });
  await unseal(url, { password: "the next one" });
  await assertOpen(url, id);
  const { state } = (await call(url, "GET /admin/rotate-key")).json<{ state: string }>();
  assert.ok(["running", "completed"].includes(state), state);
});

Deno.test("CORTEX_LISTEN_SEALED: shares from different people open the vault, one at a time, with an alarm", async () => {
  await using folder = await ServerFolder.make();
  const { set: { id: set_id, texts }, url, id } = await sealedWithShares(folder);
  const [one = "", two = "", three = ""] = texts;
  assert.deepEqual((await unseal(url, { share: one })).json(), {
    sealed: true,
    shares: { set_id, given: 1, needed: 3 },
  });
  const twice = await unseal(url, { share: one });
  assert.deepEqual([twice.status, twice.json()["error_code"]], [400, "recovery_share_refused"]);
  assert.deepEqual(twice.json()["details"], { reason: "duplicate" });
  assert.equal((await unseal(url, { share: two })).json<SealStatus>().shares?.given, 2);
  assert.equal((await call(url, "GET /sys/seal-status")).json<SealStatus>().shares?.given, 2);
  assert.deepEqual((await unseal(url, { share: three })).json(), { sealed: false, shares: null });
  await assertOpen(url, id);
  const [alarm] = (await call(url, "GET /admin/audit-logs?action=recovery_boot")).json<
    { status: string }[]
  >();
  assert.equal(alarm?.status, "alarm");
});

Deno.test("shares at /sys/unseal: another set is named as such, and starting over forgets what was given", async () => {
  await using folder = await ServerFolder.make();
  const { set, url, id } = await sealedWithShares(folder);
  const other = await makeShares(`${folder.path}/cortex-auth.db`, PASSWORD, { threshold: 2, total: 2 });
  await unseal(url, { share: set.texts[0] });
  const mixed = await unseal(url, { share: other.texts[0] });
  assert.deepEqual(mixed.json()["details"], { reason: "other_set" });
  assert.deepEqual((await unseal(url, { reset: true })).json(), { sealed: true, shares: null });
  await unseal(url, { share: other.texts[1] });
  assert.equal((await unseal(url, { share: other.texts[0] })).json<SealStatus>().sealed, false);
  await assertOpen(url, id);
});

Deno.test("guessing at a sealed server slows down, and bad bodies are refused in words", async () => {
  await using folder = await ServerFolder.make();
  const { url } = await sealedWithShares(folder);
  for (const body of [{}, { password: 1 }, { share: "" }, { reset: false }, []]) {
    assert.equal((await unseal(url, body)).status, 400);
  }
  for (let guess = 0; guess < 6; guess++) {
    assert.equal(
      (await unseal(url, { password: `guess ${guess}` })).json()["error_code"],
      "auth_password_wrong",
    );
  }
  const throttled = await unseal(url, { password: PASSWORD });
  assert.deepEqual([throttled.status, throttled.json()["error_code"]], [429, "auth_throttled"]);
});

Deno.test("CORTEX_LISTEN_SEALED without a vault says what to do", async () => {
  await using folder = await ServerFolder.make();
  const { code, stderr } = await folder.run(SEALED);
  assert.equal(code, 1);
  assert.match(stderr, /has no vault yet; start once without it/);
});

for (const step of ["seal.recorded", "seal.keys_wiped"] as const) {
  Deno.test(`a server killed at ${step} lost nothing, and its log says that it was sealed`, async () => {
    await using folder = await ServerFolder.make();
    const dying = await listenAndCrashAt(step, folder, SETTINGS);
    const id = await storeSecret(dying.url);
    await assert.rejects(call(dying.url, "POST /sys/seal"));
    assert.equal(await dying.server.ended(), 137);
    const { server, url } = await folder.listen(SETTINGS);
    await assertOpen(url, id);
    const rows = (await call(url, "GET /admin/audit-logs?action=vault_seal")).json<{ status: string }[]>();
    assert.deepEqual(rows.map(({ status }) => status), ["success"]);
    await server.stop("SIGTERM");
    assert.ok(!server.output().includes("was changed outside"));
  });
}
