import assert from "node:assert/strict";
import { sha256Hex } from "../../shared/crypto/hash.ts";
import { FakeServer, wireFailure } from "./support/fake_server.ts";
import { AGENT, PROJECT, Stage, text } from "./support/stage.ts";
import { until } from "./support/until.ts";

/** Not the values themselves: those are redacted on their way. */
const SHOW = ["-c", 'echo "${A:+a}-${B:+b}"'];
const discovers = (stage: Stage) => stage.server.seen("/agent/discover");

Deno.test("A5: an active token that we do not have is asked for again with regenerate_token", async () => {
  await using stage = new Stage();
  stage.server.answerOnce("/agent/discover", wireFailure(409, "project_token_active"));
  assert.deepEqual((await stage.exec("true")).exited, { code: 0 });
  assert.deepEqual(discovers(stage).map(({ json }) => json["regenerate_token"]), [false, true]);
});

Deno.test("A5: the predecessor's bare 409 is understood too", async () => {
  await using stage = new Stage();
  stage.server.answerOnce("/agent/discover", { status: 409, body: { error: "active token exists" } });
  assert.deepEqual((await stage.exec("true")).exited, { code: 0 });
});

Deno.test("A5: runs that come first at the same moment share one discover, and all succeed", async () => {
  await using stage = new Stage();
  stage.server.values = { A: "1" };
  const gate = Promise.withResolvers<void>();
  stage.server.gate = gate.promise;
  const runs = Array.from({ length: 8 }, () => stage.exec("sh", SHOW, { names: ["A"] }));
  await until(() => stage.server.requests.length > 0);
  gate.resolve();
  for (const { stdout } of await Promise.all(runs)) assert.equal(text(stdout), "a-\n");
  assert.equal(discovers(stage).length, 1);
});

Deno.test("A5: a token that was taken away is asked for anew, once, unseen by the caller", async () => {
  await using stage = new Stage();
  stage.server.values = { A: "1" };
  await stage.exec("sh", SHOW, { names: ["A"] });
  stage.server.revokeTokens();
  assert.equal((await stage.exec("sh", SHOW, { names: ["A"] })).exited?.code, 0);
  assert.deepEqual(discovers(stage).map(({ json }) => json["regenerate_token"]), [false, false, true]);
});

Deno.test("A5: a token that is refused every time ends the run with the server's reason", async () => {
  await using stage = new Stage();
  for (let times = 0; times < 3; times++) {
    stage.server.answerOnce("/project/secrets", wireFailure(401, "token_revoked"));
  }
  assert.equal((await stage.exec("true")).error?.error_code, "token_revoked");
  assert.equal(stage.server.seen("/project/secrets").length, 3);
});

Deno.test("A6: a run that wants other names than the token was made for asks anew", async () => {
  await using stage = new Stage();
  stage.server.values = { A: "1", B: "2" };
  assert.equal(text((await stage.exec("sh", SHOW, { names: ["A"] })).stdout), "a-\n");
  assert.equal(text((await stage.exec("sh", SHOW, { names: ["A"] })).stdout), "a-\n");
  assert.equal(discovers(stage).length, 1);
  assert.equal(text((await stage.exec("sh", SHOW, { names: ["A", "B"] })).stdout), "a-b\n");
  assert.equal(discovers(stage).length, 2);
  // Both names are covered now, and each run still gets only what it asked for.
  assert.equal(text((await stage.exec("sh", SHOW, { names: ["B"] })).stdout), "-b\n");
  assert.equal(discovers(stage).length, 2);
});

Deno.test("A6: a name that was not granted at first comes with the first run after its grant", async () => {
  await using stage = new Stage();
  stage.server.values = { A: "1" };
  const first = await stage.exec("sh", SHOW, { names: ["A", "B"] });
  assert.deepEqual([text(first.stdout), first.started?.unmatched], ["a-\n", ["B"]]);
  stage.server.values = { A: "1", B: "2" };
  const second = await stage.exec("sh", SHOW, { names: ["A", "B"] });
  assert.deepEqual([text(second.stdout), second.started?.unmatched], ["a-b\n", []]);
});

Deno.test("A6: without names everything granted comes, new grants with the next run", async () => {
  await using stage = new Stage();
  stage.server.values = { A: "1" };
  assert.equal(text((await stage.exec("sh", SHOW)).stdout), "a-\n");
  assert.deepEqual(discovers(stage)[0]?.json["context"], {
    project_name: PROJECT,
    file_content: "",
    all_granted: true,
  });
  stage.server.values = { A: "1", B: "2" };
  assert.equal(text((await stage.exec("sh", SHOW)).stdout), "a-b\n");
});

Deno.test("A6: a run that names what the token for everything has uses that token, and one that names more asks anew", async () => {
  await using stage = new Stage();
  stage.server.values = { A: "1" };
  await stage.exec("sh", SHOW);
  assert.equal(text((await stage.exec("sh", SHOW, { names: ["A"] })).stdout), "a-\n");
  assert.equal(text((await stage.exec("sh", SHOW)).stdout), "a-\n");
  assert.equal(discovers(stage).length, 1);
  await stage.exec("sh", SHOW, { names: ["A", "B"] });
  assert.equal(discovers(stage).length, 2);
});

