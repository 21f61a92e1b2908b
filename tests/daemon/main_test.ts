/** The daemon as a real process with the permissions of `deno.json`: what only shows there. */

import assert from "node:assert/strict";
import { programCommand } from "../support/programs.ts";
import { RunningProgram } from "../support/running_program.ts";
import { denoDir } from "../support/programs.ts";
import { generateSeed } from "../../shared/crypto/ed25519.ts";
import { toBase64Url } from "../../shared/encoding.ts";
import type { ExecRequest } from "../../shared/socket/messages.ts";
import { ExecClient } from "./support/exec_client.ts";
import { fakeAccessToken, FakeServer } from "./support/fake_server.ts";
import { ManualTimers } from "./support/manual_timers.ts";

const AGENT = "test-agent";

class Home implements Disposable {
  readonly path = Deno.makeTempDirSync();

  get directory(): string {
    return `${this.path}/.cortex`;
  }

  get socket(): string {
    return `${this.directory}/agent.sock`;
  }

  logIn(url: string): void {
    Deno.mkdirSync(this.directory, { mode: 0o700, recursive: true });
    const session = { access_token: fakeAccessToken(AGENT), expires_in: 100, server_url: url };
    Deno.writeTextFileSync(`${this.directory}/daemon-session.json`, JSON.stringify(session), { mode: 0o600 });
    Deno.writeTextFileSync(`${this.directory}/agent-${AGENT}.key`, toBase64Url(generateSeed()), {
      mode: 0o600,
    });
  }

  async start(
    args: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ): Promise<RunningProgram> {
    const base = {
      PATH: "/usr/bin:/bin",
      HOME: this.path,
      DENO_DIR: await denoDir(),
      DENO_NO_UPDATE_CHECK: "1",
    };
    return new RunningProgram("cortex-daemon", [...programCommand("cortex-daemon"), ...args], {
      env: { ...base, ...env },
      cwd: this.path,
      transcript: [],
    });
  }

  async ask(request: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> {
    using connection = await Deno.connect({ transport: "unix", path: this.socket });
    await connection.write(new TextEncoder().encode(`${JSON.stringify(request)}\n`));
    return JSON.parse(await new Response(connection.readable).text());
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

function statusField(pid: number, field: string): string | undefined {
  return new RegExp(`^${field}:\\s+(.*)$`, "m").exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1];
}

Deno.test("the running daemon can neither read, write, start, load nor look at its environment any more", async () => {
  using home = new Home();
  const daemon = await home.start(["--self-test"]);
  assert.equal(await daemon.ended(), 0, daemon.output());
  const probes: { attempt: string; refused: boolean }[] = JSON.parse(
    /^\[.*\]$/m.exec(daemon.output())?.[0] ?? "[]",
  );
  assert.equal(probes.length, 7);
  assert.deepEqual(probes.filter(({ refused }) => !refused), []);
});

Deno.test("the running daemon is hardened, as the kernel shows, and status says so", async () => {
  using home = new Home();
  const daemon = await home.start();
  await daemon.waitFor(/listening/);
  assert.equal(statusField(daemon.pid, "NoNewPrivs"), "1");
  // What is not dumpable belongs to root and closes its maps to others of the same user.
  const limits = Deno.readTextFileSync(`/proc/${daemon.pid}/limits`);
  assert.match(limits, /^Max core file size\s+0\s+0/m);
  const status = await home.ask({ cmd: "status", v: 1 });
  const steps = status["hardening"] as { step: string; done: boolean; reason?: string }[];
  assert.deepEqual(steps.filter(({ done }) => !done), []);
  assert.ok(steps.length >= 8, JSON.stringify(steps));
  assert.equal(status["pid"], daemon.pid);
  assert.equal((await home.ask({ cmd: "stop" }))["ok"], true);
  assert.equal(await daemon.ended(), 0);
  assert.throws(() => Deno.lstatSync(home.socket), Deno.errors.NotFound);
});

Deno.test("the running daemon logs in, runs and attests its own executable with nothing but the network left", async () => {
  using home = new Home();
  await using server = new FakeServer(new ManualTimers(Date.now()));
  server.values = { KEY: "canary-value" };
  const daemon = await home.start([], { CORTEX_LOG: "json" });
  await daemon.waitFor(/listening/);
  home.logIn(server.url);
  const request: ExecRequest = {
    cmd: "exec",
    v: 1,
    project: "p",
    program: "sh",
    args: ["-c", '[ "$KEY" = canary-value ] && grep NoNewPrivs /proc/self/status; ls /proc/self/fd | wc -l'],
    cwd: home.path,
    env: [["PATH", "/usr/bin:/bin"]],
    names: ["KEY"],
    tty: { stdin: false, stdout: false, stderr: false },
  };
  for (let round = 0; round < 3; round++) {
    using client = await ExecClient.open(home.socket, request);
    const { exited, error, stdout } = await client.finish();
    assert.deepEqual([exited, error], [{ code: 0 }, undefined]);
    // Three streams and ls's own handle.
    assert.match(new TextDecoder().decode(stdout), /^NoNewPrivs:\t1\n4\n$/);
  }
  const attested = server.seen("/daemon/attest")[0]?.json ?? {};
  const [program = ""] = programCommand("cortex-daemon");
  const digest = await crypto.subtle.digest("SHA-256", Deno.readFileSync(program));
  assert.equal(attested["binary_sha256"], new Uint8Array(digest).toHex());
  assert.equal(attested["daemon_pid"], daemon.pid);
  assert.equal(attested["daemon_uid"], Deno.uid());
  assert.equal(await daemon.stop("SIGTERM"), 0);
  assert.ok(!daemon.output().includes("canary-value"));
  for (const line of daemon.output().trim().split("\n")) assert.doesNotThrow(() => JSON.parse(line), line);
});

Deno.test("the daemon refuses to start with foreign code in it, and says which variable", async () => {
  using home = new Home();
  for (const name of ["LD_LIBRARY_PATH", "LD_AUDIT"]) {
    const daemon = await home.start([], { [name]: "/nowhere" });
    assert.equal(await daemon.ended(), 1);
    assert.match(daemon.output(), new RegExp(`${name} is set`));
  }
});

Deno.test("a second daemon does not start beside the first, and the first goes on", async () => {
  using home = new Home();
  const first = await home.start();
  await first.waitFor(/listening/);
  const second = await home.start();
  assert.equal(await second.ended(), 1);
  assert.match(second.output(), /client_daemon_busy/);
  assert.equal((await home.ask({ cmd: "status" }))["pid"], first.pid);
  assert.equal(await first.stop("SIGINT"), 0);
});

Deno.test("the daemon prints its help and version, and refuses what it does not know without echoing it", async () => {
  using home = new Home();
  const help = await home.start(["--help"]);
  assert.equal(await help.ended(), 0);
  assert.match(help.output(), /CORTEX_DAEMON_SOCK/);
  const version = await home.start(["--version"]);
  assert.equal(await version.ended(), 0);
  assert.match(version.output(), /^cortex-daemon \d+\.\d+\.\d+ \(/m);
  const wrong = await home.start(["--canary"]);
  assert.equal(await wrong.ended(), 2);
  assert.match(wrong.output(), /^cortex-daemon: There is an unknown argument; .*--help.*\n$/);
  assert.ok(!wrong.output().includes("canary"));
});
