import assert from "node:assert/strict";
import { type Harness, withHarness } from "../support/harness.ts";
import { expectError, expectOk, lastRow } from "../support/expect.ts";
import { approve, grantId, grantSecret, storeAndGrant, TestAgent } from "../support/test_agent.ts";

const TEMPLATE = "url={{prod/db_url}}\npw={{DB_PW}}\nalso={{prod_db_url}}\n";
const HARD = "p&w<o>r\"d'`=/+";

async function setUp(h: Harness, template = TEMPLATE) {
  const agent = await TestAgent.enrol(h);
  await storeAndGrant(h, "p", "prod/db_url", { value: HARD });
  await storeAndGrant(h, "p", "db_pw", { value: "canary-pw" });
  const conf = await storeAndGrant(h, "p", "app/conf", { secret_type: "TEMPLATE_CONFIG", value: template });
  const { project_token: token } = await agent.obtain("p", ["DB_URL", "DB_PW"]);
  return { agent, token, conf };
}

Deno.test(
  "A19: GET /project/config renders values as they are, under all three spellings",
  withHarness(async (h) => {
    const { agent, token } = await setUp(h);
    for (const app of ["app/conf", "CONF", "conf"]) {
      const answer = await agent.config("p", app, token);
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.headers.get("Content-Type"), "text/plain; charset=utf-8");
      assert.equal(answer.headers.get("Cache-Control"), "no-store");
      assert.equal(answer.text, `url=${HARD}\npw=canary-pw\nalso=${HARD}\n`);
    }
  }),
);

Deno.test(
  "GET /project/config leaves a row with the template and every key",
  withHarness(async (h) => {
    const { agent, token } = await setUp(h);
    await agent.config("p", "app/conf", token);
    const row = await lastRow(h, "get_config");
    assert.deepEqual([row.agent_id, row.project_name, row.resource_path], ["agent", "p", "app/conf"]);
    assert.deepEqual(JSON.parse(row.details ?? "{}").keys, ["app/conf", "db_pw", "prod/db_url"]);
  }),
);

Deno.test(
  "B9: a template without a grant to the project is not found, whatever the namespace holds",
  withHarness(async (h) => {
    const { agent, token, conf } = await setUp(h);
    await storeAndGrant(h, "other", "secret-layout", { secret_type: "TEMPLATE_CONFIG", value: "canary" });
    expectError(await agent.config("p", "secret-layout", token), 404, "template_not_found");
    expectOk(await h.admin.delete(`/admin/projects/p/grants/${conf.grantId}`));
    expectError(await agent.config("p", "app/conf", token), 404, "template_not_found");
  }),
);

Deno.test(
  "B8: policies hold for templates and for the values in them",
  withHarness(async (h) => {
    const { agent, token } = await setUp(h);
    const deny = (policy_name: string, path: string) =>
      h.admin.post("/admin/policies", {
        policy_name,
        agent_pattern: "agent",
        allowed_paths: [],
        denied_paths: [path],
      });
    const { id } = expectOk<{ id: string }>(await deny("values", "prod/*"), 201);
    const answer = await agent.config("p", "app/conf", token);
    expectError(answer, 422, "template_missing_name");
    assert.deepEqual(answer.json<{ details: unknown }>().details, { name: "prod/db_url" });
    expectOk(await h.admin.delete(`/admin/policies/${id}`));
    assert.equal((await agent.config("p", "app/conf", token)).status, 200);
    expectOk(await deny("template", "app/*"), 201);
    expectError(await agent.config("p", "app/conf", token), 404, "template_not_found");
  }),
);

Deno.test(
  "a template that a person has refused is not rendered",
  withHarness(async (h) => {
    const { agent, token } = await setUp(h);
    const waiting = grantId(await agent.discover("p", ["CONF"], { regenerate: true }));
    expectOk(await h.admin.post(`/admin/pending-grants/${waiting}/deny`, {}));
    expectError(await agent.config("p", "app/conf", token), 404, "template_not_found");
  }),
);

Deno.test(
  "a missing name is an error that names it",
  withHarness(async (h) => {
    const { agent, token } = await setUp(h, "{{DB_PW}} {{NOT_THERE}}");
    const answer = await agent.config("p", "app/conf", token);
    expectError(answer, 422, "template_missing_name");
    assert.deepEqual(answer.json<{ details: unknown }>().details, { name: "NOT_THERE" });
    assert.doesNotMatch(answer.text, /canary/);
  }),
);

