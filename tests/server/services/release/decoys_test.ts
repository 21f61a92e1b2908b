/** Decoys: every way to read one is an alarm, no list shows one, and nobody is told apart from a stranger. */

import assert from "node:assert/strict";
import { expectError, expectOk, lastRow } from "../../support/expect.ts";
import { type Answer, type Harness, withHarness } from "../../support/harness.ts";
import { seedSecret } from "../../support/seed.ts";
import { newSshLogin } from "../../support/ssh_login.ts";
import { grantSecret, storeAndGrant, TestAgent } from "../../support/test_agent.ts";

const BAIT = "bait-value-7c1d";

function seedDecoy(h: Harness, keyPath: string, more: Record<string, unknown> = {}): Promise<string> {
  return seedSecret(h, keyPath, { value: BAIT, is_honey_token: true, ...more });
}

/** An agent that reads a real secret of project `p`, and its token. */
async function setUp(h: Harness) {
  const agent = await TestAgent.enrol(h);
  await storeAndGrant(h, "p", "real");
  const { project_token: token } = await agent.obtain("p", ["REAL"]);
  return { agent, token };
}

async function alarms(h: Harness): Promise<(string | null)[]> {
  return (await h.auditRows()).filter(({ action, status }) =>
    action === "honey_token_access" && status === "alarm"
  )
    .map(({ resource_path }) => resource_path);
}

async function events(h: Harness) {
  const rows = await h.store.reader.selectFrom("events")
    .select(["kind", "agent_id", "project_name", "resource_path", "namespace", "source_ip", "facts"])
    .where("kind", "in", ["decoy_read", "agent_frozen"]).orderBy("kind").execute();
  return rows.map((row) => ({ ...row }));
}

async function isFrozen(h: Harness): Promise<boolean> {
  const rows = expectOk<{ frozen_at: string | null }[]>(await h.admin.get("/admin/agents"));
  return rows.some(({ frozen_at }) => frozen_at !== null);
}

/** What a stranger sees of an answer; the request id differs from one request to the next in any case. */
function outside(answer: Answer): unknown {
  const { request_id: _, ...body } = answer.json<Record<string, unknown>>();
  const headers = [...answer.headers].filter(([name]) => name !== "x-request-id");
  return { status: answer.status, headers, body };
}

Deno.test(
  "B13: asking discover for the name of a decoy that is granted to nobody is the alarm",
  withHarness(async (h) => {
    const { agent, token } = await setUp(h);
    await seedDecoy(h, "prod/aws_root_key");
    const answer = await agent.discover("p", ["REAL", "AWS_ROOT_KEY"]);
    assert.equal(answer.status, 401);
    assert.doesNotMatch(answer.text, /honey|decoy|alarm|froz/i);
    assert.deepEqual(await alarms(h), ["prod/aws_root_key"]);
    assert.ok(await isFrozen(h));
    expectError(await agent.read("p", token), 401, "token_revoked");
    expectError(await agent.discover("p", ["REAL"]), 403, "agent_frozen");
    expectError(await agent.sendAttest(), 403, "agent_frozen");
    assert.ok(!(await h.transcript()).includes(BAIT));
  }),
);

Deno.test(
  "B13: a configuration named like a decoy that is granted to nobody is the alarm, whatever its type",
  async () => {
    for (const secret_type of ["KEY_VALUE", "JSON_CONFIG", "TEMPLATE_CONFIG"]) {
      for (const name of ["prod/bait", "bait", "BAIT"]) {
        await withHarness(async (h) => {
          const { agent, token } = await setUp(h);
          await seedDecoy(h, "prod/bait", { secret_type, value: "{}" });
          expectError(await agent.config("p", name, token), 401, "token_invalid");
          assert.deepEqual(await alarms(h), ["prod/bait"], `${secret_type} ${name}`);
        })();
      }
    }
  },
);

