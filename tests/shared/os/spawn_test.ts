import assert from "node:assert/strict";
import { utf8 } from "../../../shared/encoding.ts";
import { VaultError } from "../../../shared/errors.ts";
import { Child, type Ending } from "../../../shared/os/child.ts";
import { CVector } from "../../../shared/os/c_vector.ts";
import { FdStream } from "../../../shared/os/fd_stream.ts";
import { libc } from "../../../shared/os/libc.ts";
import { umaskOf } from "../../../shared/os/proc.ts";
import { Reactor } from "../../../shared/os/reactor.ts";
import { spawnProgram, type SpawnRequest } from "../../../shared/os/spawn.ts";

libc(); // Opened outside of a test: it stays open.

interface Ended extends Ending {
  readonly stdout: string;
  readonly stderr: string;
}

async function readText(stream: FdStream): Promise<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(64 * 1024);
  let text = "";
  for (let count; (count = await stream.read(buffer)) > 0;) {
    text += decoder.decode(buffer.subarray(0, count), { stream: true });
  }
  stream.close();
  return text;
}

interface Options extends Partial<Omit<SpawnRequest, "environment">> {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

async function run(program: string, args: readonly string[], options: Options = {}): Promise<Ended> {
  await using reactor = new Reactor();
  const env = options.env ?? { PATH: "/usr/bin:/bin" };
  using environment = new CVector(Object.entries(env).map(([name, value]) => utf8(`${name}=${value}`)));
  const child = spawnProgram({
    program,
    args,
    cwd: options.cwd ?? "/",
    environment,
    path: "path" in options ? options.path : env["PATH"],
    ...(options.umask === undefined ? {} : { umask: options.umask }),
  });
  const life = new Child(reactor, child.pid);
  const stdin = new FdStream(reactor, child.stdin);
  if (options.input !== undefined) await stdin.write(utf8(options.input));
  stdin.close();
  const outputs = [child.stdout, child.stderr].map((fd) => readText(new FdStream(reactor, fd)));
  const [stdout = "", stderr = ""] = await Promise.all(outputs);
  await life.ended;
  return { ...life.reap(), stdout, stderr };
}

function refusedWith(code: string) {
  return (error: unknown) => error instanceof VaultError && error.code === code;
}

Deno.test("spawnProgram gives arguments, environment, directory and input as they are", async () => {
  const args = ["-c", 'printf "[%s]" "$@"; pwd; env; cat', "sh", "a b", "", "x\ny", "ü漢", '"$(id)"'];
  const { code, stdout, stderr } = await run("sh", args, {
    cwd: "/usr",
    env: { PATH: "/usr/bin:/bin", ONE: "1 =2", EMPTY: "" },
    input: "the input",
  });
  assert.equal(code, 0, stderr);
  const [first, second, ...rest] = stdout.split("\n");
  assert.equal(`${first}\n${second}`, '[a b][][x\ny][ü漢]["$(id)"]/usr');
  for (const line of ["ONE=1 =2", "EMPTY=", "PATH=/usr/bin:/bin"]) assert.ok(rest.includes(line), line);
  assert.equal(rest.at(-1), "the input");
});

Deno.test("spawnProgram passes the environment exactly, and nothing of ours", async () => {
  const { stdout } = await run("/usr/bin/env", [], { env: { A: "1", B: "2" } });
  assert.equal(stdout, "A=1\nB=2\n");
});

Deno.test("spawnProgram leaves descriptors 0, 1 and 2 open and no other", async () => {
  const { stdout } = await run("/bin/ls", ["/proc/self/fd"]);
  // The fourth is ls's own handle on the directory.
  assert.deepEqual(stdout.trim().split("\n").length, 4);
});

Deno.test("spawnProgram starts with every signal at its default and none blocked, in a group of its own", async () => {
  const { stdout } = await run("/bin/cat", ["/proc/self/status", "/proc/self/stat"]);
  assert.match(stdout, /SigBlk:\s+0{16}/);
  // 32 and 33 are the C library's own, which its posix_spawn leaves ignored.
  assert.match(stdout, /SigIgn:\s+0000000[01][08]0000000/);
  const stat = /^(\d+) \(cat\) \S (\d+) (\d+)/m.exec(stdout);
  assert.equal(stat?.[1], stat?.[3]);
});

Deno.test("spawnProgram tells a missing program, one that may not run and a directory that is gone apart", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/data`, "data", { mode: 0o644 });
  await Deno.writeTextFile(`${folder}/lost`, "#!/no/such/interpreter\n", { mode: 0o755 });
  await assert.rejects(run("no-such-program", []), refusedWith("child.not_found"));
  await assert.rejects(run("", []), refusedWith("child.not_found"));
  await assert.rejects(run(`${folder}/none`, []), refusedWith("child.not_found"));
  await assert.rejects(run(`${folder}/data/x`, []), refusedWith("child.not_found"));
  await assert.rejects(run(`${folder}/lost`, []), refusedWith("child.not_found"));
  await assert.rejects(run(`${folder}/data`, []), refusedWith("child.not_executable"));
  await assert.rejects(run(folder, []), refusedWith("child.not_executable"));
  await assert.rejects(run("data", [], { path: `/usr/bin:${folder}` }), refusedWith("child.not_executable"));
  await assert.rejects(run("true", [], { cwd: `${folder}/none` }), refusedWith("child.directory_gone"));
  await assert.rejects(run("true", [], { cwd: `${folder}/data` }), refusedWith("child.directory_gone"));
  await assert.rejects(run("true", ["x".repeat(3_000_000)]), refusedWith("child.spawn_failed"));
  await Deno.remove(folder, { recursive: true });
});

Deno.test("spawnProgram searches as execvp does: the caller's PATH, past what may not run, scripts by the shell", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.mkdir(`${folder}/one`);
  await Deno.mkdir(`${folder}/two`);
  await Deno.writeTextFile(`${folder}/one/tool`, "not for execution", { mode: 0o644 });
  await Deno.writeTextFile(`${folder}/two/tool`, 'echo "plain $1"; exit 5', { mode: 0o755 });
  const path = `/nowhere:${folder}/one:${folder}/two`;
  const found = await run("tool", ["x"], { path });
  assert.deepEqual([found.code, found.stdout], [5, "plain x\n"]);
  assert.equal((await run("tool", ["x"], { cwd: `${folder}/two`, path: "" })).code, 5);
  assert.equal((await run("./tool", ["x"], { cwd: `${folder}/two` })).code, 5);
  assert.equal((await run("true", [], { path: undefined })).code, 0);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("Child tells exit codes and deaths by signal as a shell does", async () => {
  for (const code of [0, 1, 42, 255]) assert.equal((await run("sh", ["-c", `exit ${code}`])).code, code);
  const deaths = { TERM: 143, KILL: 137, SEGV: 139, ABRT: 134, PIPE: 141, HUP: 129, USR1: 138 };
  for (const [name, code] of Object.entries(deaths)) {
    const ending = await run("sh", ["-c", `kill -${name} $$`]);
    assert.deepEqual([ending.code, ending.signal], [code, `SIG${name}`]);
  }
});

Deno.test("Child.signal reaches the whole group, and nobody after the end", async () => {
  await using reactor = new Reactor();
  using environment = new CVector([utf8("PATH=/usr/bin:/bin")]);
  const spawned = spawnProgram({
    program: "sh",
    args: ["-c", "sleep 100 & echo started; wait"],
    cwd: "/",
    environment,
    path: undefined,
  });
  const child = new Child(reactor, spawned.pid);
  const stdout = new FdStream(reactor, spawned.stdout);
  await stdout.read(new Uint8Array(100));
  assert.equal(child.signal("SIGTERM"), true);
  // The end of the output means that the sleep has gone too.
  assert.equal(await stdout.read(new Uint8Array(100)), 0);
  await child.ended;
  assert.equal(child.reap().signal, "SIGTERM");
  assert.equal(child.signal("SIGTERM"), false);
  for (const fd of [spawned.stdin, spawned.stderr]) new FdStream(reactor, fd).close();
  stdout.close();
});

Deno.test("spawnProgram gives the child a file mode mask of its own and keeps ours", async () => {
  const before = libc().posix.umask(0o022);
  assert.equal((await run("sh", ["-c", "umask"], { umask: 0o027 })).stdout, "0027\n");
  assert.equal(libc().posix.umask(before), 0o022);
  assert.equal(umaskOf(Deno.pid), before);
});

Deno.test("spawnProgram leaks no descriptor, whether it starts or not", async () => {
  const count = () => [...Deno.readDirSync("/proc/self/fd")].length;
  await run("true", []);
  const before = count();
  for (let round = 0; round < 20; round++) {
    await run("true", []);
    await run("no-such-program", []).catch(() => {});
    await run("true", [], { cwd: "/none" }).catch(() => {});
  }
  assert.equal(count(), before);
});
