/** What the predecessor's programs do on the wire (section 0.1 of the wire contract), against a real server and daemon. */

import assert from "node:assert/strict";
import { approveAll, PROJECT, storeAndGrant, withMainJob } from "../support/main_job.ts";
import { withTempDir } from "../support/paths.ts";
import { expectOk, WireAgent } from "../support/wire_agent.ts";
import { World } from "../support/world.ts";

async function withServer(work: (world: World) => Promise<void>): Promise<void> {
  await withTempDir(async (folder) => {
    await using world = new World({ folder });
    await world.startServer();
    await work(world);
  });
}

Deno.test("the predecessor's daemon logs in, attests, discovers and reads without any of our extensions", async () => {
  await withServer(async (world) => {
    await storeAndGrant(world, "openai_api_key", "value-one");
    await storeAndGrant(world, "prod/db", "value-two");
    const agent = await WireAgent.enrol(world, "old-agent");
    const token = await agent.obtainToken(PROJECT, ["OPENAI_API_KEY", "DB", "UNKNOWN"]);
    assert.match(token, /^[0-9a-f]{64}$/);
    const answer = await expectOk(agent.readSecrets(PROJECT, token));
    const { env_vars } = answer.json<{ env_vars: Record<string, string> }>();
    assert.deepEqual(env_vars, { OPENAI_API_KEY: "value-one", DB: "value-two" });
    assert.equal(answer.headers.get("cache-control"), "no-store");
  });
});

Deno.test("a discover answers 409 while a token is active, and gives a new one when asked to", async () => {
  await withServer(async (world) => {
    await storeAndGrant(world, "api_key", "value-one");
    const agent = await WireAgent.enrol(world, "old-agent");
    const first = await agent.obtainToken(PROJECT, ["API_KEY"]);
    assert.equal((await agent.discover(PROJECT, ["API_KEY"])).status, 409);
    const again = (await expectOk(agent.discover(PROJECT, ["API_KEY"], { regenerate: true }))).json();
    assert.equal((await agent.readSecrets(PROJECT, first)).status, 401);
    assert.equal((await agent.readSecrets(PROJECT, again["project_token"] ?? "")).status, 200);
  });
});

Deno.test("after a revoke the next discover of the owning agent succeeds without regenerate_token", async () => {
  await withServer(async (world) => {
    await storeAndGrant(world, "api_key", "value-one");
    const agent = await WireAgent.enrol(world, "old-agent");
    const token = await agent.obtainToken(PROJECT, ["API_KEY"]);
    await expectOk(world.admin("POST", `/admin/projects/${PROJECT}/revoke`));
    const refused = await agent.readSecrets(PROJECT, token);
    assert.equal(refused.json()["error_code"], "token_revoked");
    assert.equal((await agent.discover(PROJECT, ["API_KEY"])).status, 200);
  });
});

Deno.test("one attestation header works once, whoever sends it again", async () => {
  await withServer(async (world) => {
    await storeAndGrant(world, "api_key", "value-one");
    const agent = await WireAgent.enrol(world, "old-agent");
    const token = await agent.obtainToken(PROJECT, ["API_KEY"]);
    const { sha256Hex } = await import("../../shared/crypto/hash.ts");
    const header = agent.attestation("GET", `/project/secrets/${PROJECT}`, sha256Hex(token));
    const headers = { Authorization: `Bearer ${token}`, "X-Daemon-Attestation": header };
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => world.api("GET", `/project/secrets/${PROJECT}`, { headers })),
    );
    assert.deepEqual(answers.map(({ status }) => status).toSorted(), [200, ...Array(7).fill(401)]);
  });
});

/** One line in, one line out, as the predecessor's command line and `nc` do it. */
async function oneLine(world: World, request: unknown): Promise<Record<string, unknown>> {
  using connection = await Deno.connect({ transport: "unix", path: world.socketPath });
  await connection.write(new TextEncoder().encode(`${JSON.stringify(request)}\n`));
  return JSON.parse(await new Response(connection.readable).text());
}

Deno.test("the one-line socket protocol runs a program and gives its exit code; status shows no token", async () => {
  await withMainJob({ api_key: "value-of-the-key" }, async (world) => {
    const run = {
      cmd: "run",
      program: "sh",
      args: ["-c", 'test -n "$API_KEY" && exit 7'],
      project: PROJECT,
      url: null,
    };
    assert.deepEqual(
      await oneLine(world, { ...run, env_file: null }).then(({ ok, exit_code }) => [ok, exit_code]),
      [true, 7],
    );
    const status = await oneLine(world, { cmd: "status" });
    assert.equal(status["ok"], true);
    assert.equal(status["agent_id"], "test-agent");
    assert.doesNotMatch(JSON.stringify(status), /eyJ|access_token/);
    assert.equal((await oneLine(world, { cmd: "no such verb" }))["ok"], false);
  });
});

Deno.test("the one-line protocol says pending_approval as the predecessor does", async () => {
  await withMainJob({ api_key: "value-of-the-key" }, async (world) => {
    await storeAndGrant(world, "other", "value-of-another", "other-project");
    const answer = await oneLine(world, {
      cmd: "run",
      program: "true",
      args: [],
      project: "other-project",
      env_file: null,
    });
    assert.equal(answer["ok"], false);
    assert.equal(answer["error_code"], "pending_approval");
    assert.deepEqual(answer["requested_keys"], ["other"]);
    assert.match(String(answer["grant_id"]), /^[0-9a-f-]{36}$/);
    await approveAll(world);
  });
});