Deno.test(
  "B13: a granted JSON decoy fires where it is read, without a row of release",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    await storeAndGrant(h, "p", "conf", { secret_type: "JSON_CONFIG", value: "{}", is_honey_token: true });
    const { project_token } = await agent.obtain("p", ["CONF"]);
    expectError(await agent.config("p", "conf", project_token), 401, "token_invalid");
    assert.deepEqual(await alarms(h), ["conf"]);
    assert.ok(
      !(await h.auditRows()).some(({ action, status }) => action === "get_config" && status === "success"),
    );
  }),
);

Deno.test(
  "B13: asking for a signature by the name of a decoy is the alarm, granted or not, whatever its type and case",
  async () => {
    const login = newSshLogin();
    const keyOf: Record<string, string> = { SSH_KEY: login.privateKey, KEY_VALUE: BAIT };
    for (const [secret_type, value] of Object.entries(keyOf)) {
      for (const name of ["BAIT", "bait", "prod/bait"]) {
        for (const granted of [false, true]) {
          await withHarness(async (h) => {
            const { agent, token } = await setUp(h);
            const id = await seedDecoy(h, "prod/bait", { secret_type, value });
            if (granted) await grantSecret(h, "p", id);
            const answer = await agent.postSigned("/project/ssh-keys/p/sign", token, {
              name,
              data: login.data,
            });
            expectError(answer, 401, "token_invalid");
            assert.deepEqual(await alarms(h), ["prod/bait"], `${secret_type} ${name}`);
            assert.ok(await isFrozen(h));
            assert.ok(!(await h.auditRows()).some(({ action }) => action === "ssh_sign"));
          })();
        }
      }
    }
  },
);

Deno.test(
  "B6: what a decoy ends stays ended: the agent's tokens of every project, until and after a person lifts the freeze",
  withHarness(async (h) => {
    const { agent, token } = await setUp(h);
    await storeAndGrant(h, "q", "other");
    const { project_token: second } = await agent.obtain("q", ["OTHER"]);
    const signed = await agent.obtain("q", ["OTHER"], { signed: true, regenerate: true });
    await seedDecoy(h, "bait");
    await agent.discover("p", ["BAIT"]);
    expectOk(await h.admin.post("/admin/agents/agent/unfreeze"));
    for (
      const [project, text] of [["p", token], ["q", second], [
        "q",
        signed.signed_project_token ?? "",
      ]] as const
    ) {
      expectError(await agent.read(project, text), 401, "token_revoked");
    }
    const { project_token } = expectOk<{ project_token: string }>(await agent.discover("p", ["REAL"]));
    assert.deepEqual(expectOk(await agent.read("p", project_token)), { env_vars: { REAL: "value of real" } });
  }),
);

Deno.test(
  "an agent that never had a project is frozen all the same",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    await seedDecoy(h, "bait");
    assert.equal((await agent.discover("fresh", ["bait"])).status, 401);
    assert.ok(await isFrozen(h));
    assert.deepEqual(await h.store.reader.selectFrom("pending_grants").select("id").execute(), []);
    assert.deepEqual(await h.store.reader.selectFrom("projects").select("id").execute(), []);
  }),
);

Deno.test(
  "the holder of a token without a scope sets the alarm off by a configuration's name",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    await seedDecoy(h, "bait");
    const { project_token } = await agent.obtain("fresh", []);
    expectError(await agent.config("fresh", "bait", project_token), 401, "token_invalid");
    assert.ok(await isFrozen(h));
  }),
);

