import assert from "node:assert/strict";
import { type LaunchDeps, launchOnTerminal } from "../../../daemon/terminal/launch.ts";
import { MonitoredProgram } from "../../../daemon/terminal/monitored_program.ts";
import { ownMonitor } from "../../../daemon/terminal/own_monitor.ts";
import { utf8 } from "../../../shared/encoding.ts";
import { VaultError } from "../../../shared/errors.ts";
import { CVector } from "../../../shared/os/c_vector.ts";
import { FdStream } from "../../../shared/os/fd_stream.ts";
import { libc } from "../../../shared/os/libc.ts";
import { nativeArena } from "../../../shared/os/native_arena.ts";
import { ProgramHashes } from "../../../shared/os/program_hash.ts";
import { Reactor } from "../../../shared/os/reactor.ts";
import { withTempDir } from "../../support/paths.ts";
import { ManualTimers } from "../support/manual_timers.ts";

libc(); // Opened outside of a test: it stays open.
nativeArena();

const WISH = { stdin: true, stderr: true, size: { rows: 10, columns: 20 } };

interface Launched extends AsyncDisposable {
  readonly program: MonitoredProgram;
  readonly shown: FdStream;
  readonly typed: FdStream;
  readonly monitor: number;
  readonly stops: () => number;
}

async function deps(reactor: Reactor): Promise<LaunchDeps> {
  const hashes = new ProgramHashes();
  const sha256 = await hashes.ofProcess("self") ?? "";
  return { reactor, timers: new ManualTimers(), hashes, monitor: ownMonitor(sha256) };
}

async function launch(launchDeps: LaunchDeps, program: string, args: readonly string[]): Promise<Launched> {
  const { reactor } = launchDeps;
  using environment = new CVector([utf8("PATH=/usr/bin:/bin"), utf8("KEY=a value")]);
  const request = { program, args, cwd: "/", environment, path: "/usr/bin:/bin" };
  const launched = await launchOnTerminal(launchDeps, request, WISH);
  let stops = 0;
  const life = new MonitoredProgram(launched.pid, launched.link, () => stops++);
  const [shown, typed] = [launched.master, launched.stdin].map((fd) => new FdStream(reactor, fd));
  if (shown === undefined || typed === undefined) throw new Error("two descriptors make two streams");
  return {
    program: life,
    shown,
    typed,
    monitor: launched.link.monitor.pid,
    stops: () => stops,
    [Symbol.asyncDispose]: async () => {
      life.signal("SIGKILL");
      await life.ended;
      life.reap();
      await launched.link.monitor.ended;
      [shown, typed].forEach((stream) => stream.close());
    },
  };
}

async function waitForText(stream: FdStream, pattern: RegExp): Promise<RegExpExecArray> {
  const buffer = new Uint8Array(4096);
  for (let text = "";;) {
    text += new TextDecoder().decode(buffer.subarray(0, await stream.read(buffer)));
    const match = pattern.exec(text);
    if (match !== null) return match;
  }
}

function refusedWith(code: string, words: RegExp) {
  return (error: unknown) => error instanceof VaultError && error.code === code && words.test(error.message);
}

Deno.test("a program on a terminal leads the foreground of a session that is neither ours nor its own", async () => {
  await using reactor = new Reactor();
  await using launched = await launch(await deps(reactor), "sh", [
    "-c",
    'stty size; tty; echo "$KEY"; cut -d" " -f4,5,6,8 /proc/self/stat; echo $$; ls -m /proc/$$/fd; read x',
  ]);
  const { pid } = launched.program;
  const [, size, key, parents, rest] = await waitForText(
    launched.shown,
    /(10 20)\r\n\/dev\/pts\/\d+\r\n(a value)\r\n([\d ]+)\r\n(\d+\r\n[^\r]+)\r\n/,
  );
  const { monitor } = launched;
  assert.deepEqual([size, key], ["10 20", "a value"]);
  assert.equal(parents, `${pid} ${pid} ${monitor} ${pid}`);
  assert.equal(rest, `${pid}\r\n0, 1, 2`);
});

Deno.test("Ctrl-Z is told as a stop, SIGCONT goes on, and the end comes with the exit code", async () => {
  await using reactor = new Reactor();
  await using launched = await launch(await deps(reactor), "sh", [
    "-c",
    "echo ready; read line; echo got $line; exit 9",
  ]);
  await waitForText(launched.shown, /ready/);
  await launched.typed.write(utf8("\x1a"));
  while (launched.stops() === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  launched.program.signal("SIGCONT");
  await launched.typed.write(utf8("line\r"));
  await waitForText(launched.shown, /got line/);
  await launched.program.ended;
  assert.equal(launched.stops(), 1);
  assert.deepEqual(launched.program.reap(), { code: 9 });
});

Deno.test("what cannot be started is told as without a terminal", async () => {
  await using reactor = new Reactor();
  const parts = await deps(reactor);
  await assert.rejects(launch(parts, "no-such-program", []), refusedWith("child.not_found", /PATH/));
  await assert.rejects(launch(parts, "/etc/passwd", []), refusedWith("child.not_executable", /permissions/));
});

Deno.test("a monitor that is another program gets no order, and no value", async () => {
  await withTempDir(async (folder) => {
    await using reactor = new Reactor();
    const { monitor, ...rest } = await deps(reactor);
    const caught = `${folder}/caught`;
    const impostor = { path: "/bin/sh", args: ["-c", `cat <&3 >${caught}`], env: ["PATH=/bin:/usr/bin"] };
    const parts = { ...rest, monitor: { ...impostor, sha256: monitor.sha256 } };
    await assert.rejects(launch(parts, "true", []), refusedWith("child.spawn_failed", /--no-tty/));
    assert.equal(await Deno.readTextFile(caught).catch(() => ""), "");
  });
});

Deno.test("a monitor that dies takes its program with it, which counts as hung up", async () => {
  await using reactor = new Reactor();
  await using launched = await launch(await deps(reactor), "sh", ["-c", "echo ready; exec sleep 1000"]);
  await waitForText(launched.shown, /ready/);
  Deno.kill(launched.monitor, "SIGKILL");
  await launched.program.ended;
  assert.deepEqual(launched.program.reap(), { code: 129, signal: "SIGHUP" });
  assert.equal(launched.program.signal("SIGTERM"), false);
});

Deno.test("a monitor that never answers is given up after its time", async () => {
  await using reactor = new Reactor();
  const parts = await deps(reactor);
  const timers = new ManualTimers();
  const sha256 = await parts.hashes.ofProcess("self") ?? "";
  const silent = { path: Deno.execPath(), args: ["eval", "setInterval(() => {}, 1e6)"], env: [], sha256 };
  const starting = launch({ ...parts, timers, monitor: silent }, "true", []);
  while (timers.waiting.length === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  timers.advance(20_000);
  await assert.rejects(starting, refusedWith("child.spawn_failed", /monitor ended/));
});
