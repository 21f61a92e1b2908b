/** Events are raised where their cause is, in its transaction, and not more often than people can read. */

import assert from "node:assert/strict";
import { HOUR, MINUTE } from "../../../shared/clock.ts";
import { expectOk } from "../support/expect.ts";
import { type Harness, withHarness } from "../support/harness.ts";
import { seedSecret } from "../support/seed.ts";
import { approve, grantId, grantSecret, storeAndGrant, TestAgent } from "../support/test_agent.ts";

function events(h: Harness, kind: string) {
  return h.store.reader.selectFrom("events").selectAll().where("kind", "=", kind).orderBy("raised_at")
    .execute();
}

Deno.test(
  "access_pending is raised for a first access, and for a wider one at most once an hour (B24)",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    await storeAndGrant(h, "p", "one");
    const id = grantId(await agent.discover("p", ["ONE"]));
    grantId(await agent.discover("p", ["ONE"]));
    const [event] = await events(h, "access_pending");
    assert.deepEqual([event?.agent_id, event?.project_name, event?.resource_path, event?.facts], [
      "agent",
      "p",
      id,
      JSON.stringify({ grant_id: id, keys: 1 }),
    ]);
    for (let n = 0; n < 5; n++) {
      h.clock.advance(MINUTE);
      await grantSecret(h, "p", await seedSecret(h, `more_${n}`));
      grantId(await agent.discover("p", "all"));
    }
    assert.equal((await events(h, "access_pending")).length, 1);
    h.clock.advance(HOUR);
    await grantSecret(h, "p", await seedSecret(h, "late"));
    grantId(await agent.discover("p", "all"));
    assert.equal((await events(h, "access_pending")).length, 2);
    await approve(h, id);
    await grantSecret(h, "p", await seedSecret(h, "after"));
    grantId(await agent.discover("p", "all"));
    assert.equal((await events(h, "access_pending")).length, 3);
  }),
);

Deno.test(
  "token_revoked is raised when a project's tokens end, and not when there were none",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    await storeAndGrant(h, "p", "one");
    await agent.obtain("p", ["ONE"]);
    expectOk(await h.admin.post("/admin/projects/p/revoke"));
    expectOk(await h.admin.post("/admin/projects/p/revoke"));
    const rows = await events(h, "token_revoked");
    assert.deepEqual(rows.map(({ project_name, facts }) => [project_name, facts]), [["p", '{"tokens":1}']]);
  }),
);

Deno.test(
  "agent_frozen is raised when an admin freezes an agent, once",
  withHarness(async (h) => {
    await TestAgent.enrol(h);
    expectOk(await h.admin.post("/admin/agents/agent/freeze", { reason: "looks odd" }));
    expectOk(await h.admin.post("/admin/agents/agent/freeze", {}));
    assert.deepEqual((await events(h, "agent_frozen")).map(({ agent_id }) => agent_id), ["agent"]);
  }),
);
