import assert from "node:assert/strict";
import type { CommandFacts } from "../../../shared/api/command.ts";
import type { CommandRequestAnswer, ExplainAnswer } from "../../../shared/api/command_grants.ts";
import type { RunRelease } from "../../../shared/api/run_release.ts";
import { bindingOf, commandDigest } from "../../../shared/command/binding.ts";
import { DAY, MINUTE } from "../../../shared/clock.ts";
import { sha256Hex } from "../../../shared/crypto/hash.ts";
import { randomHex } from "../../../shared/crypto/random.ts";
import { signerOfRunAnswer } from "../../../shared/proofs/run_answer.ts";
import { type Answer, type Harness, withHarness } from "../support/harness.ts";
import { expectError, expectOk, lastRow } from "../support/expect.ts";
import { newSshLogin } from "../support/ssh_login.ts";
import { approve, grantId, storeAndGrant, TestAgent } from "../support/test_agent.ts";

const PUSH: CommandFacts = {
  files: [{ path: "/usr/bin/git", sha256: "a".repeat(64) }],
  args: ["push"],
  directory: "/srv/shop",
  repository: null,
};
const BINDING = bindingOf(PUSH, "/usr/bin:/bin", { patterns: false, commit: false });

/** Asks for one command, as the daemon does. */
async function ask(agent: TestAgent, more: Record<string, unknown> = {}): Promise<Answer> {
  const { context: _context, ...proof } = agent.discoverBody("p", []);
  const asked = {
    project_name: "p",
    names: ["KEY"],
    binding: BINDING,
    uses: null,
    seconds: 3_600,
    note: "why",
  };
  return await postProven(agent, "/agent/command-requests", { ...proof, ...asked, ...more });
}

async function explain(agent: TestAgent, more: Record<string, unknown> = {}): Promise<ExplainAnswer> {
  const { context: _context, ...proof } = agent.discoverBody("p", []);
  const body = { ...proof, project_name: "p", names: null, command: null, ...more };
  return expectOk<ExplainAnswer>(await postProven(agent, "/agent/explain", body));
}

async function postProven(agent: TestAgent, path: string, body: unknown): Promise<Answer> {
  const text = JSON.stringify(body);
  const header = agent.header({ method: "POST", path }, {
    authTokenId: `agent:${agent.agentId}`,
    bodySha256: sha256Hex(text),
  });
  return await agent.client.post(path, text, { headers: { "X-Daemon-Attestation": header } });
}

async function run(
  agent: TestAgent,
  token: string,
  command: CommandFacts | null,
  names: string[] | null = ["KEY"],
) {
  const nonce = randomHex(16);
  return { nonce, answer: await agent.postSigned("/project/run/p", token, { nonce, names, command }) };
}

/** What a run that succeeds gets. */
async function release(
  agent: TestAgent,
  token: string,
  command: CommandFacts | null,
  names?: string[] | null,
) {
  const { answer } = await run(agent, token, command, names);
  return JSON.parse(expectOk<{ answer: string }>(answer).answer) as RunRelease;
}

async function approveCommand(h: Harness, asked: CommandRequestAnswer, terms: Record<string, unknown> = {}) {
  const body = { request_sha256: asked.request_sha256, ...terms };
  return await h.admin.post(`/admin/command-grants/${asked.id}/approve`, body);
}

/** An agent that got one command approved, and a token whose scope has its key. */
async function setUp(h: Harness, terms: Record<string, unknown> = {}, bound = false) {
  const agent = await TestAgent.enrol(h);
  const ids = await storeAndGrant(h, "p", "prod/key", { value: "canary-value" });
  if (bound) expectOk(await h.admin.put(`/admin/projects/p/grants/${ids.grantId}`, { bound: true }));
  const asked = expectOk<CommandRequestAnswer>(await ask(agent));
  expectOk(await approveCommand(h, asked, terms));
  const { project_token: token } = await agent.obtain("p", ["KEY"]);
  return { agent, asked, token, ...ids };
}