Deno.test(
  "A19: a secret named like a helper is the secret",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    await storeAndGrant(h, "p", "log", { value: "a log level" });
    await storeAndGrant(h, "p", "c", {
      secret_type: "TEMPLATE_CONFIG",
      value: "{{log}} {{LOG}} {{len log}}",
    });
    const { project_token } = await agent.obtain("p", ["LOG"]);
    assert.equal((await agent.config("p", "c", project_token)).text, "a log level a log level 11");
  }),
);

Deno.test(
  "A18: a granted JSON_CONFIG is delivered as application/json, as it was stored",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    await storeAndGrant(h, "p", "team/settings", { secret_type: "JSON_CONFIG", value: '{ "a" : [1, 2.0] }' });
    const { project_token } = await agent.obtain("p", ["SETTINGS"]);
    for (const app of ["team/settings", "SETTINGS"]) {
      const answer = await agent.config("p", app, project_token);
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.headers.get("Content-Type"), "application/json");
      assert.equal(answer.text, '{ "a" : [1, 2.0] }');
    }
  }),
);

Deno.test(
  "a JSON_CONFIG that was not approved for the token is not delivered",
  withHarness(async (h) => {
    const { agent, token } = await setUp(h);
    await storeAndGrant(h, "p", "settings", { secret_type: "JSON_CONFIG", value: "{}" });
    expectError(await agent.config("p", "settings", token), 404, "template_not_found");
  }),
);

Deno.test(
  "a KEY_VALUE is not to be had as a configuration",
  withHarness(async (h) => {
    const { agent, token } = await setUp(h);
    expectError(await agent.config("p", "db_pw", token), 404, "template_not_found");
  }),
);

Deno.test(
  "B13: a decoy that a template would show raises the alarm, and so does a template that is one",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    await storeAndGrant(h, "p", "ok");
    await storeAndGrant(h, "p", "bait", { secret_type: "TEMPLATE_CONFIG", value: "x", is_honey_token: true });
    const { project_token } = await agent.obtain("p", ["OK"]);
    assert.equal((await agent.config("p", "bait", project_token)).status, 401);
    assert.equal((await lastRow(h, "honey_token_access")).resource_path, "bait");
    expectOk(await h.admin.post("/admin/agents/agent/unfreeze"));
    await storeAndGrant(h, "p", "decoy", { is_honey_token: true });
    await storeAndGrant(h, "p", "plain", { secret_type: "TEMPLATE_CONFIG", value: "x" });
    await approve(h, grantId(await agent.discover("p", ["OK", "DECOY"])));
    const next =
      expectOk<{ project_token: string }>(await agent.discover("p", ["OK", "DECOY"])).project_token;
    assert.equal((await agent.config("p", "plain", next)).status, 401);
    assert.equal((await lastRow(h, "honey_token_access")).resource_path, "decoy");
  }),
);

Deno.test(
  "a name whose secret is a template is rendered by its route and named as such by the other",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    const { secretId } = await storeAndGrant(h, "other", "conf", {
      secret_type: "TEMPLATE_CONFIG",
      value: "plain",
    });
    await grantSecret(h, "p", secretId, "MY_CONF");
    const { project_token, mapped_keys } = await agent.obtain("p", ["MY_CONF"]);
    assert.deepEqual(mapped_keys, { MY_CONF: "conf" });
    assert.deepEqual(expectOk(await agent.read("p", project_token)), {
      env_vars: {},
      withheld: [{ name: "MY_CONF", reason: "template" }],
    });
    assert.equal((await agent.config("p", "MY_CONF", project_token)).text, "plain");
  }),
);

Deno.test(
  "names of projects and configurations are signed decoded, spaces and slashes included",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    await storeAndGrant(h, "my app", "a/b/c.conf", { secret_type: "TEMPLATE_CONFIG", value: "{{KEY}}" });
    await storeAndGrant(h, "my app", "key", { value: "v" });
    const { project_token } = await agent.obtain("my app", ["KEY"]);
    assert.equal((await agent.config("my app", "a/b/c.conf", project_token)).text, "v");
  }),
);
