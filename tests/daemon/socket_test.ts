import assert from "node:assert/strict";
import { VaultError } from "../../shared/errors.ts";
import { MAX_LINE_BYTES } from "../../shared/socket/messages.ts";
import { wireFailure } from "./support/fake_server.ts";
import { AGENT, PROJECT, Stage } from "./support/stage.ts";
import { until } from "./support/until.ts";

Deno.test("B3: status shows everything but a token", async () => {
  await using stage = new Stage();
  await stage.exec("true");
  const status = await stage.ask({ cmd: "status" });
  const session = Deno.readTextFileSync(stage.sessionFile);
  const bearers = stage.server.requests.flatMap(({ headers }) =>
    headers.get("Authorization")?.slice(7) ?? []
  );
  assert.ok(bearers.length >= 2);
  for (const secret of [JSON.parse(session).access_token, ...bearers]) {
    assert.ok(!JSON.stringify(status).includes(secret));
    assert.ok(!stage.logLines.join("\n").includes(secret));
  }
  assert.equal(status["agent_id"], AGENT);
  assert.equal(status["session_state"], "attested");
  assert.deepEqual(status["hardening"], [{ step: "tested", done: true }]);
  assert.deepEqual(status["projects"], [{ project: PROJECT, token_expires_at: "2026-01-16 03:04:05" }]);
  assert.deepEqual(status["session"], { server_url: stage.server.url });
});

Deno.test("one-line verbs answer one line of JSON and close, whatever the line is", async (t) => {
  await using stage = new Stage();
  const cases: readonly (readonly [string, string])[] = [
    ["not json", "request_malformed_json"],
    ["[]", "request_malformed_json"],
    ["", "request_malformed_json"],
    ['{"cmd":"fly"}', "request_invalid"],
    ["{}", "request_invalid"],
    ['{"cmd":"exec"}', "request_invalid"],
    ['{"cmd":"exec","v":2}', "request_invalid"],
    ['{"cmd":"run","project":"p"}', "request_invalid"],
    ['{"cmd":"run","project":"a/b","program":"x"}', "request_invalid"],
  ];
  for (const [line, code] of cases) {
    await t.step(line === "" ? "an empty line" : line, async () => {
      const answer = await stage.ask(line);
      assert.deepEqual([answer["ok"], answer["error_code"]], [false, code]);
    });
  }
  assert.equal((await stage.ask({ cmd: "status" }))["ok"], true);
});

Deno.test("exec refuses fields that are not of their form, and quotes none of them", async (t) => {
  await using stage = new Stage();
  const good = stage.request("true");
  const wrong: Record<string, unknown> = {
    cwd: "relative",
    args: ["nul\0"],
    env: [["NAME=", "x"]],
    names: "all",
    program: 7,
    project: "canary\u0007",
  };
  for (const [field, value] of Object.entries(wrong)) {
    await t.step(field, async () => {
      const answer = await stage.ask({ ...good, env: [["CANARY", "canary"]], [field]: value });
      assert.equal(answer["error_code"], "request_invalid");
      assert.ok(!JSON.stringify(answer).includes("canary"));
    });
  }
});

Deno.test("a line that never ends or is too long is given up, and the daemon goes on", async () => {
  await using stage = new Stage();
  const slow = await Deno.connect({ transport: "unix", path: stage.socket });
  await slow.write(new TextEncoder().encode('{"cmd":'));
  await until(() => stage.timers.waiting.includes(10_000));
  stage.timers.advance(10_000);
  assert.equal(await slow.read(new Uint8Array(10)).catch(() => null), null);
  slow.close();
  const answer = await stage.ask(`"${"x".repeat(MAX_LINE_BYTES + 70_000)}"`).catch(() => ({ ok: false }));
  assert.equal(answer["ok"], false);
  assert.equal((await stage.ask({ cmd: "status" }))["ok"], true);
});

Deno.test("a caller whose identity cannot be established is closed without a word", async () => {
  const identify = () => {
    throw new VaultError("client.peer_refused", "The system does not say who is calling");
  };
  await using stage = new Stage({ parts: { identify } });
  using connection = await Deno.connect({ transport: "unix", path: stage.socket });
  const answered = connection.read(new Uint8Array(10)).catch(() => null);
  assert.equal(await answered, null);
  assert.match(stage.logLines.join("\n"), /client_peer_refused/);
});