Deno.test(
  "POST /project/run gives an approved project's values in an answer that the server signed",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    await storeAndGrant(h, "p", "prod/key", { value: "canary-value" });
    const { project_token: token } = await agent.obtain("p", ["KEY"]);
    const { nonce, answer } = await run(agent, token, null);
    const body = expectOk<{ answer: string; server_proof: { kid: string; x: string; signature: string } }>(
      answer,
    );
    assert.ok(signerOfRunAnswer(body.server_proof, nonce, body.answer) !== undefined);
    assert.equal(signerOfRunAnswer(body.server_proof, randomHex(16), body.answer), undefined);
    const { values, command_sha256 } = JSON.parse(body.answer) as RunRelease;
    assert.deepEqual(values, { KEY: { value: "canary-value", delivery: "env" } });
    assert.equal(command_sha256, null);
    assert.deepEqual(JSON.parse((await lastRow(h, "get_secrets")).details ?? "{}").keys, ["prod/key"]);
  }),
);

Deno.test(
  "POST /project/run releases and writes down only the names that the run wants",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    await storeAndGrant(h, "p", "prod/key");
    await storeAndGrant(h, "p", "prod/other");
    const { project_token: token } = await agent.obtain("p", ["KEY", "OTHER"]);
    assert.deepEqual(Object.keys((await release(agent, token, null, ["OTHER"])).values), ["OTHER"]);
    assert.deepEqual(JSON.parse((await lastRow(h, "get_secrets")).details ?? "{}").keys, ["prod/other"]);
  }),
);

Deno.test(
  "a value whose approval is for one command goes to that command and to no other",
  withHarness(async (h) => {
    const { agent, token, asked } = await setUp(h);
    expectError((await run(agent, token, null)).answer, 428, "command_facts_needed");
    const given = await release(agent, token, PUSH);
    assert.equal(given.values["KEY"]?.value, "canary-value");
    assert.equal(given.command_sha256, commandDigest(PUSH));
    assert.equal(given.search_path, "/usr/bin:/bin");
    const row = JSON.parse((await lastRow(h, "get_secrets")).details ?? "{}");
    assert.deepEqual([row.command_grants, row.command_sha256], [asked.id, commandDigest(PUSH)]);
    const others: CommandFacts[] = [
      { ...PUSH, args: ["push", "--force"] },
      { ...PUSH, directory: "/srv" },
      { ...PUSH, files: [{ path: "/usr/bin/git", sha256: "b".repeat(64) }] },
      { ...PUSH, files: [{ path: "/tmp/git", sha256: "a".repeat(64) }] },
    ];
    for (const other of others) {
      const refused = (await run(agent, token, other)).answer;
      expectError(refused, 403, "command_not_covered");
      assert.ok(!refused.text.includes("canary-value"));
    }
  }),
);

Deno.test(
  "a value for one command is withheld by every other way to read it",
  withHarness(async (h) => {
    const { agent, token } = await setUp(h);
    const { env_vars, withheld } = expectOk<{ env_vars: unknown; withheld: unknown }>(
      await agent.read("p", token),
    );
    assert.deepEqual(env_vars, {});
    assert.deepEqual(withheld, [{ name: "KEY", reason: "command_bound" }]);
    const template = { value: "x={{KEY}}", secret_type: "TEMPLATE_CONFIG" };
    await storeAndGrant(h, "p", "conf", template);
    const rendered = await agent.config("p", "conf", token);
    assert.ok(rendered.status >= 400 && !rendered.text.includes("canary-value"));
  }),
);

Deno.test(
  "a grant that is bound keeps its value from a project that is approved as a whole",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    const ids = await storeAndGrant(h, "p", "prod/key", { value: "canary-value" });
    const { project_token: token } = await agent.obtain("p", ["KEY"]);
    assert.equal((await release(agent, token, null)).values["KEY"]?.value, "canary-value");
    expectOk(await h.admin.put(`/admin/projects/p/grants/${ids.grantId}`, { bound: true }));
    expectError((await run(agent, token, null)).answer, 428, "command_facts_needed");
    expectError((await run(agent, token, PUSH)).answer, 403, "command_not_covered");
    assert.deepEqual((await agent.read("p", token)).json()["env_vars"], {});
    expectOk(await approveCommand(h, expectOk(await ask(agent))));
    assert.equal((await release(agent, token, PUSH)).values["KEY"]?.value, "canary-value");
  }),
);

Deno.test(
  "an agent without any approval gets no token for a bound name, and binds no project",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    const ids = await storeAndGrant(h, "p", "prod/key");
    expectOk(await h.admin.put(`/admin/projects/p/grants/${ids.grantId}`, { bound: true }));
    expectError(await agent.discover("p", ["KEY"]), 403, "command_required");
    assert.deepEqual((await h.admin.get("/admin/projects")).json(), []);
    assert.deepEqual((await h.admin.get("/admin/pending-grants")).json(), []);
  }),
);

