import assert from "node:assert/strict";
import type { PolicyTest, Reach, Usage } from "../../../../shared/api/reach.ts";
import type { SecretUses } from "../../../../shared/api/secret_uses.ts";
import { DAY, HOUR } from "../../../../shared/clock.ts";
import { expectError, expectOk } from "../../support/expect.ts";
import { type Harness, withHarness } from "../../support/harness.ts";
import { approve, grantId, storeAndGrant, TestAgent } from "../../support/test_agent.ts";

/** An agent whose project `p` has one secret that was approved and one that nobody decided about. */
async function setUp(h: Harness) {
  const agent = await TestAgent.enrol(h, "builder");
  const { secretId } = await storeAndGrant(h, "p", "key/one");
  await approve(h, grantId(await agent.discover("p", ["ONE"])));
  const token = expectOk<{ project_token: string }>(await agent.discover("p", ["ONE"])).project_token;
  await storeAndGrant(h, "p", "key/two");
  return { agent, secretId, token };
}

const reachOf = async (h: Harness) => expectOk<Reach>(await h.admin.get("/admin/reach")).projects;
const barriers = async (h: Harness) =>
  Object.fromEntries(
    (await reachOf(h)).flatMap(({ secrets }) => secrets.map((each) => [each.key_path, each.barrier])),
  );

async function tested(h: Harness, keyPath: string, project = "p"): Promise<PolicyTest> {
  const query = new URLSearchParams({ agent_id: "builder", project, key_path: keyPath });
  return expectOk<PolicyTest>(await h.admin.get(`/admin/policies/test?${query}`));
}

const failing = ({ checks }: PolicyTest) =>
  checks.filter(({ passes }) => !passes).map(({ check, reason }) => `${check}: ${reason}`);

Deno.test(
  "GET /admin/reach says what an agent could read now, and what stands before the rest, as reads find it",
  withHarness(async (h) => {
    const { agent, token } = await setUp(h);
    assert.deepEqual(await barriers(h), { "key/one": null, "key/two": "undecided" });
    await h.admin.post("/admin/policies", {
      policy_name: "no",
      agent_pattern: "*",
      allowed_paths: [],
      denied_paths: ["key/one"],
    });
    assert.deepEqual(await barriers(h), { "key/one": "denied_by_policy", "key/two": "undecided" });
    assert.match((await agent.read("p", token)).text, /denied_by_policy/);
    await h.admin.post("/admin/agents/builder/freeze");
    assert.deepEqual(await barriers(h), { "key/one": "agent_frozen", "key/two": "agent_frozen" });
  }),
);

Deno.test(
  "GET /admin/policies/test names every check, and every barrier at once",
  withHarness(async (h) => {
    await setUp(h);
    const good = await tested(h, "key/one");
    assert.deepEqual([good.allowed, failing(good)], [true, []]);
    assert.deepEqual(failing(await tested(h, "key/two")), ["approval: undecided"]);
    assert.deepEqual(failing(await tested(h, "no/such")), [
      "secret: missing",
      "grant: missing",
      "approval: undecided",
    ]);
    await h.admin.post("/admin/projects/p/freeze");
    assert.deepEqual(failing(await tested(h, "key/one")), ["project: frozen"]);
    const unknown = await h.admin.get("/admin/policies/test?agent_id=nobody&project=p&key_path=key/one");
    expectError(unknown, 404, "agent_not_found");
  }),
);

Deno.test(
  "asking what could be read releases nothing and changes nothing",
  withHarness(async (h) => {
    await setUp(h);
    const decided = () => h.store.reader.selectFrom("pending_grants").selectAll().execute();
    const before = await decided();
    await tested(h, "key/one");
    await reachOf(h);
    assert.deepEqual(await decided(), before);
    const released = (await h.auditRows()).filter(({ action }) => action === "get_secrets");
    assert.deepEqual(released, []);
  }),
);

Deno.test(
  "GET /admin/usage counts releases by day, and GET /admin/secrets/:id/uses tells the last one",
  withHarness(async (h) => {
    const { agent, secretId, token } = await setUp(h);
    expectOk(await agent.read("p", token));
    expectOk(await agent.read("p", token));
    h.clock.advance(DAY - HOUR);
    await agent.attest();
    expectOk(await agent.read("p", token));
    const { days, series } = expectOk<Usage>(await h.admin.get("/admin/usage?days=3"));
    assert.deepEqual(days, ["2026-01-01", "2026-01-02", "2026-01-03"]);
    assert.deepEqual(series, [{ name: "p", total: 3, counts: [0, 2, 1] }]);
    const { uses } = expectOk<SecretUses>(await h.admin.get(`/admin/secrets/${secretId}/uses`));
    assert.deepEqual(
      uses.map((
        { project_name, agent_id, env_var_name, last_released_at },
      ) => [project_name, agent_id, env_var_name, last_released_at?.slice(0, 10)]),
      [["p", "builder", "ONE", "2026-01-03"]],
    );
  }),
);
