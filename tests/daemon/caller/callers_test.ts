/** Which programs may use the daemon's identity: on a real socket, the caller being this process. */

import assert from "node:assert/strict";
import { parseParents } from "../../../shared/caller/parents.ts";
import { SECOND } from "../../../shared/clock.ts";
import { ProgramHashes } from "../../../shared/os/program_hash.ts";
import { wireFailure } from "../support/fake_server.ts";
import { Stage } from "../support/stage.ts";

const OTHER = "0".repeat(64);
const OURS = await new ProgramHashes().ofProcess("self") ?? "";

/** The caller is this process, so its directory is what a template may be written to. */
const NEVER = "never-written-by-a-test";

const code = async (stage: Stage) => (await stage.exec("true")).error?.error_code;

Deno.test("Callers: without a list any program of this user may", async () => {
  await using stage = new Stage();
  stage.server.allowedCallers = [];
  assert.equal(await code(stage), undefined);
});

Deno.test("Callers: a program that is not on the server's list is refused before anything is asked, and told how to get on it", async () => {
  await using stage = new Stage();
  stage.server.allowedCallers = [{ sha256: OTHER, role: "caller" }];
  const { error } = await stage.exec("true");
  assert.equal(error?.error_code, "client_caller_not_allowed");
  assert.deepEqual(error?.details, { agent_id: "test-agent", role: "caller", sha256: OURS });
  assert.ok(error?.error.includes(`cortex admin agents callers add test-agent --sha256 ${OURS}`));
  assert.equal(stage.server.seen("/agent/discover").length, 0);
});

Deno.test("Callers: every verb that acts for the agent is refused, and the others are not", async () => {
  await using stage = new Stage();
  stage.server.allowedCallers = [{ sha256: OTHER, role: "caller" }];
  const command = { program: "true", args: [], cwd: stage.folder, path: "/usr/bin" };
  const common = { v: 1, project: "p", names: null };
  const verbs = [
    { cmd: "run", project: "p", program: "true", args: [] },
    { cmd: "explain", ...common, command },
    { cmd: "explain", ...common, command: null },
    {
      cmd: "request",
      ...common,
      command,
      patterns: false,
      commit: false,
      uses: null,
      seconds: 60,
      note: null,
    },
    {
      cmd: "template",
      v: 1,
      project: "p",
      cwd: Deno.cwd(),
      out: NEVER,
      force: false,
      template: { text: "x" },
    },
    { cmd: "sign", v: 1, project: "p", cwd: "/", request: { kind: "jwt", name: "K", claims: {} } },
  ];
  for (const verb of verbs) {
    assert.equal((await stage.ask(verb))["error_code"], "client_caller_not_allowed", verb.cmd);
  }
  const ssh = await stage.exec("true", [], { ssh: true, names: [] });
  assert.equal(ssh.error?.error_code, "client_caller_not_allowed");
  assert.equal((await stage.ask({ cmd: "status" }))["ok"], true);
  await assert.rejects(Deno.lstat(NEVER));
  const paths = stage.server.requests.map(({ path }) => path);
  assert.deepEqual(paths.filter((path) => path !== "/daemon/attest"), []);
});

Deno.test("Callers: a list of parents wants one of them above the caller", async () => {
  await using stage = new Stage();
  stage.server.allowedCallers = [{ sha256: OTHER, role: "parent" }];
  const { error } = await stage.exec("true");
  assert.equal(error?.details?.["role"], "parent");
  assert.ok(error?.error.includes("callers add test-agent --parent --sha256"));
});

Deno.test("Callers: a program that an admin has just added is let in without a restart, and the server is not asked for each refusal", async () => {
  await using stage = new Stage();
  stage.server.allowedCallers = [{ sha256: OTHER, role: "caller" }];
  const attests = () => stage.server.seen("/daemon/attest").length;
  for (let tries = 0; tries < 5; tries++) assert.equal(await code(stage), "client_caller_not_allowed");
  assert.equal(attests(), 1);
  stage.server.allowedCallers = [{ sha256: OURS, role: "caller" }];
  stage.timers.advance(10 * SECOND);
  assert.equal(await code(stage), undefined);
  assert.equal(attests(), 2);
});

Deno.test("Callers: the host's list adds to the server's, and the server is told that it did", async () => {
  await using stage = new Stage({ parts: { allowedCallers: [OURS] } });
  stage.server.allowedCallers = [{ sha256: OTHER, role: "caller" }];
  assert.equal(await code(stage), undefined);
  for (const { headers } of stage.server.seen("/agent/discover")) {
    assert.equal(headers.get("X-Cortex-Caller-Allowed-By"), "host");
  }
});

Deno.test("Callers: where the server has no list, the host's is the only one", async () => {
  await using stage = new Stage({ parts: { allowedCallers: [OTHER] } });
  assert.equal(await code(stage), "client_caller_not_allowed");
});

Deno.test("Callers: the server's own refusal reaches the caller", async () => {
  await using stage = new Stage();
  stage.server.answerOnce("/agent/discover", wireFailure(403, "client_caller_not_allowed"));
  assert.equal(await code(stage), "client_caller_not_allowed");
});

Deno.test("an attestation whose list of callers is not understood opens no session", async () => {
  for (
    const list of [[{ sha256: "x", role: "caller" }], [{ sha256: OTHER, role: "friend" }], "all", [null]]
  ) {
    await using stage = new Stage();
    const body = { session_id: "s", expires_in: 100, allowed_callers: list };
    for (let tries = 0; tries < 5; tries++) stage.server.answerOnce("/daemon/attest", { status: 200, body });
    assert.equal(await code(stage), "server_untrusted");
  }
});

Deno.test("B15: parents are those of the caller, with start times, and no arguments of theirs", async () => {
  await using stage = new Stage();
  await stage.exec("true");
  const [{ headers } = assert.fail("nothing was asked")] = stage.server.seen("/agent/discover");
  const parents = parseParents(headers.get("X-Cortex-Caller-Parents") ?? "") ?? [];
  assert.equal(parents[0]?.pid, Deno.ppid);
  assert.match(parents[0]?.sha256 ?? "", /^[0-9a-f]{64}$/);
  assert.match(headers.get("X-Cortex-Caller-Started") ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  assert.equal(headers.get("X-Cortex-Caller-Allowed-By"), null);
  assert.deepEqual([...new Set(parents.flatMap(Object.keys))].sort(), ["name", "pid", "sha256", "started"]);
});