Deno.test(
  "an approval is used as often as it says, counted with the row, and not by a look or a refusal",
  withHarness(async (h) => {
    const { agent, token, asked } = await setUp(h, { uses: 2 });
    await explain(agent, { command: PUSH });
    expectError((await run(agent, token, { ...PUSH, args: [] })).answer, 403, "command_not_covered");
    await release(agent, token, PUSH);
    await release(agent, token, PUSH);
    expectError((await run(agent, token, PUSH)).answer, 403, "command_not_covered");
    const [row] = (await h.admin.get("/admin/command-grants")).json<{ used: number; uses_left: number }[]>();
    assert.deepEqual([row?.used, row?.uses_left], [2, 0]);
    const again = expectOk<CommandRequestAnswer>(await ask(agent));
    assert.notEqual(again.id, asked.id);
  }),
);

Deno.test(
  "a run that will ask for a wider token uses nothing up and opens nothing before",
  withHarness(async (h) => {
    const { agent, token } = await setUp(h, { uses: 1 });
    await storeAndGrant(h, "p", "prod/later");
    const nonce = randomHex(16);
    const body = { nonce, names: null, command: PUSH, asks_again: true };
    const { answer } = expectOk<{ answer: string }>(await agent.postSigned("/project/run/p", token, body));
    const { values, more_granted } = JSON.parse(answer) as RunRelease;
    assert.deepEqual([values, more_granted], [{}, ["LATER"]]);
    assert.ok(!(await h.auditRows()).some(({ action }) => action === "get_secrets"));
    // Whoever wants no more than it has is served.
    const named = { ...body, nonce: randomHex(16), names: ["KEY"] };
    const given = expectOk<{ answer: string }>(await agent.postSigned("/project/run/p", token, named));
    assert.deepEqual(Object.keys(JSON.parse(given.answer).values), ["KEY"]);
  }),
);

Deno.test(
  "a name that a person or a policy keeps back is told with its reason, and one without a grant with none",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    await storeAndGrant(h, "p", "prod/key");
    const first = await agent.discover("p", ["KEY"]);
    await approve(h, grantId(first));
    for (const key of ["prod/no", "policy/kept"]) await storeAndGrant(h, "p", key);
    const denied = grantId(await agent.discover("p", ["KEY", "NO"], { regenerate: true }));
    expectOk(await h.admin.post(`/admin/pending-grants/${denied}/deny`, {}));
    const policy = { policy_name: "x", agent_pattern: "*", allowed_paths: ["*"], denied_paths: ["policy/*"] };
    expectOk(await h.admin.post("/admin/policies", policy), 201);
    const names = ["KEY", "NO", "KEPT", "NONE"];
    const { project_token } = await agent.obtain("p", names, { regenerate: true });
    const { values, withheld } = await release(agent, project_token, null, names);
    assert.deepEqual([Object.keys(values), withheld], [["KEY"], [
      { name: "NO", reason: "denied" },
      { name: "KEPT", reason: "denied_by_policy" },
    ]]);
  }),
);

Deno.test(
  "an SSH key of the project is nothing that a run would ask for",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    await storeAndGrant(h, "p", "prod/key", { value: "canary-value" });
    await storeAndGrant(h, "p", "prod/ssh", { secret_type: "SSH_KEY", value: newSshLogin().privateKey });
    const { project_token } = await agent.obtain("p", "all");
    const body = { nonce: randomHex(16), names: null, command: null, asks_again: true };
    const { answer } = expectOk<{ answer: string }>(
      await agent.postSigned("/project/run/p", project_token, body),
    );
    const { values, more_granted } = JSON.parse(answer) as RunRelease;
    assert.deepEqual([Object.keys(values), more_granted], [["KEY"], []]);
  }),
);

