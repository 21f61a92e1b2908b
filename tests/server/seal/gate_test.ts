/** The gate over a real application in this process: every key that was ever stored is looked at after sealing. */

import assert from "node:assert/strict";
import { type AppDeps, createApp } from "../../../server/app.ts";
import { SigningKeys } from "../../../server/identity/signing_keys.ts";
import { ClientAddress } from "../../../server/middleware/client_address.ts";
import { SealGate } from "../../../server/seal/gate.ts";
import { Unsealer } from "../../../server/seal/unsealer.ts";
import { openStore, type Store } from "../../../server/store/store.ts";
import type { Writer } from "../../../server/store/writer.ts";
import { unseal, type Unsealed } from "../../../server/vault/seal.ts";
import { type KeyStorage, storedKey } from "../../../shared/crypto/key_storage.ts";
import { wipe } from "../../../shared/crypto/wipe.ts";
import { instantKdf, ManualClock, TEST_PASSWORD, TINY_KDF } from "../support/vault_fixture.ts";

const ADMIN_TOKEN = "admin-token-of-the-gate-test";
const INFO = { remoteAddr: { hostname: "192.0.2.9" } };

/** Remembers every key that was ever stored. */
function watchedStorage(): KeyStorage & { readonly keys: Uint8Array[] } {
  const keys: Uint8Array[] = [];
  const store = (bytes: Uint8Array) => {
    const own = bytes.slice();
    wipe(bytes);
    keys.push(own);
    return storedKey(own, () => wipe(own));
  };
  return { keys, protection: "watched", store };
}

interface Faults {
  /** The application cannot be built. */
  build: boolean;
  /** Commits fail, as on a full disk. */
  commit: boolean;
}

interface Scene {
  readonly gate: SealGate;
  readonly keys: readonly Uint8Array[];
  readonly clock: ManualClock;
  readonly faults: Faults;
  send(route: string, body?: BodyInit): Promise<Response>;
}

