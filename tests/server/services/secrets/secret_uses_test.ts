import assert from "node:assert/strict";
import type { AgentSummary } from "../../../../shared/api/agents.ts";
import type { SecretUses } from "../../../../shared/api/secret_uses.ts";
import { expectOk } from "../../support/expect.ts";
import { type Harness, withHarness } from "../../support/harness.ts";
import { approve, grantId, storeAndGrant, TestAgent } from "../../support/test_agent.ts";

/** In each namespace an agent `builder`, a project `p` and a secret `key/one`. */
async function setUp(h: Harness, namespace: string) {
  const agent = await TestAgent.enrol(h, "builder", { namespace });
  const { secretId } = await storeAndGrant(h, "p", "key/one", { namespace });
  await approve(h, grantId(await agent.discover("p", ["ONE"])));
  const token = expectOk<{ project_token: string }>(await agent.discover("p", ["ONE"])).project_token;
  return { agent, secretId, token };
}

const usesOf = async (h: Harness, id: string) =>
  expectOk<SecretUses>(await h.admin.get(`/admin/secrets/${id}/uses`)).uses.map(({ last_released_at }) =>
    last_released_at !== null
  );
const lastUses = async (h: Harness) =>
  expectOk<AgentSummary[]>(await h.admin.get("/admin/agents")).map(({ namespace, last_used_at }) => [
    namespace,
    last_used_at !== null,
  ]);

Deno.test(
  "GET /admin/secrets/:id/uses and the last use of an agent are those of their own namespace",
  withHarness(async (h) => {
    const one = await setUp(h, "one");
    const two = await setUp(h, "two");
    assert.deepEqual(await lastUses(h), [["one", false], ["two", false]]);
    expectOk(await one.agent.read("p", one.token));
    assert.deepEqual([await usesOf(h, one.secretId), await usesOf(h, two.secretId)], [[true], [false]]);
    assert.deepEqual(await lastUses(h), [["one", true], ["two", false]]);
  }),
);