Deno.test("the predecessor's run: exit code, empty input, the daemon's surroundings, output dropped and said", async () => {
  await using stage = new Stage();
  stage.server.values = { A: "1" };
  const run = (script: string, extra = {}) =>
    stage.ask({
      cmd: "run",
      program: "sh",
      args: ["-c", script],
      project: PROJECT,
      url: null,
      env_file: null,
      ...extra,
    });
  const answer = await run('echo shown; cat; [ "$A-$OF_DAEMON" = 1-yes ] && exit 42');
  assert.deepEqual([answer["ok"], answer["exit_code"]], [true, 42]);
  assert.match(String(answer["note"]), /dropped/);
  assert.equal((await run("kill -TERM $$"))["exit_code"], -1);
  assert.ok(!stage.logLines.join("\n").includes("shown"));
  const missing = await run("true", { env_file: "no-such-file" });
  assert.deepEqual([missing["ok"], missing["error_code"]], [false, "request_invalid"]);
});

Deno.test("C2: the predecessor's run reads .env in the daemon's directory for its names only", async () => {
  await using stage = new Stage();
  stage.server.values = { A: "1", B: "2" };
  Deno.writeTextFileSync(`${stage.folder}/.env`, "export A=not-this\n# B=no\n");
  const script = '[ "$A-$B" = 1- ]';
  const answer = await stage.ask({ cmd: "run", program: "sh", args: ["-c", script], project: PROJECT });
  assert.equal(answer["exit_code"], 0);
  assert.ok(!stage.server.requests.some(({ body }) => body.includes("not-this")));
});

Deno.test("the predecessor's run tells a pending approval in the fields that its command line reads", async () => {
  await using stage = new Stage();
  const details = { grant_id: "g-1", requested_keys: ["api_key"] };
  stage.server.answerOnce("/agent/discover", wireFailure(403, "pending_approval", { details }));
  const answer = await stage.ask({ cmd: "run", program: "true", args: [], project: PROJECT });
  assert.deepEqual(
    [answer["ok"], answer["error_code"], answer["grant_id"], answer["requested_keys"]],
    [false, "pending_approval", "g-1", ["api_key"]],
  );
  assert.equal(typeof answer["message"], "string");
});

Deno.test("C3: the predecessor's command line that goes away takes its child with it", async () => {
  await using stage = new Stage();
  const mark = `${stage.folder}/mark`;
  const script = `trap 'echo hup >${mark}; exit' HUP; touch ${mark}.ready; while :; do sleep 0.05; done`;
  const connection = await Deno.connect({ transport: "unix", path: stage.socket });
  const request = { cmd: "run", program: "sh", args: ["-c", script], project: PROJECT };
  await connection.write(new TextEncoder().encode(`${JSON.stringify(request)}\n`));
  await until(() => exists(`${mark}.ready`));
  connection.close();
  await until(() => exists(mark));
});

Deno.test("a client that closes its sending side, as nc does, still gets its answer", async () => {
  await using stage = new Stage();
  using connection = await Deno.connect({ transport: "unix", path: stage.socket });
  const request = { cmd: "run", program: "sh", args: ["-c", "sleep 0.05; exit 3"], project: PROJECT };
  await connection.write(new TextEncoder().encode(`${JSON.stringify(request)}\n`));
  await connection.closeWrite();
  const answer = JSON.parse(await new Response(connection.readable).text());
  assert.deepEqual([answer.ok, answer.exit_code], [true, 3]);
});

Deno.test("many callers at once are all served", async () => {
  await using stage = new Stage();
  stage.server.values = { A: "1" };
  const runs = await Promise.all(
    Array.from({ length: 40 }, (_, code) => stage.exec("sh", ["-c", `exit ${code}`])),
  );
  assert.deepEqual(runs.map(({ exited }) => exited?.code), Array.from({ length: 40 }, (_, code) => code));
  await until(() => stage.logLines.filter((line) => line.includes("run ended")).length === 40);
});

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
