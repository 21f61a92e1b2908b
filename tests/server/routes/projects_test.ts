/** `/admin/projects` and grants: section 2.5 of the wire contract and the faults of its predecessor. */

import assert from "node:assert/strict";
import { DAY } from "../../../shared/clock.ts";
import { allPages, expectError, expectOk, lastRow } from "../support/expect.ts";
import { type Harness, withHarness } from "../support/harness.ts";
import { seedAgent, seedPendingGrant, seedProject, seedSecret } from "../support/seed.ts";

async function listed(h: Harness): Promise<Record<string, unknown> | undefined> {
  return expectOk<Record<string, unknown>[]>(await h.admin.get("/admin/projects"))[0];
}

function tokenRow(h: Harness, id: string) {
  return h.store.reader.selectFrom("project_tokens").selectAll().where("id", "=", id).executeTakeFirst();
}

Deno.test(
  "GET /admin/projects shows owner, mappings, scope and the state of the newest token",
  withHarness(async (h) => {
    await seedProject(h, await seedAgent(h, "bot"), "my app");
    const row = await listed(h);
    assert.deepEqual(
      [row?.["project_name"], row?.["agent_id"], row?.["namespace"], row?.["token_status"]],
      ["my app", "bot", "default", "active"],
    );
    assert.deepEqual(row?.["env_mappings"], { OPENAI_API_KEY: "openai_api_key" });
    assert.deepEqual(row?.["scope"], ["openai_api_key"]);
    assert.equal(row?.["token_expires_at"], "2026-01-16 03:04:05");
    assert.equal(row?.["token_revoked_at"], null);
    h.clock.advance(14 * DAY);
    assert.equal((await listed(h))?.["token_status"], "expired");
  }),
);

Deno.test(
  "POST /admin/projects/:name/revoke B6: ends every token, once",
  withHarness(async (h) => {
    const { tokenId } = await seedProject(h, await seedAgent(h, "bot"), "my app");
    const first = expectOk(await h.admin.post("/admin/projects/my%20app/revoke"));
    assert.deepEqual(first, { revoked: true, project_name: "my app" });
    const second = expectOk(await h.admin.post("/admin/projects/my%20app/revoke"));
    assert.deepEqual(second, { revoked: true, project_name: "my app", already_revoked: true });
    assert.equal((await tokenRow(h, tokenId))?.revoked_at, h.clock.now());
    assert.equal((await listed(h))?.["token_status"], "revoked");
    expectError(await h.admin.post("/admin/projects/nothing/revoke"), 404, "project_not_found");
    const row = await lastRow(h, "revoke_project_token");
    assert.deepEqual([row.project_name, row.resource_path], ["my app", "my app"]);
  }),
);

Deno.test(
  "a project name that two namespaces hold has to be told apart",
  withHarness(async (h) => {
    await seedProject(h, await seedAgent(h, "bot"), "app");
    await seedProject(h, await seedAgent(h, "bot", "staging"), "app", "staging");
    expectError(await h.admin.post("/admin/projects/app/revoke"), 409, "project_ambiguous");
    expectOk(await h.admin.post("/admin/projects/app/revoke?namespace=staging"));
    const rows = expectOk<Record<string, unknown>[]>(await h.admin.get("/admin/projects"));
    assert.deepEqual(rows.map((row) => [row["namespace"], row["token_status"]]).sort(), [
      ["default", "active"],
      ["staging", "revoked"],
    ]);
  }),
);

Deno.test(
  "freeze and unfreeze stop a project until a person lifts it",
  withHarness(async (h) => {
    await seedProject(h, await seedAgent(h, "bot"), "app");
    const frozen = expectOk(await h.admin.post("/admin/projects/app/freeze", { reason: "leak" }));
    assert.deepEqual(frozen, { frozen: true, project_name: "app", already_frozen: false });
    assert.equal((await listed(h))?.["frozen_reason"], "leak");
    assert.equal(expectOk(await h.admin.post("/admin/projects/app/freeze", {}))["already_frozen"], true);
    assert.equal(expectOk(await h.admin.post("/admin/projects/app/unfreeze"))["was_frozen"], true);
    assert.equal((await listed(h))?.["frozen_at"], null);
  }),
);

