/** `/admin/policies`: section 2.5 of the wire contract. */

import assert from "node:assert/strict";
import { allPages, expectError, expectOk, lastRow } from "../support/expect.ts";
import { withHarness } from "../support/harness.ts";

const policy = (policy_name: string, more = {}) => ({
  policy_name,
  agent_pattern: "ci-*",
  allowed_paths: ["prod/*"],
  ...more,
});

Deno.test(
  "POST /admin/policies adds a policy and GET lists it whole",
  withHarness(async (h) => {
    const created = expectOk(
      await h.admin.post("/admin/policies", policy("ci", { denied_paths: ["prod/root"] })),
      201,
    );
    assert.deepEqual(Object.keys(created), ["id", "policy_name"]);
    assert.deepEqual(expectOk(await h.admin.get("/admin/policies")), [{
      id: created["id"],
      policy_name: "ci",
      agent_pattern: "ci-*",
      allowed_paths: ["prod/*"],
      denied_paths: ["prod/root"],
      on_leak: "notify",
      allow_unredacted: false,
      created_at: "2026-01-02 03:04:05",
    }]);
  }),
);

Deno.test(
  "POST /admin/policies: allowed_paths may be empty, but not left out",
  withHarness(async (h) => {
    expectOk(
      await h.admin.post("/admin/policies", policy("a", { allowed_paths: [], denied_paths: null })),
      201,
    );
    for (
      const bad of [{ allowed_paths: null }, { allowed_paths: "x" }, { agent_pattern: "" }, {
        policy_name: "a\u0000",
      }]
    ) {
      expectError(await h.admin.post("/admin/policies", policy("b", bad)), 400, "request_invalid");
    }
  }),
);

Deno.test(
  "POST and PUT /admin/policies refuse a name that is taken",
  withHarness(async (h) => {
    expectOk(await h.admin.post("/admin/policies", policy("a")), 201);
    expectError(await h.admin.post("/admin/policies", policy("a")), 409, "policy_exists");
    const { id } = expectOk(await h.admin.post("/admin/policies", policy("b")), 201);
    expectError(await h.admin.put(`/admin/policies/${id}`, { policy_name: "a" }), 409, "policy_exists");
  }),
);

Deno.test(
  "PUT /admin/policies/:id C10: changes what is sent and keeps the rest",
  withHarness(async (h) => {
    const { id } = expectOk(await h.admin.post("/admin/policies", policy("a", { denied_paths: ["x"] })), 201);
    expectOk(await h.admin.put(`/admin/policies/${id}`, { allowed_paths: ["dev/*"], agent_pattern: null }));
    const [row] = expectOk<Record<string, unknown>[]>(await h.admin.get("/admin/policies"));
    assert.deepEqual([row?.["allowed_paths"], row?.["denied_paths"], row?.["agent_pattern"]], [["dev/*"], [
      "x",
    ], "ci-*"]);
    assert.deepEqual(expectOk(await h.admin.put(`/admin/policies/${id}`, {})), { updated: true, id });
  }),
);

Deno.test(
  "an unknown policy is a 404",
  withHarness(async (h) => {
    expectError(await h.admin.put("/admin/policies/x", {}), 404, "policy_not_found");
    expectError(await h.admin.delete("/admin/policies/x"), 404, "policy_not_found");
  }),
);

Deno.test(
  "DELETE /admin/policies/:id deletes, and the log has every step with what the policy said",
  withHarness(async (h) => {
    const { id } = expectOk(await h.admin.post("/admin/policies", policy("a")), 201);
    assert.deepEqual(expectOk(await h.admin.delete(`/admin/policies/${id}`)), { deleted: true });
    const made = await lastRow(h, "create_policy");
    assert.equal(made.resource_path, "a");
    assert.deepEqual(JSON.parse(made.details ?? "")["allowed_paths"], ["prod/*"]);
    assert.equal((await lastRow(h, "delete_policy")).resource_path, id);
  }),
);

Deno.test(
  "GET /admin/policies pages",
  withHarness(async (h) => {
    for (const name of ["c", "a", "b"]) {
      await h.admin.post("/admin/policies", policy(name));
      h.clock.advance(1_000);
    }
    const rows = await allPages<{ policy_name: string }>(h, "/admin/policies?limit=1");
    assert.deepEqual(rows.map((row) => row.policy_name), ["c", "a", "b"]);
  }),
);
