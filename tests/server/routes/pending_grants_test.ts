/** `/admin/pending-grants`: sections 2.5 and 7.3 of the wire contract. */

import assert from "node:assert/strict";
import { allPages, expectError, expectOk, lastRow } from "../support/expect.ts";
import { type Harness, withHarness } from "../support/harness.ts";
import { freshPublicKey, seedAgent, seedPendingGrant } from "../support/seed.ts";

const KEYS = ["db/url", "openai_api_key"];

async function waiting(h: Harness, keys: readonly string[] = KEYS): Promise<string> {
  const known = await h.store.reader.selectFrom("agents").select("id").executeTakeFirst();
  return await seedPendingGrant(h, known?.id ?? await seedAgent(h, "bot"), keys);
}

Deno.test(
  "GET /admin/pending-grants shows who asked for what, newest first",
  withHarness(async (h) => {
    await waiting(h);
    h.clock.advance(1_000);
    const newest = await waiting(h, ["x"]);
    const rows = expectOk<Record<string, unknown>[]>(await h.admin.get("/admin/pending-grants"));
    assert.equal(rows[0]?.["id"], newest);
    const { id: _id, updated_at: _updated, fingerprint, request_sha256, ...rest } = rows[1] ?? {};
    assert.match(String(fingerprint), /^SHA256:/);
    assert.match(String(request_sha256), /^[0-9a-f]{64}$/);
    assert.deepEqual(rest, {
      approvals_so_far: [],
      agent_id: "bot",
      project_name: "app",
      namespace: "default",
      requested_keys: KEYS,
      approved_keys: [],
      status: "pending",
      requested_at: "2026-01-02 03:04:05",
      decided_at: null,
      decided_by: null,
      auto_approval_until: null,
      source_ip: "192.0.2.1",
      asked_from: { binary_sha256: null, directory: null, git_commit: null, hostname: null, os: null },
      granted_before: [],
      term: "month",
      note: null,
    });
  }),
);

Deno.test(
  "a decision that names what its approver saw is refused once the request, or the agent's key, is another",
  withHarness(async (h) => {
    const id = await waiting(h);
    const shown = async () => {
      const rows = expectOk<{ id: string; request_sha256: string }[]>(
        await h.admin.get("/admin/pending-grants"),
      );
      return rows.find((row) => row.id === id)?.request_sha256;
    };
    const seen = await shown();
    await h.ledger.commit(async ({ db }) => {
      await db.updateTable("pending_grants").set({ requested_keys: JSON.stringify([...KEYS, "more"]) })
        .where("id", "=", id).execute();
    });
    for (const verb of ["approve", "deny"]) {
      const path = `/admin/pending-grants/${id}/${verb}`;
      expectError(await h.admin.post(path, { request_sha256: seen }), 409, "grant_changed");
    }
    const again = await shown();
    await h.admin.put("/admin/agents/bot", { agent_pub: freshPublicKey() });
    expectError(
      await h.admin.post(`/admin/pending-grants/${id}/approve`, { request_sha256: again }),
      409,
      "grant_changed",
    );
    const last = { request_sha256: await shown(), term: "day", note: "for the release" };
    const answer = expectOk<Record<string, string>>(
      await h.admin.post(`/admin/pending-grants/${id}/approve`, last),
    );
    assert.equal(answer["auto_approval_until"], "2026-01-03 03:04:05");
  }),
);

Deno.test(
  "GET /admin/pending-grants tells what the agent may read in the project already, and until when",
  withHarness(async (h) => {
    const first = await waiting(h, ["a", "b"]);
    await h.admin.post(`/admin/pending-grants/${first}/approve`, { approved_keys: ["b"] });
    await waiting(h, ["a", "c"]);
    const [row] = expectOk<{ granted_before: unknown }[]>(
      await h.admin.get("/admin/pending-grants?status=pending"),
    );
    assert.deepEqual(row?.granted_before, [{ key_path: "b", until: "2026-02-01 03:04:05" }]);
  }),
);

Deno.test(
  "POST …/approve with {} approves all for 30 days",
  withHarness(async (h) => {
    const id = await waiting(h);
    assert.deepEqual(expectOk(await h.admin.post(`/admin/pending-grants/${id}/approve`, {})), {
      approved: true,
      id,
      approved_keys: KEYS,
      auto_approval_until: "2026-02-01 03:04:05",
    });
    const [row] = expectOk<Record<string, unknown>[]>(await h.admin.get("/admin/pending-grants"));
    assert.deepEqual([row?.["status"], row?.["decided_by"], row?.["decided_at"]], [
      "approved",
      "admin",
      "2026-01-02 03:04:05",
    ]);
    const entry = await lastRow(h, "pending_grant_approve");
    assert.deepEqual([entry.agent_id, entry.project_name, entry.resource_path, entry.status], [
      "bot",
      "app",
      id,
      "success",
    ]);
    assert.deepEqual(JSON.parse(entry.details ?? "")["approved_keys"], KEYS);
  }),
);

