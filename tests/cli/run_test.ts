/** `cortex run` as a real process against a daemon that the test plays. */

import assert from "node:assert/strict";
import { EXIT } from "../../shared/errors.ts";
import { encodeData, encodeFrame, FRAME, STDERR, STDOUT } from "../../shared/socket/frames.ts";
import { encodeStdinCredit, encodeStreamFrame } from "../../shared/socket/messages.ts";
import { CliHome, type CliOptions } from "./support/cli_home.ts";
import { FakeDaemon, type Play } from "./support/fake_daemon.ts";

const RUN = ["run", "--project", "shop", "--", "prog", "one", "two words"];
const succeed: Play = async (_, connection) => {
  await connection.started();
  await connection.exit({ code: 0 });
};

async function runAgainst(play: Play, args = RUN, options: CliOptions = {}) {
  await using home = await CliHome.create();
  await using daemon = new FakeDaemon(home.socket, play);
  const result = await home.cortex(args, options);
  return { ...result, requests: daemon.requests };
}

function pendingError(details: Record<string, unknown> = {}) {
  return {
    error: "An admin has to approve this",
    error_code: "pending_approval",
    details: { grant_id: "g-1", requested_keys: ["openai_api_key", "prod/db"], ...details },
  };
}

/** Answers `status` as a daemon that is logged in, everything else as told. */
function withStatus(play: Play): Play {
  return (request, connection) =>
    request.cmd === "status"
      ? connection.line({ ok: true, server_url: "https://vault.example", session_state: "attested" })
      : play(request, connection);
}

Deno.test("C1: run sends the caller's directory, environment, arguments and terminals", async () => {
  await using home = await CliHome.create();
  await using daemon = new FakeDaemon(home.socket, succeed);
  const { code } = await home.cortex(RUN, { env: { MARK: "línea\nzwei" } });
  const [request] = daemon.requests;
  assert.equal(code, 0);
  assert.deepEqual(
    { ...request, env: undefined },
    {
      cmd: "exec",
      v: 1,
      project: "shop",
      program: "prog",
      args: ["one", "two words"],
      cwd: home.work,
      env: undefined,
      names: null,
      tty: { stdin: false, stdout: false, stderr: false },
    },
  );
  const env = new Map(request?.env);
  assert.equal(env.get("MARK"), "línea\nzwei");
  assert.equal(env.get("HOME"), home.home);
});

Deno.test("run prints nothing of its own when all goes well", async () => {
  const { stdout, stderr } = await runAgainst(succeed);
  assert.deepEqual([stdout, stderr], ["", ""]);
});

Deno.test("run ends with the child's exit code, whatever it is", async () => {
  for (const code of [1, 2, 42, 119, 255]) {
    const result = await runAgainst(async (_, connection) => {
      await connection.started();
      await connection.exit({ code });
    });
    assert.equal(result.code, code);
  }
});

Deno.test("C3: a child that a signal ended gives 128 plus its number", async () => {
  const { code } = await runAgainst(async (_, connection) => {
    await connection.started();
    await connection.exit({ code: 143, signal: "SIGTERM" });
  });
  assert.equal(code, 143);
});

Deno.test("run passes bytes through unchanged: no decoding, no line ends", async () => {
  const bytes = Uint8Array.from({ length: 1024 }, (_, index) => index & 0xff);
  const result = await runAgainst(async (_, connection) => {
    await connection.started();
    await connection.send(
      ...encodeData(FRAME.stdout, bytes),
      ...encodeData(FRAME.stderr, new TextEncoder().encode("e!")),
    );
    await connection.send(
      encodeStreamFrame(FRAME.outputEnd, STDOUT),
      encodeStreamFrame(FRAME.outputEnd, STDERR),
    );
    await connection.exit({ code: 0 });
  });
  assert.deepEqual(result.stdoutBytes, bytes);
  assert.equal(result.stderr, "e!");
});

Deno.test("run gives credit back for every byte it has written", async () => {
  const chunk = new Uint8Array(60_000).fill(65);
  const result = await runAgainst(async (_, connection) => {
    await connection.started();
    for (let sent = 0, credited = 0; sent < 20; sent++) {
      await connection.send(encodeFrame(FRAME.stdout, chunk));
      while (credited < (sent + 1) * chunk.byteLength) {
        credited += (await connection.nextOf("output_credit")).bytes;
      }
    }
    await connection.exit({ code: 0 });
  });
  assert.equal(result.stdoutBytes.byteLength, 20 * chunk.byteLength);
});