Deno.test(
  "POST /admin/projects/:name/rebind B20: gives a project to another agent and ends the old tokens",
  withHarness(async (h) => {
    const { tokenId } = await seedProject(h, await seedAgent(h, "squatter"), "app");
    await seedAgent(h, "rightful");
    await seedAgent(h, "elsewhere", "staging");
    const answer = expectOk(await h.admin.post("/admin/projects/app/rebind", { agent_id: "rightful" }));
    assert.deepEqual(answer, { rebound: true, project_name: "app", agent_id: "rightful" });
    assert.equal((await listed(h))?.["agent_id"], "rightful");
    assert.equal((await tokenRow(h, tokenId))?.revoked_reason, "rebound");
    expectError(
      await h.admin.post("/admin/projects/app/rebind", { agent_id: "elsewhere" }),
      404,
      "agent_not_found",
    );
    expectError(await h.admin.post("/admin/projects/app/rebind", {}), 400, "request_invalid");
  }),
);

Deno.test(
  "DELETE /admin/projects/:name A11: the project goes with its tokens, grants and approvals",
  withHarness(async (h) => {
    const agent = await seedAgent(h, "bot");
    await seedProject(h, agent, "app");
    await seedPendingGrant(h, agent, ["a"], "app");
    await h.admin.post("/admin/projects/app/grants", { secret_id: await seedSecret(h, "a") });
    const answer = expectOk(await h.admin.delete("/admin/projects/app"));
    assert.deepEqual(answer, {
      deleted: true,
      project_name: "app",
      tokens_deleted: 1,
      grants_deleted: 1,
      pending_grants_deleted: 1,
      command_grants_deleted: 0,
    });
    assert.deepEqual(expectOk(await h.admin.get("/admin/projects/app/grants")), []);
    expectError(await h.admin.delete("/admin/projects/app"), 404, "project_not_found");
  }),
);

Deno.test(
  "GET /admin/projects pages",
  withHarness(async (h) => {
    const agent = await seedAgent(h, "bot");
    for (const name of ["c", "a", "b"]) {
      await seedProject(h, agent, name);
      h.clock.advance(1_000);
    }
    const rows = await allPages<{ project_name: string }>(h, "/admin/projects?limit=2");
    assert.deepEqual(rows.map((row) => row.project_name), ["c", "a", "b"]);
  }),
);

Deno.test(
  "POST /admin/projects/:name/grants grants a secret to a project that need not exist",
  withHarness(async (h) => {
    const secret_id = await seedSecret(h, "prod/openai_api_key");
    const created = expectOk(await h.admin.post("/admin/projects/my%20app/grants", { secret_id }), 201);
    assert.deepEqual({ ...created, id: "" }, {
      id: "",
      project_name: "my app",
      namespace: "default",
      secret_id,
      secret_key_path: "prod/openai_api_key",
      secret_type: "KEY_VALUE",
      env_var_name: null,
      effective_name: "OPENAI_API_KEY",
      delivery: "env",
      read_once: false,
      bound: false,
    });
    const row = await lastRow(h, "create_project_grant");
    assert.deepEqual([row.project_name, row.resource_path], ["my app", "prod/openai_api_key"]);
  }),
);

Deno.test(
  "GET /admin/projects/:name/grants A23: gives the real secret id, newest first, and never a 404",
  withHarness(async (h) => {
    const [a, b] = [await seedSecret(h, "a/key"), await seedSecret(h, "b")];
    await h.admin.post("/admin/projects/app/grants", { secret_id: a });
    h.clock.advance(1_000);
    await h.admin.post("/admin/projects/app/grants", { secret_id: b, env_var_name: "Other" });
    const rows = expectOk<Record<string, unknown>[]>(await h.admin.get("/admin/projects/app/grants"));
    assert.deepEqual(rows.map((row) => [row["secret_id"], row["secret_key_path"], row["env_var_name"]]), [
      [b, "b", "Other"],
      [a, "a/key", "KEY"],
    ]);
    assert.deepEqual(Object.keys(rows[0] ?? {}), [
      "id",
      "project_name",
      "secret_id",
      "secret_key_path",
      "secret_namespace",
      "secret_type",
      "env_var_name",
      "delivery",
      "read_once",
      "bound",
      "granted_by",
      "granted_at",
    ]);
    assert.equal(rows[0]?.["granted_by"], "admin");
    assert.deepEqual(expectOk(await h.admin.get("/admin/projects/unknown/grants")), []);
  }),
);

