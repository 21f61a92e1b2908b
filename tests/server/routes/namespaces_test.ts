/** `/admin/namespaces`: section 2.5 of the wire contract. */

import assert from "node:assert/strict";
import { allPages, expectError, expectOk, lastRow } from "../support/expect.ts";
import { withHarness } from "../support/harness.ts";
import { seedAgent, seedPendingGrant, seedProject, seedSecret } from "../support/seed.ts";

Deno.test(
  "GET /admin/namespaces has 'default' from the start",
  withHarness(async (h) => {
    const [row, ...rest] = expectOk<Record<string, unknown>[]>(await h.admin.get("/admin/namespaces"));
    assert.deepEqual([row?.["name"], row?.["description"], rest.length], ["default", null, 0]);
    assert.match(String(row?.["created_at"]), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
  }),
);

Deno.test(
  "POST /admin/namespaces trims the name and adds it",
  withHarness(async (h) => {
    const answer = expectOk(
      await h.admin.post("/admin/namespaces", { name: " staging ", description: "pre-prod" }),
      201,
    );
    assert.deepEqual(answer, { name: "staging", description: "pre-prod" });
    expectError(await h.admin.post("/admin/namespaces", { name: "staging" }), 409, "namespace_exists");
    expectError(await h.admin.post("/admin/namespaces", { name: "default" }), 409, "namespace_exists");
  }),
);

Deno.test(
  "POST /admin/namespaces refuses a name that is none",
  withHarness(async (h) => {
    for (const name of ["", "   ", "Prod", "-a", "a b", "a/b", "<b>", "x".repeat(64)]) {
      expectError(await h.admin.post("/admin/namespaces", { name }), 400, "request_invalid");
    }
  }),
);

Deno.test(
  "DELETE /admin/namespaces/:name deletes an unused one, and 'default' never",
  withHarness(async (h) => {
    await h.admin.post("/admin/namespaces", { name: "old" });
    assert.deepEqual(expectOk(await h.admin.delete("/admin/namespaces/old")), { deleted: true, name: "old" });
    expectError(await h.admin.delete("/admin/namespaces/old"), 404, "namespace_not_found");
    expectError(await h.admin.delete("/admin/namespaces/default"), 400, "namespace_protected");
    assert.equal((await lastRow(h, "delete_namespace")).resource_path, "old");
  }),
);

Deno.test(
  "DELETE /admin/namespaces/:name names what uses it, and deletes nothing",
  withHarness(async (h) => {
    const secret = await seedSecret(h, "a", { namespace: "busy" });
    await seedSecret(h, "b", { namespace: "busy" });
    const agent = await seedAgent(h, "bot", "busy");
    await seedProject(h, agent, "app", "busy");
    await h.admin.post("/admin/projects/app/grants", { secret_id: secret });
    const answer = await h.admin.delete("/admin/namespaces/busy");
    expectError(answer, 409, "namespace_in_use");
    assert.deepEqual(answer.json()["details"], { secrets: 2, agents: 1, projects: 1, project_grants: 1 });
    assert.match(String(answer.json()["error"]), /2 secrets, 1 agents, 1 projects, 1 project grants/);
  }),
);

Deno.test(
  "DELETE /admin/namespaces/:name: no role outlives its namespace and counts in the next of its name",
  withHarness(async (h) => {
    await h.admin.post("/admin/namespaces", { name: "billing" });
    const roles = [{ role: "auditor", namespaces: ["billing", "default"] }];
    const invited = await h.admin.post("/admin/people", { email: "eve@example.com", roles });
    const { person: { id } } = expectOk<{ person: { id: string } }>(invited, 201);
    const answer = await h.admin.delete("/admin/namespaces/billing");
    expectError(answer, 409, "namespace_in_use");
    assert.deepEqual(answer.json()["details"], { people: 1 });
    expectOk(
      await h.admin.put(`/admin/people/${id}`, { roles: [{ role: "auditor", namespaces: ["default"] }] }),
    );
    expectOk(await h.admin.delete("/admin/namespaces/billing"));
  }),
);

Deno.test(
  "DELETE /admin/namespaces/:name: a request that waits in 'default' keeps no other namespace alive",
  withHarness(async (h) => {
    await h.admin.post("/admin/namespaces", { name: "free" });
    await seedPendingGrant(h, await seedAgent(h, "bot"), ["a"]);
    expectOk(await h.admin.delete("/admin/namespaces/free"));
  }),
);

Deno.test(
  "GET /admin/namespaces is by name and pages",
  withHarness(async (h) => {
    for (const name of ["zeta", "alpha", "mid"]) await h.admin.post("/admin/namespaces", { name });
    const rows = await allPages<{ name: string }>(h, "/admin/namespaces?limit=2");
    assert.deepEqual(rows.map((row) => row.name), ["alpha", "default", "mid", "zeta"]);
  }),
);