Deno.test("run passes standard input on, within its credit, to its end", async () => {
  const input = crypto.getRandomValues(new Uint8Array(65_536));
  const large = new Uint8Array([
    ...input,
    ...input,
    ...input,
    ...input,
    ...input,
    ...input,
    ...input,
    ...input,
  ]);
  const received: Uint8Array[] = [];
  let withoutCredit = 0;
  await runAgainst(
    async (_, connection) => {
      await connection.started();
      for (let message; (message = await connection.next()) !== undefined && message.kind === "stdin";) {
        received.push(message.bytes);
        withoutCredit += message.bytes.byteLength;
        assert.ok(withoutCredit <= 256 * 1024, "more than the credit was sent");
        if (withoutCredit === 256 * 1024) {
          await connection.send(encodeStdinCredit(withoutCredit));
          withoutCredit = 0;
        }
      }
      await connection.exit({ code: 0 });
    },
    RUN,
    { stdin: large },
  );
  const whole = new Uint8Array(await new Blob(received.map((part) => new Uint8Array(part))).arrayBuffer());
  assert.deepEqual(whole, large);
});

Deno.test("run reads no input before the child runs: a refused run leaves it to the shell", async () => {
  const seen: string[] = [];
  await runAgainst(
    async (_, connection) => {
      await connection.error({ error: "No", error_code: "grant_denied" });
      for (let message; (message = await connection.next()) !== undefined;) seen.push(message.kind);
    },
    RUN,
    { stdin: new Uint8Array(10) },
  );
  assert.deepEqual(seen, []);
});

Deno.test("run tells the daemon when nobody reads its output any more, and goes on", async () => {
  await using home = await CliHome.create();
  let closed: number | undefined;
  await using _daemon = new FakeDaemon(home.socket, async (_, connection) => {
    await connection.started();
    await connection.send(...encodeData(FRAME.stdout, new Uint8Array(64 * 1024).fill(0x79)));
    closed = (await connection.nextOf("output_closed")).stream;
    await connection.exit({ code: 141, signal: "SIGPIPE" });
  });
  const program = await home.start(["run", "--project", "shop", "--", "yes"]);
  await program.closeStdout();
  assert.equal((await program.ended()).code, 141);
  assert.equal(closed, STDOUT);
});

for (
  const name of [
    "SIGINT",
    "SIGTERM",
    "SIGHUP",
    "SIGQUIT",
    "SIGUSR1",
    "SIGUSR2",
    "SIGWINCH",
    "SIGCONT",
  ] as const
) {
  Deno.test(`C3: run forwards ${name} to the child and waits for its end`, async () => {
    await using home = await CliHome.create();
    const got = Promise.withResolvers<string>();
    await using _daemon = new FakeDaemon(home.socket, async (_, connection) => {
      await connection.started();
      await connection.send(...encodeData(FRAME.stdout, new TextEncoder().encode("up\n")));
      got.resolve((await connection.nextOf("signal")).name);
      await connection.exit({ code: 7 });
    });
    const program = await home.start(["run", "--project", "shop", "--", "sleep", "1"]);
    await program.waitFor(/up/);
    program.kill(name);
    assert.equal(await got.promise, name);
    assert.equal((await program.ended()).code, 7);
  });
}

Deno.test("C3: SIGTSTP is forwarded, then run stops itself, and SIGCONT wakes both", async () => {
  await using home = await CliHome.create();
  const names: string[] = [];
  const stopped = Promise.withResolvers<void>();
  await using _daemon = new FakeDaemon(home.socket, async (_, connection) => {
    await connection.started();
    await connection.send(...encodeData(FRAME.stdout, new TextEncoder().encode("up\n")));
    names.push((await connection.nextOf("signal")).name);
    stopped.resolve();
    names.push((await connection.nextOf("signal")).name);
    await connection.exit({ code: 0 });
  });
  const program = await home.start(["run", "--project", "shop", "--", "vi"]);
  await program.waitFor(/up/);
  program.kill("SIGTSTP");
  await stopped.promise;
  while (await processState(program.pid) !== "T") await new Promise((resolve) => setTimeout(resolve, 5));
  program.kill("SIGCONT");
  assert.equal((await program.ended()).code, 0);
  assert.deepEqual(names, ["SIGTSTP", "SIGCONT"]);
});

async function processState(pid: number): Promise<string> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3);
}

