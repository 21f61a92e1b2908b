/** Which way a value goes is its grant's: what each read gives, and what it says of the rest. */

import assert from "node:assert/strict";
import { expectOk, lastRow } from "../support/expect.ts";
import { type Harness, withHarness } from "../support/harness.ts";
import { storeAndGrant, TestAgent } from "../support/test_agent.ts";

const NAMES = ["AS_ENV", "AS_FILE", "IN_TEMPLATE", "NEVER"] as const;
const DELIVERIES = { AS_ENV: "env", AS_FILE: "file", IN_TEMPLATE: "template", NEVER: "never" } as const;
const WITHHELD = [
  { name: "IN_TEMPLATE", reason: "delivery_template" },
  { name: "NEVER", reason: "delivery_never" },
];

async function setUp(h: Harness) {
  const agent = await TestAgent.enrol(h);
  for (const name of NAMES) {
    const { grantId } = await storeAndGrant(h, "p", name.toLowerCase(), { value: `canary-of-${name}-55d1` });
    const terms = { delivery: DELIVERIES[name], read_once: name === "AS_FILE" };
    expectOk(await h.admin.put(`/admin/projects/p/grants/${grantId}`, terms));
  }
  const { project_token: token } = await agent.obtain("p", NAMES);
  return { agent, token };
}

Deno.test(
  "GET /project/secrets gives variables only: no client of it knows another way",
  withHarness(async (h) => {
    const { agent, token } = await setUp(h);
    const answer = await agent.read("p", token);
    const body = expectOk<{ env_vars: object; withheld: { name: string }[] }>(answer);
    assert.deepEqual(body.env_vars, { AS_ENV: "canary-of-AS_ENV-55d1" });
    assert.deepEqual(
      body.withheld.toSorted((one, other) => one.name < other.name ? -1 : 1),
      [{ name: "AS_FILE", reason: "delivery_file" }, ...WITHHELD],
    );
    const row = await lastRow(h, "get_secrets");
    assert.deepEqual(JSON.parse(row.details ?? "{}").keys, ["as_env"]);
  }),
);

Deno.test(
  "POST /project/run says of each value how it goes, and gives none that goes another way",
  withHarness(async (h) => {
    const { agent, token } = await setUp(h);
    const body = { nonce: "0".repeat(32), names: null, command: null };
    const { answer } = expectOk<{ answer: string }>(await agent.postSigned("/project/run/p", token, body));
    const { values, withheld } = JSON.parse(answer);
    assert.deepEqual(values, {
      AS_ENV: { value: "canary-of-AS_ENV-55d1", delivery: "env" },
      AS_FILE: { value: "canary-of-AS_FILE-55d1", delivery: "file", read_once: true },
    });
    assert.deepEqual(withheld, WITHHELD);
  }),
);

Deno.test(
  "GET /project/config renders every value but one that never goes",
  withHarness(async (h) => {
    const { agent, token } = await setUp(h);
    const template = (name: string, value: string) =>
      storeAndGrant(h, "p", name, { secret_type: "TEMPLATE_CONFIG", value });
    await template("good", "{{AS_ENV}} {{AS_FILE}} {{IN_TEMPLATE}}");
    await template("bad", "{{NEVER}}");
    assert.match((await agent.config("p", "good", token)).text, /AS_ENV.*AS_FILE.*IN_TEMPLATE/);
    const refused = await agent.config("p", "bad", token);
    assert.equal(refused.status, 422);
    assert.doesNotMatch(refused.text, /canary/);
  }),
);