function failingWriter(real: Writer, faults: Faults): Writer {
  return new Proxy(real, {
    get(target, name) {
      if (name === "commit" && faults.commit) return () => Promise.reject(new Error("a fault of the test"));
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

async function withGate(test: (scene: Scene) => Promise<void>): Promise<void> {
  const clock = new ManualClock();
  const real = await openStore(":memory:", clock);
  const faults: Faults = { build: false, commit: false };
  const store: Store = { ...real, writer: failingWriter(real.writer, faults) };
  const storage = watchedStorage();
  const open = { storage, clock };
  const log = { warn: () => {}, error: () => {} };
  const build = async ({ ledger, vault, keys }: Unsealed, beginSeal: () => void) => {
    if (faults.build) throw new Error("a fault of the test");
    const config: AppDeps["config"] = { trustedProxies: [], dashboardOrigins: [], requireAttestation: true };
    const signingKeys = new SigningKeys(keys.signing);
    const adminToken = { verify: (text: string) => text === ADMIN_TOKEN };
    const parts = { store, ledger, vault, signingKeys, clock, derive: instantKdf };
    return createApp({ ...parts, config, adminToken, log, beginSeal });
  };
  const gate = new SealGate({
    unsealer: new Unsealer({ store, clock, derive: instantKdf, open }),
    addresses: new ClientAddress([]),
    log,
    build,
    testOnlyLastRequestsMs: 20,
  });
  const password = { password: TEST_PASSWORD, kdf: TINY_KDF, derive: instantKdf };
  await gate.admit(await unseal(store, { ...open, ...password }));
  const send = async (route: string, body?: BodyInit) => {
    const [method = "GET", path = "/"] = route.split(" ");
    const headers = { "X-Admin-Token": ADMIN_TOKEN, "Content-Type": "application/json" };
    const init = body === undefined ? { method, headers } : { method, headers, body };
    return await gate.fetch(new Request(`http://vault.test${path}`, init), INFO);
  };
  try {
    await test({ gate, keys: storage.keys, clock, faults, send });
  } finally {
    await gate.stop();
    await store.close();
  }
}

const isZero = (key: Uint8Array) => key.every((byte) => byte === 0);
const json = async (answer: Response) => await answer.json();
const UNSEAL = JSON.stringify({ password: TEST_PASSWORD });

Deno.test("B27: when the answer to POST /sys/seal leaves, no key of the vault is in memory any more", () =>
  withGate(async ({ keys, send }) => {
    await send(
      "POST /admin/secrets",
      JSON.stringify({ key_path: "a", secret_type: "KEY_VALUE", value: "v" }),
    );
    assert.ok(keys.some((key) => !isZero(key)));
    assert.equal((await send("POST /sys/seal")).status, 200);
    assert.ok(keys.length >= 4 && keys.every(isZero));
    assert.deepEqual(await json(await send("POST /sys/unseal", UNSEAL)), { sealed: false, shares: null });
    assert.ok(keys.some((key) => !isZero(key)));
  }));

Deno.test("a request that outlasts the seal fails closed, and leaves nothing behind", () =>
  withGate(async ({ keys, send }) => {
    const body = new TransformStream<Uint8Array, Uint8Array>();
    const late = send("POST /admin/secrets", body.readable);
    await send("POST /sys/seal");
    assert.ok(keys.every(isZero));
    const writer = body.writable.getWriter();
    const secret = { key_path: "late", secret_type: "KEY_VALUE", value: "value-that-is-late" };
    await writer.write(new TextEncoder().encode(JSON.stringify(secret)));
    await writer.close();
    const answer = await late;
    assert.deepEqual([answer.status, (await json(answer)).error_code], [503, "server_sealed"]);
    await send("POST /sys/unseal", UNSEAL);
    assert.deepEqual(await json(await send("GET /admin/secrets")), []);
  }));

Deno.test("while one attempt to unseal runs another is told to wait, and the vault opens once", () =>
  withGate(async ({ gate, send }) => {
    await send("POST /sys/seal");
    const answers = await Promise.all([1, 2, 3].map(() => send("POST /sys/unseal", UNSEAL)));
    assert.deepEqual(answers.map(({ status }) => status).toSorted(), [200, 503, 503]);
    for (const answer of answers) await answer.body?.cancel();
    assert.equal(gate.status.sealed, false);
  }));

Deno.test("attempts are throttled by address and become rows with the unsealing", () =>
  withGate(async ({ clock, send }) => {
    await send("POST /sys/seal");
    const guess = JSON.stringify({ password: "a guess" });
    for (let at = 0; at < 6; at++) assert.equal((await send("POST /sys/unseal", guess)).status, 403);
    const refused = await send("POST /sys/unseal", UNSEAL);
    assert.deepEqual([refused.status, refused.headers.get("Retry-After")], [429, "1"]);
    clock.advance(1_000);
    assert.equal((await send("POST /sys/unseal", UNSEAL)).status, 200);
    const rows = await json(await send("GET /admin/audit-logs?action=vault_unseal"));
    assert.deepEqual(
      rows.map(({ status, details }: Record<string, unknown>) => [status, details]),
      [["success", null], ["denied:auth_password_wrong", { attempts: 6 }]],
    );
  }));

Deno.test("nobody can start over so often that others never get their shares together", () =>
  withGate(async ({ send }) => {
    await send("POST /sys/seal");
    const reset = () => send("POST /sys/unseal", JSON.stringify({ reset: true }));
    for (let at = 0; at < 6; at++) assert.equal((await reset()).status, 200);
    assert.equal((await reset()).status, 429);
  }));

Deno.test("B27: a seal whose row cannot be written takes the keys all the same", () =>
  withGate(async ({ keys, faults, send }) => {
    faults.commit = true;
    const answer = await send("POST /sys/seal");
    assert.deepEqual([answer.status, (await json(answer)).error_code], [503, "server_sealed"]);
    assert.ok(keys.every(isZero));
    faults.commit = false;
    assert.deepEqual(await json(await send("POST /sys/unseal", UNSEAL)), { sealed: false, shares: null });
  }));

Deno.test("an unsealing that cannot be recorded, or not be served, leaves the vault sealed and no key behind", () =>
  withGate(async ({ gate, keys, faults, send }) => {
    await send("POST /sys/seal");
    const fails = async () => {
      const answer = await send("POST /sys/unseal", UNSEAL);
      await answer.body?.cancel();
      assert.ok(answer.status >= 500);
      assert.equal(gate.status.sealed, true);
      assert.ok(keys.every(isZero));
    };
    faults.commit = true;
    await fails();
    faults.commit = false;
    faults.build = true;
    await fails();
    faults.build = false;
    assert.deepEqual(await json(await send("POST /sys/unseal", UNSEAL)), { sealed: false, shares: null });
  }));