Deno.test("C2: names come from .env, else .env.example, in the caller's directory, without values", async () => {
  await using home = await CliHome.create();
  await using daemon = new FakeDaemon(home.socket, succeed);
  await Deno.writeTextFile(`${home.work}/.env.example`, "FROM_EXAMPLE=\n");
  await home.cortex(RUN);
  await Deno.writeTextFile(`${home.work}/.env`, "export API_KEY=canary-value\nDB='canary two'\n");
  await home.cortex(RUN);
  await Deno.writeTextFile(`${home.work}/other.env`, "OTHER=canary3\n");
  await home.cortex(["run", "--project", "shop", "--env-file", "other.env", "--", "prog"]);
  await home.cortex(RUN, { env: { CORTEX_ENV_FILE: `${home.work}/other.env` } });
  const names = daemon.requests.map((request) => request.names);
  assert.deepEqual(names, [["FROM_EXAMPLE"], ["API_KEY", "DB"], ["OTHER"], ["OTHER"]]);
  assert.doesNotMatch(JSON.stringify(daemon.requests), /canary/);
});

Deno.test("C2: an --env-file that is missing is an error that names the path, and nothing runs", async () => {
  const result = await runAgainst(succeed, [
    "run",
    "--project",
    "shop",
    "--env-file",
    "gone.env",
    "--",
    "prog",
  ]);
  assert.equal(result.code, EXIT.failure);
  assert.match(result.stderr, /gone\.env is not there/);
  assert.equal(result.requests.length, 0);
});

Deno.test("C4: names that were not delivered are told in one line that says what to do", async () => {
  const { code, stderr } = await runAgainst(async (_, connection) => {
    await connection.started({ unmatched: ["DB_URL", "OTHER"] });
    await connection.exit({ code: 0 });
  });
  assert.equal(code, 0);
  assert.match(
    stderr,
    /^cortex: warning: no grant for DB_URL, OTHER in project shop; an admin can grant it.*\n$/,
  );
});

Deno.test("C2: a run that gets nothing at all is told", async () => {
  const { stderr } = await runAgainst(async (_, connection) => {
    await connection.started({ delivered: [] });
    await connection.exit({ code: 0 });
  });
  assert.match(stderr, /nothing is granted in project shop/);
});

Deno.test("C5: pending approval exits 120 with the predecessor's four lines and the approver's address", async () => {
  const { code, stdout, stderr } = await runAgainst(
    withStatus((_, connection) => connection.error(pendingError())),
  );
  const lines = stderr.trimEnd().split("\n");
  assert.equal(code, EXIT.pendingApproval);
  assert.equal(stdout, "");
  assert.ok(lines.every((line) => line.startsWith("[cortex-cli] ")), stderr);
  assert.match(lines[0] ?? "", /pending approval/);
  assert.equal(lines[1], "[cortex-cli] grant_id: g-1");
  assert.equal(lines[2], '[cortex-cli] requested_keys: ["openai_api_key","prod/db"]');
  assert.match(lines[3] ?? "", /hint: .*--wait/);
  assert.equal(
    lines[4],
    "[cortex-cli] approve with: cortex admin approvals approve g-1 --url https://vault.example, or at https://vault.example/ui/approvals",
  );
});

Deno.test("C5: run --json tells a pending approval as one line of JSON on standard error", async () => {
  const args = ["run", "--project", "shop", "--json", "--", "prog"];
  const { code, stderr } = await runAgainst(
    withStatus((_, connection) => connection.error(pendingError())),
    args,
  );
  const told = JSON.parse(stderr);
  assert.equal(code, EXIT.pendingApproval);
  assert.equal(told.ok, false);
  assert.equal(told.error_code, "pending_approval");
  assert.equal(told.details.grant_id, "g-1");
  assert.equal(told.details.approve_at, "https://vault.example");
  assert.ok(told.next_step.length > 0);
});

Deno.test("C5: run --wait tries again until the approval is there", async () => {
  let tries = 0;
  const play = withStatus(async (request, connection) => {
    if (++tries < 3) return await connection.error(pendingError({ poll_after_seconds: 0 }));
    return await succeed(request, connection);
  });
  const { code, stderr } = await runAgainst(play, ["run", "--project", "shop", "--wait", "--", "prog"]);
  assert.equal(code, 0);
  assert.equal(tries, 3);
  assert.match(stderr, /waiting up to 3600 s/);
});

Deno.test("C5: run --wait ends with 121 when the approval is denied", async () => {
  let tries = 0;
  const play = withStatus((_, connection) =>
    connection.error(
      ++tries === 1
        ? pendingError({ poll_after_seconds: 0 })
        : { error: "An admin said no", error_code: "grant_denied" },
    )
  );
  const { code, stderr } = await runAgainst(play, ["run", "--project", "shop", "--wait=60", "--", "prog"]);
  assert.equal(code, EXIT.refused);
  assert.match(stderr, /An admin said no/);
});

Deno.test("C5: run --wait=0 gives up with 124 and says that the request stays", async () => {
  const play = withStatus((_, connection) => connection.error(pendingError()));
  const { code, stderr } = await runAgainst(play, ["run", "--project", "shop", "--wait=0", "--", "prog"]);
  assert.equal(code, EXIT.timeout);
  assert.match(stderr, /still waits for an admin/);
});