Deno.test("A6: a token is not used in its last minute", async () => {
  await using stage = new Stage();
  await stage.exec("true", [], { names: [] });
  stage.timers.advance(14 * 86_400_000 - 60_000);
  stage.server.endSessions();
  await stage.exec("true", [], { names: [] });
  assert.equal(discovers(stage).length, 2);
});

Deno.test("B25: a token of one server or agent is never sent to another", async () => {
  await using stage = new Stage();
  await using other = new FakeServer(stage.timers);
  await stage.exec("true");
  stage.logIn(AGENT, other.url, "2");
  assert.deepEqual((await stage.exec("true")).exited, { code: 0 });
  const ours = stage.server.seen("/project/secrets")[0]?.headers.get("Authorization");
  assert.ok(!other.requests.some(({ headers }) => headers.get("Authorization") === ours));
  assert.equal(other.seen("/agent/discover").length, 1);

  stage.writeKey("second-agent");
  stage.logIn("second-agent", other.url);
  assert.deepEqual((await stage.exec("true")).exited, { code: 0 });
  const [first, second] = other.seen("/project/secrets").map(({ headers }) => headers.get("Authorization"));
  assert.notEqual(first, second);
});

Deno.test("C5: a pending approval comes back with its grant and keys, and is asked for anew", async () => {
  await using stage = new Stage();
  const details = { grant_id: "grant-1", requested_keys: ["api_key"] };
  stage.server.answerOnce("/agent/discover", wireFailure(403, "pending_approval", { details }));
  const { error, exited } = await stage.exec("true");
  assert.deepEqual([error?.error_code, error?.details], ["pending_approval", details]);
  assert.equal(exited, undefined);
  assert.deepEqual((await stage.exec("true")).exited, { code: 0 });
});

Deno.test("C5: every failure keeps its cause", async (t) => {
  await using stage = new Stage();
  const failures: [string, Parameters<Stage["exec"]>][] = [
    ["child_not_found", ["no-such-program"]],
    ["child_not_executable", [stage.sessionFile]],
    ["child_directory_gone", ["true", [], { cwd: "/no/such/directory" }]],
    ["child_spawn_failed", ["true", ["x".repeat(2_500_000)]]],
  ];
  for (const [code, [program, args, extra]] of failures) {
    await t.step(
      code,
      async () => assert.equal((await stage.exec(program, args, extra)).error?.error_code, code),
    );
  }
  stage.server.answerOnce("/agent/discover", wireFailure(403, "grant_denied"));
  assert.equal((await stage.exec("true", [], { names: ["NEW"] })).error?.error_code, "grant_denied");
  stage.server.answerOnce("/project/secrets", wireFailure(503, "server_audit_unavailable"));
  assert.equal((await stage.exec("true")).error?.error_code, "server_audit_unavailable");
});

Deno.test("B15: caller headers describe the caller and its command, percent-encoded where needed", async () => {
  await using stage = new Stage();
  const cwd = `${stage.folder}/ü dir`;
  Deno.mkdirSync(cwd);
  const commit = "0123456789abcdef0123456789abcdef01234567";
  Deno.mkdirSync(`${cwd}/.git`);
  Deno.writeTextFileSync(`${cwd}/.git/HEAD`, `${commit}\n`);
  await stage.exec("printf", ["%s", "a b"], { cwd });
  for (const { headers } of [...discovers(stage), ...stage.server.seen("/project/secrets")]) {
    assert.equal(headers.get("X-Cortex-Caller-Pid"), String(Deno.pid));
    assert.match(headers.get("X-Cortex-Caller-Binary-Sha256") ?? "", /^[0-9a-f]{64}$/);
    assert.equal(headers.get("X-Cortex-Caller-Argv-Hash"), sha256Hex("printf\0%s\0a b"));
    assert.equal(headers.get("X-Cortex-Caller-Cwd"), `${stage.folder}/%C3%BC%20dir`);
    assert.equal(headers.get("X-Cortex-Caller-Git-Commit"), commit);
    assert.equal(headers.get("X-Cortex-Os"), "linux/x86_64");
  }
});

Deno.test("C1: the child has the caller's environment, the values in place of its own, and nothing of ours", async () => {
  await using stage = new Stage();
  stage.server.values = { A: "from the vault" };
  const env = [
    ["PATH", "/usr/bin:/bin"],
    ["A", "the caller's"],
    ["CORTEX_PROJECT", "p"],
    ["CORTEX_DAEMON_SOCK", "/x"],
    ["ADMIN_TOKEN", "t"],
    ["Z", "z"],
  ] as const;
  const { stdout } = await stage.exec("env", [], { env, names: ["A"] });
  assert.equal(text(stdout), "PATH=/usr/bin:/bin\nZ=z\nA=[redacted:A]\n");
  const same = await stage.exec("sh", ["-c", '[ "$A" = "from the vault" ]'], { env, names: ["A"] });
  assert.deepEqual(same.exited, { code: 0 });
});

Deno.test("C4: a name that no environment can hold is unmatched, and cannot smuggle another into the question", async () => {
  await using stage = new Stage();
  stage.server.values = { A: "1", SECRET: "2" };
  const { started } = await stage.exec("true", [], { names: ["A", "x\nSECRET", "with space"] });
  assert.deepEqual(started?.delivered, ["A"]);
  assert.deepEqual(started?.unmatched, ["x\nSECRET", "with space"]);
  assert.ok(!discovers(stage)[0]?.body.includes("SECRET"));
});
