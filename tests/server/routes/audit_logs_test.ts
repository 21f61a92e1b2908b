/** `/admin/audit-logs`: section 2.5 of the wire contract, with our filters. */

import assert from "node:assert/strict";
import { allPages, expectError, expectOk } from "../support/expect.ts";
import { type Harness, withHarness } from "../support/harness.ts";
import { seedAgent, seedSecret } from "../support/seed.ts";

type Row = Record<string, unknown>;

async function find(h: Harness, query: string): Promise<Row[]> {
  return expectOk<Row[]>(await h.admin.get(`/admin/audit-logs?${query}`));
}

const actions = (rows: Row[]) => rows.map((row) => row["action"]);

Deno.test(
  "GET /admin/audit-logs?key_path= finds what was done to a secret, and what names it among others",
  withHarness(async (h) => {
    const [id] = [await seedSecret(h, "prod/key"), await seedSecret(h, "prod/key_of_another")];
    await h.admin.post("/admin/projects/app/grants", { secret_id: id });
    await h.ledger.commit((tx) =>
      tx.audit({
        principal: "agent:bot",
        action: "get_secrets",
        status: "success",
        resourcePath: "app",
        details: { keys: ["a", "prod/key"] },
        origin: { requestId: null, sourceIp: null, caller: {} },
      })
    );
    const found = await find(h, "key_path=prod/key");
    assert.deepEqual(actions(found), ["get_secrets", "create_project_grant", "create_secret"]);
    assert.deepEqual(await find(h, "key_path=rod/ke"), []);
    assert.deepEqual(await find(h, "key_path=%25"), []);
  }),
);

Deno.test(
  "GET /admin/audit-logs?looks=no leaves out what was only looked at, and neither values nor refusals",
  withHarness(async (h) => {
    const id = await seedSecret(h, "a");
    await h.admin.get(`/admin/secrets/${id}`);
    await h.admin.get("/admin/secrets");
    await h.stranger.get("/admin/secrets");
    const all = actions(await find(h, ""));
    const kept = await find(h, "looks=no");
    assert.deepEqual(all.slice(0, 2).sort(), ["list_secrets", "list_secrets"]);
    assert.deepEqual(actions(kept).slice(0, 3), ["list_secrets", "read_secret", "create_secret"]);
    assert.match(String(kept[0]?.["status"]), /^denied/);
    expectError(await h.admin.get("/admin/audit-logs?looks=maybe"), 400, "request_invalid");
  }),
);

Deno.test(
  "GET /admin/audit-logs gives all fields of the contract and ours, newest first",
  withHarness(async (h) => {
    const id = await seedSecret(h, "a");
    await h.admin.get(`/admin/secrets/${id}`, {
      headers: {
        "X-Cortex-Caller-Pid": "42",
        "X-Cortex-Caller-Cwd": "/srv",
        "X-Cortex-Caller-Git-Commit": "caf\u00e9",
        "X-Cortex-Os": "linux/x86_64",
      },
    });
    const [row, older] = await find(h, "");
    assert.deepEqual(Object.keys(row ?? {}).sort(), [
      "action",
      "agent_id",
      "caller_argv_hash",
      "caller_binary_sha256",
      "caller_cwd",
      "caller_git_commit",
      "caller_pid",
      "details",
      "entry_mac",
      "hostname",
      "id",
      "namespace",
      "os",
      "prev_hash",
      "principal",
      "project_name",
      "request_id",
      "resource_path",
      "seq",
      "source_ip",
      "status",
      "timestamp",
    ]);
    assert.deepEqual(
      [row?.["action"], row?.["caller_pid"], row?.["caller_cwd"], row?.["caller_git_commit"], row?.["os"]],
      ["read_secret", 42, "/srv", null, "linux/x86_64"],
    );
    assert.equal(row?.["timestamp"], "2026-01-02 03:04:05");
    assert.equal(row?.["prev_hash"], older?.["entry_mac"]);
    assert.match(String(row?.["entry_mac"]), /^[0-9a-f]{64}$/);
  }),
);

Deno.test(
  "GET /admin/audit-logs filters by each of its columns",
  withHarness(async (h) => {
    await seedAgent(h, "bot");
    await h.admin.post("/admin/projects/app/grants", { secret_id: await seedSecret(h, "a") });
    const refused = await h.stranger.get("/admin/secrets");
    assert.deepEqual(actions(await find(h, "agent_id=bot")), ["create_agent"]);
    assert.deepEqual(actions(await find(h, "project=app")), ["create_project_grant"]);
    assert.deepEqual(actions(await find(h, "action=create_secret")), ["create_secret"]);
    assert.deepEqual(actions(await find(h, "status=denied")), ["list_secrets"]);
    assert.deepEqual(actions(await find(h, "status=denied:auth_required")), ["list_secrets"]);
    assert.deepEqual(actions(await find(h, "status=den")), []);
    assert.deepEqual(actions(await find(h, "principal=anonymous")), ["list_secrets"]);
    assert.deepEqual(actions(await find(h, `request_id=${refused.headers.get("X-Request-Id")}`)), [
      "list_secrets",
    ]);
    assert.deepEqual(actions(await find(h, "action=create_secret&agent_id=bot")), []);
    assert.deepEqual(actions(await find(h, "status=%25")), [], "no wildcard");
  }),
);

Deno.test(
  "GET /admin/audit-logs filters by time, from and until",
  withHarness(async (h) => {
    await seedSecret(h, "a");
    h.clock.advance(60_000);
    await seedSecret(h, "b");
    const paths = async (query: string) =>
      (await find(h, `action=create_secret&${query}`)).map((row) => row["resource_path"]);
    assert.deepEqual(await paths("since=2026-01-02 03:05:05"), ["b"]);
    assert.deepEqual(await paths("until=2026-01-02T03:05:05Z"), ["a"]);
    assert.deepEqual(await paths("since=2026-01-02 03:04:05&until=2026-01-02 03:05:06"), ["b", "a"]);
    expectError(await h.admin.get("/admin/audit-logs?since=yesterday"), 400, "request_invalid");
  }),
);

Deno.test(
  "GET /admin/audit-logs pages without gaps although each look adds a row",
  withHarness(async (h) => {
    for (let count = 0; count < 10; count++) await seedSecret(h, `s/${count}`);
    const rows = await allPages<Row>(h, "/admin/audit-logs?limit=4&action=create_secret");
    assert.deepEqual(
      rows.map((row) => row["resource_path"]),
      [9, 8, 7, 6, 5, 4, 3, 2, 1, 0].map((count) => `s/${count}`),
    );
  }),
);

Deno.test(
  "GET /admin/audit-logs/:id gives one row, and 404 for none",
  withHarness(async (h) => {
    await seedSecret(h, "a");
    const [row] = await find(h, "action=create_secret");
    assert.deepEqual(expectOk(await h.admin.get(`/admin/audit-logs/${row?.["id"]}`)), row);
    expectError(await h.admin.get("/admin/audit-logs/x"), 404, "audit_not_found");
  }),
);