Deno.test(
  "POST /admin/projects/:name/grants C10: one name means one secret, one secret may have two names",
  withHarness(async (h) => {
    const [a, b] = [await seedSecret(h, "x/key"), await seedSecret(h, "y/key")];
    const grant = (body: unknown) => h.admin.post("/admin/projects/app/grants", body);
    expectOk(await grant({ secret_id: a }), 201);
    expectError(await grant({ secret_id: a }), 409, "grant_exists");
    expectError(await grant({ secret_id: b }), 409, "grant_name_taken");
    expectError(await grant({ secret_id: b, env_var_name: "key" }), 409, "grant_name_taken");
    expectOk(await grant({ secret_id: b, env_var_name: "OTHER_KEY" }), 201);
    expectOk(await grant({ secret_id: a, env_var_name: "ALSO_KEY" }), 201);
    expectOk(await h.admin.post("/admin/projects/app2/grants", { secret_id: b }), 201);
  }),
);

Deno.test(
  "POST /admin/projects/:name/grants refuses an unknown secret, a name that is none and a project that is none",
  withHarness(async (h) => {
    const secret_id = await seedSecret(h, "a");
    expectError(
      await h.admin.post("/admin/projects/app/grants", { secret_id: "x" }),
      404,
      "secret_not_found",
    );
    for (const env_var_name of ["1A", "A-B", "A=B", "Ä"]) {
      expectError(
        await h.admin.post("/admin/projects/app/grants", { secret_id, env_var_name }),
        400,
        "request_invalid",
      );
    }
    for (const name of ["%20app", "a%0Ab", "a%2Fb", "%7F", "x".repeat(129)]) {
      expectError(
        await h.admin.post(`/admin/projects/${name}/grants`, { secret_id }),
        400,
        "request_invalid",
      );
    }
  }),
);

Deno.test(
  "DELETE /admin/projects/:name/grants/:grant_id takes back a grant of that project only",
  withHarness(async (h) => {
    const secret_id = await seedSecret(h, "a");
    const { id } = expectOk(await h.admin.post("/admin/projects/app/grants", { secret_id }), 201);
    expectError(await h.admin.delete(`/admin/projects/other/grants/${id}`), 404, "grant_not_found");
    assert.deepEqual(expectOk(await h.admin.delete(`/admin/projects/app/grants/${id}`)), {
      deleted: true,
      id,
    });
    expectError(await h.admin.delete(`/admin/projects/app/grants/${id}`), 404, "grant_not_found");
    const row = await lastRow(h, "delete_project_grant");
    assert.deepEqual([row.project_name, row.resource_path], ["app", id]);
  }),
);

Deno.test(
  "project names in an address are percent-decoded once",
  withHarness(async (h) => {
    const secret_id = await seedSecret(h, "a");
    for (const name of ["100%", "%41", "a%25b", "\u65e5\u672c", "a?b#c", "a+b c", ";x=1", "a\\b"]) {
      const answer = await h.admin.post(`/admin/projects/${encodeURIComponent(name)}/grants`, { secret_id });
      assert.equal(expectOk(answer, 201)["project_name"], name);
    }
  }),
);

Deno.test(
  "names B1: HTML in a project name is data in JSON, typed as such, and control characters are refused",
  withHarness(async (h) => {
    const name = `<img src=x onerror="alert(1)">&'`;
    await seedProject(h, await seedAgent(h, "bot"), name);
    const answer = await h.admin.get("/admin/projects");
    assert.equal(expectOk<Record<string, unknown>[]>(answer)[0]?.["project_name"], name);
    assert.equal(answer.headers.get("Content-Type"), "application/json");
    assert.equal(answer.headers.get("X-Content-Type-Options"), "nosniff");
    expectOk(await h.admin.post(`/admin/projects/${encodeURIComponent(name)}/revoke`));
  }),
);
