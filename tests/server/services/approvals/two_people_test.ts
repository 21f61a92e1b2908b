import assert from "node:assert/strict";
import type { PendingGrantSummary } from "../../../../shared/api/pending_grants.ts";
import { expectError, expectOk, lastRow } from "../../support/expect.ts";
import { type Harness, withHarness } from "../../support/harness.ts";
import { enter, type TestPerson } from "../../support/people.ts";
import { grantId, storeAndGrant, TestAgent } from "../../support/test_agent.ts";

const ADMIN = [{ role: "super-admin", namespaces: null }] as const;

interface Stage {
  readonly agent: TestAgent;
  readonly id: string;
  readonly people: readonly TestPerson[];
}

/** A namespace that wants two people, three of them, and a request of an agent that nobody of them let in. */
async function setUp(h: Harness): Promise<Stage> {
  const agent = await TestAgent.enrol(h);
  const people = [
    await enter(h, "ann@example.com", ADMIN),
    await enter(h, "bob@example.com", ADMIN),
    await enter(h, "cid@example.com", ADMIN),
  ];
  expectOk(await h.admin.put("/admin/namespaces/default", { two_people: true }));
  await storeAndGrant(h, "p", "prod/key");
  await storeAndGrant(h, "p", "prod/other");
  const id = grantId(await agent.discover("p", ["KEY", "OTHER"]));
  return { agent, id, people };
}

function approve(person: TestPerson | undefined, id: string, body: Record<string, unknown> = {}) {
  assert.ok(person !== undefined);
  return person.browser.post(`/admin/pending-grants/${id}/approve`, body);
}

async function waiting(h: Harness): Promise<readonly PendingGrantSummary[]> {
  return expectOk<PendingGrantSummary[]>(await h.admin.get("/admin/pending-grants?status=pending"));
}

Deno.test(
  "where two people are wanted, the first approval is kept and counts with the second",
  withHarness(async (h) => {
    const { agent, id, people: [ann, bob] } = await setUp(h);
    const first = expectOk<{ approved: boolean; needed: number }>(await approve(ann, id));
    assert.deepEqual([first.approved, first.needed], [false, 2]);
    assert.equal((await lastRow(h, "pending_grant_approve_first")).status, "pending");
    expectError(await agent.discover("p", ["KEY"]), 403, "pending_approval");
    const [request] = await waiting(h);
    assert.deepEqual(request?.approvals_so_far.map(({ person }) => person), ["person:ann@example.com"]);
    const second = expectOk<{ approved: boolean }>(await approve(bob, id));
    assert.equal(second.approved, true);
    expectOk(await agent.discover("p", ["KEY"]));
  }),
);

Deno.test(
  "one person is one person, however often they approve",
  withHarness(async (h) => {
    const { id, people: [ann] } = await setUp(h);
    for (let times = 0; times < 3; times++) {
      assert.equal(expectOk<{ approved: boolean }>(await approve(ann, id)).approved, false);
    }
    assert.equal((await waiting(h))[0]?.approvals_so_far.length, 1);
  }),
);

Deno.test(
  "two approvals on different terms are not one; a changed request starts anew",
  withHarness(async (h) => {
    const { agent, id, people: [ann, bob, cid] } = await setUp(h);
    expectOk(await approve(ann, id, { approved_keys: ["prod/key"] }));
    assert.equal(expectOk<{ approved: boolean }>(await approve(bob, id)).approved, false);
    assert.equal(expectOk<{ approved: boolean }>(await approve(cid, id, { term: "day" })).approved, false);
    await storeAndGrant(h, "p", "prod/third");
    h.clock.advance(1_000);
    assert.equal(grantId(await agent.discover("p", ["KEY", "OTHER", "THIRD"])), id);
    assert.equal(expectOk<{ approved: boolean }>(await approve(cid, id)).approved, false, "bob meant less");
    assert.equal(expectOk<{ approved: boolean }>(await approve(bob, id)).approved, true);
  }),
);