Deno.test("C5: each kind of failure has its exit code and says the next step", async () => {
  const cases = [
    ["grant_denied", EXIT.refused],
    ["agent_frozen", EXIT.refused],
    ["client_not_logged_in", EXIT.notReady],
    ["server_unreachable", EXIT.unreachable],
    ["server_sealed", EXIT.unreachable],
    ["child_not_found", EXIT.notFound],
    ["child_not_executable", EXIT.notExecutable],
    ["of_a_later_version", EXIT.failure],
  ] as const;
  for (const [error_code, code] of cases) {
    const result = await runAgainst((_, connection) => connection.error({ error: "It failed", error_code }));
    assert.equal(result.code, code, error_code);
    assert.match(result.stderr, /^cortex: It failed\n/, error_code);
  }
});

Deno.test("C6: without a daemon run exits 122, names the socket and how to start one", async () => {
  await using home = await CliHome.create();
  const { code, stderr } = await home.cortex(RUN);
  assert.equal(code, EXIT.notReady);
  assert.match(stderr, new RegExp(home.socket));
  assert.match(stderr, /cortex daemon start/);
});

Deno.test("C6: --sock and CORTEX_DAEMON_SOCK choose the daemon", async () => {
  await using home = await CliHome.create();
  await using daemon = new FakeDaemon(`${home.folder}/other.sock`, succeed);
  const byFlag = ["run", "--project", "shop", "--sock", `${home.folder}/other.sock`, "--", "prog"];
  assert.equal((await home.cortex(byFlag)).code, 0);
  assert.equal(
    (await home.cortex(RUN, { env: { CORTEX_DAEMON_SOCK: `${home.folder}/other.sock` } })).code,
    0,
  );
  assert.equal(daemon.requests.length, 2);
});

Deno.test("C6: --url is checked against the daemon's server", async () => {
  const args = (url: string) => ["run", "--project", "shop", "--url", url, "--", "prog"];
  const same = await runAgainst(withStatus(succeed), args("https://vault.example/"));
  const other = await runAgainst(withStatus(succeed), args("https://other.example"));
  assert.equal(same.code, 0);
  assert.equal(other.code, EXIT.failure);
  assert.match(other.stderr, /logged in to https:\/\/vault\.example/);
});

Deno.test("the predecessor's command line works word for word, with its daemon too", async () => {
  const play: Play = (request, connection) =>
    connection.line(
      request.cmd === "run"
        ? { ok: true, exit_code: 3 }
        : request.cmd === "status"
        ? { ok: true, server_url: "https://vault.example", agent_id: "a", attest_session_id: "s" }
        : { ok: false, error: "unknown variant" },
    );
  const args = ["run", "--project", "shop", "--url", "https://vault.example", "python", "main.py"];
  const { code, stderr, requests } = await runAgainst(play, args);
  assert.equal(code, 3);
  assert.match(stderr, /predecessor/);
  const { url, env_file, ...rest } = requests.at(-1) ?? {};
  assert.deepEqual(rest, { cmd: "run", program: "python", args: ["main.py"], project: "shop" });
  assert.deepEqual([url, env_file], ["https://vault.example", null]);
});

Deno.test("a daemon that ends in the middle of a run is told, with exit 122", async () => {
  const { code, stderr } = await runAgainst((_, connection) => connection.started());
  assert.equal(code, EXIT.notReady);
  assert.match(stderr, /ended before the program did/);
});

Deno.test("a daemon that speaks no frames is told, not believed", async () => {
  const { code, stderr } = await runAgainst((_, connection) =>
    connection.send(new Uint8Array(64).fill(0x77))
  );
  assert.equal(code, EXIT.failure);
  assert.match(stderr, /one version/);
});

Deno.test("what the daemon says cannot move the caller's terminal", async () => {
  const error = "bad\x1b[2J\x07\nname";
  const { stderr } = await runAgainst((_, connection) =>
    connection.error({ error, error_code: "server_internal" })
  );
  assert.doesNotMatch(stderr, /[^\P{Cc}\n]/u);
});

Deno.test("run without project or program is a usage error, 2, before anything is asked", async () => {
  for (
    const args of [["run", "--", "prog"], ["run", "--project", "shop"], [
      "run",
      "--project",
      "shop",
      "--what",
      "x",
    ]]
  ) {
    const { code, stderr, requests } = await runAgainst(succeed, args);
    assert.equal(code, EXIT.usage);
    assert.match(stderr, /See cortex run --help/);
    assert.equal(requests.length, 0);
  }
});
