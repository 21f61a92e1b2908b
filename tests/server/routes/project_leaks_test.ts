import assert from "node:assert/strict";
import { createHarness, type Harness } from "../support/harness.ts";
import { expectError, expectOk } from "../support/expect.ts";
import { storeAndGrant, TestAgent } from "../support/test_agent.ts";

const PATH = "/project/leaks/demo";
const REPORT = {
  program: "printenv",
  leaks: [{ name: "API_KEY", stream: "stdout", times: 2 }, { name: "API_KEY", stream: "stderr", times: 1 }],
};

async function withToken(
  work: (h: Harness, agent: TestAgent, token: string) => Promise<void>,
): Promise<void> {
  const h = await createHarness();
  try {
    const agent = await TestAgent.enrol(h);
    await storeAndGrant(h, "demo", "api_key");
    const { project_token } = await agent.obtain("demo", ["API_KEY"]);
    await work(h, agent, project_token);
  } finally {
    await h.dispose();
  }
}

async function policy(h: Harness, onLeak: string, pattern = "agent"): Promise<void> {
  const body = {
    policy_name: `on-leak-${onLeak}-${pattern}`,
    agent_pattern: pattern,
    allowed_paths: [],
    on_leak: onLeak,
  };
  expectOk(await h.admin.post("/admin/policies", body), 201);
}

async function eventKinds(h: Harness): Promise<string[]> {
  const rows = await h.store.reader.selectFrom("events").select("kind").orderBy("raised_at").execute();
  return rows.map(({ kind }) => kind).filter((kind) => /leak|frozen/.test(kind));
}

Deno.test("a report is an alarm with names, streams and program, tells people, and leaves the token alone", async () => {
  await withToken(async (h, agent, token) => {
    assert.deepEqual(expectOk(await agent.postSigned(PATH, token, REPORT)), { reaction: "notify" });
    const [row] = (await h.auditRows()).filter(({ action }) => action === "leak_prevented");
    assert.equal(row?.status, "alarm");
    assert.equal(row?.resource_path, "printenv");
    const { leaks, reaction } = JSON.parse(row?.details ?? "");
    assert.deepEqual([leaks, reaction], [["API_KEY:stdout:2", "API_KEY:stderr:1"], "notify"]);
    assert.deepEqual(await eventKinds(h), ["leak_prevented"]);
    expectOk(await agent.read("demo", token));
  });
});

Deno.test("a policy revokes the project's tokens, or freezes the agent; the strongest of all that match counts", async () => {
  await withToken(async (h, agent, token) => {
    await policy(h, "revoke");
    assert.deepEqual(expectOk(await agent.postSigned(PATH, token, REPORT)), { reaction: "revoke" });
    expectError(await agent.read("demo", token), 401, "token_revoked");
    const { project_token } = await agent.obtain("demo", ["API_KEY"]);
    await policy(h, "freeze", "a*");
    await policy(h, "notify", "*");
    assert.deepEqual(expectOk(await agent.postSigned(PATH, project_token, REPORT)), { reaction: "freeze" });
    assert.ok((await agent.discover("demo", ["API_KEY"])).status >= 400);
    assert.deepEqual(await eventKinds(h), ["leak_prevented", "leak_prevented", "agent_frozen"]);
  });
});

Deno.test("a report may name nothing but the token's own names, and is of its form", async () => {
  await withToken(async (_h, agent, token) => {
    const leak = REPORT.leaks[0];
    for (const name of ["OTHER", "__proto__", "a value that was printed"]) {
      expectError(
        await agent.postSigned(PATH, token, { ...REPORT, leaks: [{ ...leak, name }] }),
        400,
        "request_invalid",
      );
    }
    for (
      const wrong of [{ ...REPORT, leaks: [] }, { ...REPORT, program: "a\nb" }, {
        ...REPORT,
        leaks: [{ ...leak, times: 0 }],
      }, {}]
    ) {
      expectError(await agent.postSigned(PATH, token, wrong), 400, "request_invalid");
    }
    expectError(await agent.postSigned("/project/leaks/other", token, REPORT), 401, "token_invalid");
  });
});

Deno.test("a policy says what it does about leaks, and can be changed", async () => {
  await withToken(async (h) => {
    await policy(h, "freeze");
    const [made] = expectOk<{ id: string; on_leak: string }[]>(await h.admin.get("/admin/policies"));
    assert.equal(made?.on_leak, "freeze");
    expectOk(await h.admin.put(`/admin/policies/${made?.id}`, { on_leak: "revoke" }));
    const [changed] = expectOk<{ on_leak: string }[]>(await h.admin.get("/admin/policies"));
    assert.equal(changed?.on_leak, "revoke");
    expectError(
      await h.admin.put(`/admin/policies/${made?.id}`, { on_leak: "explode" }),
      400,
      "request_invalid",
    );
  });
});