Deno.test(
  "the admin token is nobody in particular, and who let the device in does not approve for it",
  withHarness(async (h) => {
    const { agent, id, people: [ann, bob] } = await setUp(h);
    expectError(
      await h.admin.post(`/admin/pending-grants/${id}/approve`, {}),
      403,
      "approval_person_required",
    );
    await h.ledger.commit(async ({ db }) => {
      await db.updateTable("devices").set({ decided_by: "person:ann@example.com" })
        .where("agent_ref", "=", agent.id).execute();
    });
    expectError(await approve(ann, id), 403, "approval_own_device");
    assert.equal(expectOk<{ approved: boolean }>(await approve(bob, id)).approved, false);
  }),
);

Deno.test(
  "one person is enough to deny, and words that were given are over with the decision",
  withHarness(async (h) => {
    const { agent, id, people: [ann, bob] } = await setUp(h);
    expectOk(await approve(ann, id));
    expectOk(
      await bob?.browser.post(`/admin/pending-grants/${id}/deny`, {}) ?? await h.admin.get("/healthz"),
    );
    expectError(await agent.discover("p", ["KEY"]), 403, "grant_denied");
    const rows = await h.store.reader.selectFrom("approvals_given").selectAll().execute();
    assert.deepEqual(rows, []);
  }),
);

Deno.test(
  "other namespaces go on with one person; the rule is seen, and changed only by who may manage the vault",
  withHarness(async (h) => {
    await setUp(h);
    expectOk(await h.admin.post("/admin/namespaces", { name: "other" }), 201);
    const agent = await TestAgent.enrol(h, "free", { namespace: "other" });
    await storeAndGrant(h, "q", "prod/key", { namespace: "other" });
    await agent.obtain("q", ["KEY"]);
    const rows = expectOk<{ name: string; two_people: boolean }[]>(await h.admin.get("/admin/namespaces"));
    assert.deepEqual(rows.map(({ name, two_people }) => [name, two_people]), [["default", true], [
      "other",
      false,
    ]]);
    const small = await enter(h, "dan@example.com", [{ role: "namespace-admin", namespaces: ["default"] }]);
    const answer = await small.browser.put("/admin/namespaces/default", { two_people: false });
    assert.ok(answer.status === 403, answer.text);
    expectError(
      await h.admin.put("/admin/namespaces/none", { two_people: true }),
      404,
      "namespace_not_found",
    );
  }),
);

Deno.test(
  "the word of who was shut out, or lost the right, or let a device in since, counts no more",
  withHarness(async (h) => {
    const { agent, id, people: [ann, bob, cid] } = await setUp(h);
    assert.ok(ann !== undefined && cid !== undefined);
    expectOk(await approve(ann, id));
    expectOk(await h.admin.post(`/admin/people/${ann.id}/disable`, {}));
    assert.equal(expectOk<{ approved: boolean }>(await approve(bob, id)).approved, false, "ann is out");
    const elsewhere = [{ role: "approver", namespaces: ["other"] }];
    expectOk(await approve(cid, id, { term: "day" }));
    expectOk(await h.admin.put(`/admin/people/${cid.id}`, { roles: elsewhere }));
    const second = expectOk<{ approved: boolean }>(await approve(bob, id, { term: "day" }));
    assert.equal(second.approved, false, "cid decides elsewhere now");
    expectOk(await h.admin.put(`/admin/people/${cid.id}`, { roles: ADMIN }));
    await h.ledger.commit(async ({ db }) => {
      await db.updateTable("devices").set({ decided_by: "person:bob@example.com" })
        .where("agent_ref", "=", agent.id).execute();
    });
    const third = expectOk<{ approved: boolean }>(await approve(cid, id, { term: "day" }));
    assert.equal(third.approved, false, "bob let the device in since");
  }),
);

Deno.test(
  "who changes an agent without a device is who let it in: approves for it no more, and an earlier word is void",
  withHarness(async (h) => {
    const { agent, id, people: [ann, bob, cid] } = await setUp(h);
    assert.ok(ann !== undefined);
    expectOk(await approve(ann, id));
    const path = `/admin/agents/${agent.agentId}`;
    expectOk(await ann.browser.put(path, { description: "mine" }));
    expectError(await approve(ann, id), 403, "approval_own_device");
    assert.equal(expectOk<{ approved: boolean }>(await approve(bob, id)).approved, false, "ann's is void");
    assert.equal(expectOk<{ approved: boolean }>(await approve(cid, id)).approved, true);
  }),
);