Deno.test(
  "keys that were approved for one command with different PATHs do not go to it together",
  withHarness(async (h) => {
    const { agent } = await setUp(h);
    await storeAndGrant(h, "p", "prod/other", { value: "other-canary" });
    const elsewhere = { ...BINDING, search_path: "/home/bot/bin" };
    expectOk(await approveCommand(h, expectOk(await ask(agent, { names: ["OTHER"], binding: elsewhere }))));
    const { project_token: token } = await agent.obtain("p", ["KEY", "OTHER"], { regenerate: true });
    expectError((await run(agent, token, PUSH, ["KEY", "OTHER"])).answer, 403, "command_not_covered");
    assert.equal((await release(agent, token, PUSH, ["OTHER"])).search_path, "/home/bot/bin");
    expectOk(await approveCommand(h, expectOk(await ask(agent, { names: ["OTHER"] }))));
    const { values, search_path } = await release(agent, token, PUSH, ["KEY", "OTHER"]);
    assert.deepEqual([Object.keys(values), search_path], [["KEY", "OTHER"], BINDING.search_path]);
  }),
);

Deno.test(
  "a key that is approved for one command can be asked for for any, and a bound one cannot",
  withHarness(async (h) => {
    const { agent } = await setUp(h);
    const state = async () => (await explain(agent, { command: null })).names[0]?.state;
    const forAny = (name: string) => {
      const context = { project_name: "p", file_content: `${name}=`, any_command: true };
      return agent.discover("p", [name], { regenerate: true, body: { context } });
    };
    assert.equal(await state(), "other_command");
    const asked = await forAny("KEY");
    assert.equal(await state(), "other_command", "what a run without the approved command hears");
    await approve(h, grantId(asked));
    const { project_token } = expectOk<{ project_token: string }>(await forAny("KEY"));
    assert.equal(await state(), "released");
    assert.equal((await release(agent, project_token, null)).values["KEY"]?.value, "canary-value");
    const bound = await storeAndGrant(h, "p", "prod/bound");
    expectOk(await h.admin.put(`/admin/projects/p/grants/${bound.grantId}`, { bound: true }));
    expectOk(await approveCommand(h, expectOk(await ask(agent, { names: ["BOUND"] }))));
    const scoped = expectOk<{ project_token: string }>(await forAny("BOUND")).project_token;
    expectError((await run(agent, scoped, null, ["BOUND"])).answer, 428, "command_facts_needed");
  }),
);

Deno.test(
  "two runs at the same moment do not share the last use",
  withHarness(async (h) => {
    const { agent, token } = await setUp(h, { uses: 1 });
    const both = await Promise.all([run(agent, token, PUSH), run(agent, token, PUSH)]);
    assert.deepEqual(both.map(({ answer }) => answer.status).sort(), [200, 403]);
    const released = (await h.auditRows()).filter(({ action, status }) =>
      action === "get_secrets" && status === "success"
    );
    assert.equal(released.length, 1);
  }),
);

Deno.test(
  "an approval ends with its time, by the admin's word, with its agent's freeze, and not by another agent's",
  withHarness(async (h) => {
    const { agent, token, asked } = await setUp(h, { seconds: 60 });
    h.clock.advance(MINUTE + 1);
    expectError((await run(agent, token, PUSH)).answer, 403, "command_not_covered");
    const second = expectOk<CommandRequestAnswer>(await ask(agent));
    assert.notEqual(second.id, asked.id);
    expectOk(await approveCommand(h, second));
    await release(agent, token, PUSH);
    expectOk(await h.admin.delete(`/admin/command-grants/${second.id}`));
    expectError((await run(agent, token, PUSH)).answer, 403, "command_not_covered");
    const third = expectOk<CommandRequestAnswer>(await ask(agent));
    expectOk(await approveCommand(h, third));
    expectOk(await h.admin.post("/admin/agents/agent/freeze", {}));
    const frozen = await run(agent, token, PUSH);
    assert.ok(frozen.answer.status === 403 || frozen.answer.status === 401, frozen.answer.text);
  }),
);

Deno.test(
  "the approval of one agent's command gives nothing to another agent or project",
  withHarness(async (h) => {
    const { asked } = await setUp(h);
    assert.equal(asked.status, "pending");
    const other = await TestAgent.enrol(h, "other");
    const { project_token: token } = await other.obtain("q", []);
    const nonce = randomHex(16);
    const body = { nonce, names: ["KEY"], command: PUSH };
    const answer = await other.postSigned("/project/run/q", token, body);
    assert.deepEqual(JSON.parse(expectOk<{ answer: string }>(answer).answer).values, {});
    expectError(await other.discover("p", ["KEY"]), 403, "project_agent_mismatch");
  }),
);