Deno.test(
  "POST …/approve approves a part, none, but nothing that was not asked for",
  withHarness(async (h) => {
    const approve = async (keys: unknown) =>
      h.admin.post(`/admin/pending-grants/${await waiting(h)}/approve`, { approved_keys: keys });
    assert.deepEqual(expectOk(await approve(["openai_api_key", "openai_api_key"]))["approved_keys"], [
      "openai_api_key",
    ]);
    assert.deepEqual(expectOk(await approve([]))["approved_keys"], []);
    expectError(await approve(["openai_api_key", "prod/root"]), 400, "request_invalid");
    expectError(await approve("openai_api_key"), 400, "request_invalid");
  }),
);

Deno.test(
  "POST …/approve needs a JSON body",
  withHarness(async (h) => {
    const id = await waiting(h);
    assert.equal((await h.admin.post(`/admin/pending-grants/${id}/approve`)).status, 415);
  }),
);

Deno.test(
  "POST …/approve A21: an approver who saw less than what is asked for now approves nothing",
  withHarness(async (h) => {
    const id = await waiting(h);
    const approve = (body: unknown) => h.admin.post(`/admin/pending-grants/${id}/approve`, body);
    const stale = await approve({ requested_keys: ["openai_api_key"] });
    expectError(stale, 409, "grant_changed");
    assert.deepEqual(stale.json()["details"], { requested_keys: KEYS });
    expectError(await approve({ updated_at: "2026-01-02 03:04:04" }), 409, "grant_changed");
    expectOk(await approve({ requested_keys: [...KEYS].reverse(), updated_at: "2026-01-02 03:04:05" }));
  }),
);

Deno.test(
  "POST …/deny denies once, and what is decided stays decided",
  withHarness(async (h) => {
    const id = await waiting(h);
    assert.deepEqual(expectOk(await h.admin.post(`/admin/pending-grants/${id}/deny`)), { denied: true, id });
    expectError(await h.admin.post(`/admin/pending-grants/${id}/deny`), 409, "grant_already_decided");
    expectError(await h.admin.post(`/admin/pending-grants/${id}/approve`, {}), 409, "grant_already_decided");
    assert.equal((await lastRow(h, "pending_grant_deny")).status, "denied");
  }),
);

Deno.test(
  "two approvers at once: one decides",
  withHarness(async (h) => {
    const id = await waiting(h);
    const answers = await Promise.all([
      h.admin.post(`/admin/pending-grants/${id}/approve`, {}),
      h.admin.post(`/admin/pending-grants/${id}/deny`),
    ]);
    assert.deepEqual(answers.map((answer) => answer.status).sort(), [200, 409]);
  }),
);

Deno.test(
  "DELETE /admin/pending-grants/:id forgets a request in any state",
  withHarness(async (h) => {
    for (const decide of ["approve", "deny", undefined]) {
      const id = await waiting(h);
      if (decide !== undefined) await h.admin.post(`/admin/pending-grants/${id}/${decide}`, {});
      assert.deepEqual(expectOk(await h.admin.delete(`/admin/pending-grants/${id}`)), { deleted: true, id });
      expectError(await h.admin.delete(`/admin/pending-grants/${id}`), 404, "grant_not_found");
    }
  }),
);

Deno.test(
  "an unknown request is a 404",
  withHarness(async (h) => {
    expectError(await h.admin.post("/admin/pending-grants/x/approve", {}), 404, "grant_not_found");
    expectError(await h.admin.post("/admin/pending-grants/x/deny"), 404, "grant_not_found");
  }),
);

Deno.test(
  "GET /admin/pending-grants filters by status and pages",
  withHarness(async (h) => {
    const ids: string[] = [];
    for (let count = 0; count < 5; count++) {
      ids.unshift(await waiting(h));
      h.clock.advance(1_000);
    }
    await h.admin.post(`/admin/pending-grants/${ids[2]}/approve`, {});
    const rows = await allPages<{ id: string }>(h, "/admin/pending-grants?status=pending&limit=2");
    assert.deepEqual(rows.map((row) => row.id), ids.filter((_, index) => index !== 2));
    expectError(await h.admin.get("/admin/pending-grants?status=maybe"), 400, "request_invalid");
  }),
);