Deno.test(
  "a decoy tells people who, what, where, and that the agent was frozen; once, not twice",
  withHarness(async (h) => {
    const { agent } = await setUp(h);
    await seedDecoy(h, "bait");
    await seedDecoy(h, "bait_two");
    await Promise.all([agent.discover("p", ["BAIT", "BAIT_TWO"]), agent.discover("p", ["BAIT"])]);
    const common = { agent_id: "agent", project_name: "p", namespace: "default", source_ip: "192.0.2.10" };
    assert.deepEqual(
      await events(h),
      [
        { ...common, kind: "agent_frozen", resource_path: null, facts: '{"reason":"read a decoy"}' },
        {
          ...common,
          kind: "decoy_read",
          resource_path: "bait",
          facts: '{"decoys":2,"tokens_revoked":1,"via":"discover"}',
        },
      ].toSorted((a, b) => a.kind.localeCompare(b.kind)),
    );
    assert.deepEqual(await alarms(h), ["bait", "bait_two"]);
    const row = await lastRow(h, "honey_token_access");
    assert.deepEqual([row.principal, row.agent_id, row.project_name, row.source_ip], [
      "agent:agent",
      "agent",
      "p",
      "192.0.2.10",
    ]);
  }),
);

Deno.test(
  "a name that a real secret has as well, or is granted under anywhere, is asked for in good faith",
  withHarness(async (h) => {
    const { agent } = await setUp(h);
    await seedDecoy(h, "prod/api_key");
    await seedSecret(h, "dev/Api_Key");
    await seedDecoy(h, "prod/db_url");
    await grantSecret(h, "elsewhere", await seedSecret(h, "x"), "DB_URL");
    expectOk(await agent.discover("p", ["REAL", "API_KEY", "DB_URL"], { regenerate: true }));
    assert.deepEqual(await alarms(h), []);
    assert.ok(!await isFrozen(h));
  }),
);

Deno.test(
  "a name that only looks alike is no alarm: '_' stands for itself, and other namespaces have other decoys",
  withHarness(async (h) => {
    const { agent } = await setUp(h);
    await seedSecret(h, "prod/apiXkey");
    await seedDecoy(h, "api_key", { namespace: "staging" });
    await seedDecoy(h, "my_api_key");
    expectOk(await agent.discover("p", ["REAL", "API_KEY", "KEY", "APIXKEY"], { regenerate: true }));
    assert.deepEqual(await alarms(h), []);
    await seedDecoy(h, "prod/api_key");
    assert.equal((await agent.discover("p", ["REAL", "API_KEY"])).status, 401);
    assert.deepEqual(await alarms(h), ["prod/api_key"]);
  }),
);

Deno.test(
  "no list that an agent sees holds a decoy: neither everything that is granted, nor what more there is",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    await storeAndGrant(h, "p", "real");
    await storeAndGrant(h, "p", "bait", { is_honey_token: true });
    const { project_token, mapped_keys } = await agent.obtain("p", "all");
    assert.deepEqual(mapped_keys, { REAL: "real" });
    const read = await agent.read("p", project_token);
    assert.deepEqual(expectOk(read), { env_vars: { REAL: "value of real" } });
    assert.deepEqual(await alarms(h), []);
  }),
);

Deno.test(
  "the answer to a decoy is, but for the request id, that of a wrong proof or a wrong token",
  withHarness(async (h) => {
    const { agent, token } = await setUp(h);
    await seedDecoy(h, "bait");
    const wrongToken = await agent.config("p", "bait", `${token}x`);
    const wrongProof = await agent.discover("p", ["BAIT"], { body: { auth_proof: "A".repeat(86) } });
    assert.deepEqual(await alarms(h), []);
    assert.deepEqual(outside(await agent.config("p", "bait", token)), outside(wrongToken));
    expectOk(await h.admin.post("/admin/agents/agent/unfreeze"));
    assert.deepEqual(outside(await agent.discover("p", ["BAIT"])), outside(wrongProof));
    assert.equal((await alarms(h)).length, 2);
  }),
);

Deno.test(
  "admins read and change decoys without an alarm",
  withHarness(async (h) => {
    const id = await seedDecoy(h, "bait");
    assert.equal(expectOk(await h.admin.get(`/admin/secrets/${id}`))["value"], BAIT);
    expectOk(await h.admin.put(`/admin/secrets/${id}`, { value: "new bait" }));
    expectOk(await h.admin.get(`/admin/secrets/${id}/versions/1`));
    assert.deepEqual(await alarms(h), []);
  }),
);