Deno.test(
  "a decision is about the request that was shown, once, and for that or less",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    await storeAndGrant(h, "p", "prod/key");
    await storeAndGrant(h, "p", "prod/other");
    const asked = expectOk<CommandRequestAnswer>(await ask(agent, { names: ["KEY", "NONE"], uses: 3 }));
    assert.deepEqual([asked.names, asked.unmatched], [["prod/key"], ["NONE"]]);
    const wrong = { ...asked, request_sha256: "0".repeat(64) };
    expectError(await approveCommand(h, wrong), 409, "grant_changed");
    for (const more of [{ uses: 4 }, { seconds: 3_601 }, { approved_keys: ["prod/other"] }]) {
      expectError(await approveCommand(h, asked, more), 400, "request_invalid");
    }
    expectOk(await approveCommand(h, asked, { uses: 1, seconds: 60 }));
    expectError(await approveCommand(h, asked), 409, "grant_already_decided");
    expectError(await h.admin.post(`/admin/command-grants/${asked.id}/deny`), 409, "grant_already_decided");
    expectError(await h.admin.post("/admin/command-grants/none/deny"), 404, "command_not_found");
  }),
);

Deno.test(
  "the same request again is the same card; another command is another card; a denied one stays denied",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    await storeAndGrant(h, "p", "prod/key");
    const first = expectOk<CommandRequestAnswer>(await ask(agent));
    assert.equal(expectOk<CommandRequestAnswer>(await ask(agent)).id, first.id);
    const other = expectOk<CommandRequestAnswer>(
      await ask(agent, { binding: { ...BINDING, args: ["pull"] } }),
    );
    assert.notEqual(other.id, first.id);
    expectOk(await h.admin.post(`/admin/command-grants/${first.id}/deny`));
    expectError(await agent.discover("p", ["KEY"]), 403, "pending_approval");
    expectError(await ask(agent, { names: ["NONE"] }), 404, "command_nothing_to_ask");
  }),
);

Deno.test(
  "a request that nobody answers waits, and silence approves nothing",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    await storeAndGrant(h, "p", "prod/key");
    const asked = expectOk<CommandRequestAnswer>(await ask(agent));
    h.clock.advance(400 * DAY);
    const [row] = (await h.admin.get("/admin/command-grants?status=pending")).json<{ id: string }[]>();
    assert.equal(row?.id, asked.id);
  }),
);

Deno.test(
  "asking for a decoy by name sets off the alarm here too",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    await storeAndGrant(h, "p", "prod/key");
    const decoy = { key_path: "prod/root_password", secret_type: "KEY_VALUE", value: "bait-bait-bait" };
    expectOk(await h.admin.post("/admin/secrets", { ...decoy, is_honey_token: true }), 201);
    expectError(await ask(agent, { names: ["ROOT_PASSWORD"] }), 401, "proof_invalid");
    assert.equal((await lastRow(h, "honey_token_access")).status, "alarm");
    expectError(await ask(agent), 403, "agent_frozen");
  }),
);

Deno.test(
  "POST /agent/explain says of each name what a run would get, and why not where not",
  withHarness(async (h) => {
    const { agent, token } = await setUp(h);
    await storeAndGrant(h, "p", "prod/open");
    await storeAndGrant(h, "p", "prod/waits");
    await approve(h, grantId(await agent.discover("p", ["OPEN"], { regenerate: true })));
    grantId(await agent.discover("p", ["OPEN", "WAITS"], { regenerate: true }));
    const never = await storeAndGrant(h, "p", "prod/never");
    expectOk(await h.admin.put(`/admin/projects/p/grants/${never.grantId}`, { delivery: "never" }));
    const states = async (command: CommandFacts | null) =>
      Object.fromEntries((await explain(agent, { command })).names.map(({ name, state }) => [name, state]));
    assert.deepEqual(await states(null), {
      KEY: "other_command",
      NEVER: "delivery_never",
      OPEN: "released",
      WAITS: "waiting",
    });
    assert.equal((await states(PUSH))["KEY"], "released");
    const [shown] = (await explain(agent, { command: { ...PUSH, args: [] } })).commands;
    assert.deepEqual([shown?.status, shown?.names, shown?.differs], ["approved", ["KEY"], ["arguments"]]);
    const named = await explain(agent, { names: ["NOPE"] });
    assert.deepEqual(named.names, [{
      name: "NOPE",
      state: "not_granted",
      delivery: null,
      by_command: false,
    }]);
    assert.ok(token.length > 0 && !(await h.transcript()).includes("canary-value"));
  }),
);