Deno.test(
  "a secret becomes a decoy later, and stops being one",
  withHarness(async (h) => {
    const { agent } = await setUp(h);
    const id = await seedSecret(h, "old_key");
    expectOk(await h.admin.put(`/admin/secrets/${id}`, { is_honey_token: true }));
    assert.equal((await agent.discover("p", ["OLD_KEY"])).status, 401);
    expectOk(await h.admin.post("/admin/agents/agent/unfreeze"));
    expectOk(await h.admin.put(`/admin/secrets/${id}`, { is_honey_token: false }));
    expectOk(await agent.discover("p", ["REAL", "OLD_KEY"]));
    assert.equal((await alarms(h)).length, 1);
  }),
);

Deno.test(
  "where the alarm cannot be written, the request fails and nothing is given",
  withHarness(async (h) => {
    const { agent, token } = await setUp(h);
    await seedDecoy(h, "bait");
    await h.ledger.close();
    assert.equal((await agent.config("p", "bait", token)).status, 503);
  }),
);

/** What a daemon of ours asks for a run. */
function runRelease(agent: TestAgent, token: string, names: readonly string[] | null): Promise<Answer> {
  return agent.postSigned("/project/run/p", token, { nonce: "ab".repeat(16), names, command: null });
}

Deno.test("B13: a run that names a decoy is the alarm, granted or not, with a token of the project or an empty one", async () => {
  for (const isGranted of [true, false]) {
    await withHarness(async (h) => {
      const { agent, token } = await setUp(h);
      const id = await seedDecoy(h, "prod/bait");
      if (isGranted) await grantSecret(h, "p", id);
      expectError(await runRelease(agent, token, ["REAL", "bait"]), 401, "token_invalid");
      assert.deepEqual(await alarms(h), ["prod/bait"]);
      assert.ok(await isFrozen(h));
    })();
  }
  await withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    await seedDecoy(h, "bait");
    const { project_token } = await agent.obtain("p", []);
    expectError(await runRelease(agent, project_token, ["BAIT"]), 401, "token_invalid");
    assert.deepEqual(await alarms(h), ["bait"]);
  })();
});

Deno.test("B13: a decoy in a token is the alarm, although the way of its delivery keeps its value back", async () => {
  for (const delivery of ["file", "template", "never"]) {
    await withHarness(async (h) => {
      const { agent } = await setUp(h);
      const secret_id = await seedDecoy(h, "bait");
      expectOk(await h.admin.post("/admin/projects/p/grants", { secret_id, delivery }), 201);
      const { project_token } = await agent.obtain("p", ["REAL", "BAIT"], { regenerate: true });
      expectError(await agent.read("p", project_token), 401, "token_invalid");
      assert.deepEqual(await alarms(h), ["bait"], delivery);
    })();
  }
});

Deno.test("B13: a granted decoy that a policy denies is the alarm where it is named, and where a token has it", async () => {
  const policy = { policy_name: "x", agent_pattern: "*", allowed_paths: ["*"], denied_paths: ["prod/*"] };
  for (const isInToken of [true, false]) {
    await withHarness(async (h) => {
      const { agent } = await setUp(h);
      await grantSecret(h, "p", await seedDecoy(h, "prod/bait"));
      const asked = isInToken ? ["REAL", "BAIT"] : ["REAL"];
      const { project_token } = await agent.obtain("p", asked, { regenerate: true });
      expectOk(await h.admin.post("/admin/policies", policy), 201);
      const answer = isInToken
        ? await agent.read("p", project_token)
        : await agent.discover("p", ["REAL", "BAIT"]);
      assert.equal(answer.status, 401, answer.text);
      assert.deepEqual(await alarms(h), ["prod/bait"]);
    })();
  }
});
