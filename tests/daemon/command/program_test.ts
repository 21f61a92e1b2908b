import assert from "node:assert/strict";
import { observeProgram } from "../../../daemon/command/program.ts";
import { sha256Hex } from "../../../shared/crypto/hash.ts";
import { VaultError } from "../../../shared/errors.ts";
import { Child } from "../../../shared/os/child.ts";
import { CVector } from "../../../shared/os/c_vector.ts";
import { FdStream } from "../../../shared/os/fd_stream.ts";
import { libc } from "../../../shared/os/libc.ts";
import { ProgramHashes } from "../../../shared/os/program_hash.ts";
import { Reactor } from "../../../shared/os/reactor.ts";
import { spawnProgram } from "../../../shared/os/spawn.ts";
import { withTempDir } from "../../support/paths.ts";

/** Opened before any test, because it stays open. */
libc();
const hashes = new ProgramHashes();

async function write(path: string, text: string, mode = 0o755): Promise<void> {
  await Deno.writeTextFile(path, text);
  await Deno.chmod(path, mode);
}

async function refusal(line: Parameters<typeof observeProgram>[1]): Promise<string> {
  try {
    using _observed = await observeProgram(hashes, line);
    return "no refusal";
  } catch (error) {
    if (error instanceof VaultError) return error.code;
    throw error;
  }
}

Deno.test("observeProgram finds a program as execvp does, and hashes what it opened", async () => {
  await withTempDir(async (cwd) => {
    await Deno.mkdir(`${cwd}/one`);
    await Deno.mkdir(`${cwd}/two`);
    await write(`${cwd}/one/tool`, "not executable", 0o644);
    await Deno.copyFile("/bin/true", `${cwd}/two/tool`);
    const path = `${cwd}/none:${cwd}/one:${cwd}/two`;
    using found = await observeProgram(hashes, { program: "tool", args: ["a"], cwd, path });
    const sha256 = sha256Hex(await Deno.readFile("/bin/true"));
    assert.deepEqual(found.files, [{ path: `${cwd}/two/tool`, sha256 }]);
    assert.deepEqual([found.argv0, found.args], ["tool", ["a"]]);
    using relative = await observeProgram(hashes, { program: "./two/tool", args: [], cwd, path: undefined });
    assert.equal(relative.files[0]?.path, `${cwd}/two/tool`);
  });
});

Deno.test("observeProgram counts a script and its interpreter, and starts the interpreter itself", async () => {
  await withTempDir(async (cwd) => {
    await write(`${cwd}/run`, "#!/usr/bin/env -S sh -e\nexit 0\n");
    using found = await observeProgram(hashes, { program: "./run", args: ["x"], cwd, path: "/usr/bin:/bin" });
    assert.equal(found.files.length, 2);
    assert.match(found.files[1]?.path ?? "", /\/bin\/sh$/);
    assert.deepEqual([found.argv0, found.args], ["sh", ["-e", `${cwd}/run`, "x"]]);
  });
});

Deno.test("observeProgram counts the scripts that a known interpreter is given", async () => {
  await withTempDir(async (cwd) => {
    await write(`${cwd}/deploy.sh`, "exit 0\n", 0o644);
    const args = ["-e", "deploy.sh", "missing.sh", "."];
    using found = await observeProgram(hashes, { program: "sh", args, cwd, path: "/usr/bin:/bin" });
    assert.deepEqual(found.files.slice(1), [
      { path: `${cwd}/deploy.sh`, sha256: sha256Hex("exit 0\n") },
    ]);
    using other = await observeProgram(hashes, { program: "true", args, cwd, path: "/usr/bin:/bin" });
    assert.equal(other.files.length, 1);
  });
});

Deno.test("observeProgram knows an interpreter behind a link, and a script in an option", async () => {
  await withTempDir(async (cwd) => {
    await write(`${cwd}/deploy`, "exit 0\n", 0o644);
    await Deno.symlink("/bin/sh", `${cwd}/innocent`);
    const line = { cwd, path: "/usr/bin:/bin" };
    for (const args of [["deploy"], ["--rcfile=deploy"]]) {
      using found = await observeProgram(hashes, { ...line, program: "./innocent", args });
      assert.deepEqual(found.files.map(({ path }) => path), [`${cwd}/innocent`, `${cwd}/deploy`]);
    }
  });
});

Deno.test("a program that was written to since it was looked at is not started", async () => {
  await withTempDir(async (cwd) => {
    await Deno.copyFile("/bin/true", `${cwd}/tool`);
    using found = await observeProgram(hashes, { program: "./tool", args: [], cwd, path: undefined });
    const { atime, mtime } = await Deno.stat(`${cwd}/tool`);
    await Deno.copyFile("/bin/false", `${cwd}/tool`);
    await Deno.utime(`${cwd}/tool`, atime ?? 0, mtime ?? 0);
    using environment = new CVector([]);
    const request = { program: "./tool", args: [], cwd, path: undefined, environment };
    assert.throws(() => spawnProgram({ ...request, executable: found.executable }), {
      code: "child.not_executable",
    });
  });
});

Deno.test("observeProgram refuses what it cannot follow, and hangs on nothing", async () => {
  await withTempDir(async (cwd) => {
    const line = (program: string) => ({ program, args: [], cwd, path: "/usr/bin:/bin" });
    assert.equal(await refusal(line("no-such-program")), "child.not_found");
    assert.equal(await refusal(line("")), "child.not_found");
    assert.equal(await refusal(line(".")), "child.not_found");
    await write(`${cwd}/inner`, "#!/bin/sh\n");
    await write(`${cwd}/nested`, `#!${cwd}/inner\n`);
    assert.equal(await refusal(line("./nested")), "child.not_executable");
    await write(`${cwd}/odd`, "#!/usr/bin/env -i sh\n");
    assert.equal(await refusal(line("./odd")), "child.not_executable");
    await new Deno.Command("mkfifo", { args: [`${cwd}/fifo`] }).output();
    await Deno.chmod(`${cwd}/fifo`, 0o755);
    assert.equal(await refusal(line("./fifo")), "child.not_found");
  });
});

Deno.test("a program that is exchanged after it was looked at is not the one that runs, and leaves no descriptor behind", async () => {
  await withTempDir(async (cwd) => {
    await Deno.copyFile("/bin/ls", `${cwd}/tool`);
    using found = await observeProgram(hashes, {
      program: "./tool",
      args: ["/proc/self/fd"],
      cwd,
      path: undefined,
    });
    await Deno.remove(`${cwd}/tool`);
    await write(`${cwd}/tool`, "#!/bin/sh\necho exchanged\n");
    using environment = new CVector([]);
    const request = { program: found.argv0, args: found.args, cwd, environment, path: undefined };
    const child = spawnProgram({ ...request, executable: found.executable });
    const reactor = new Reactor();
    const streams = [child.stdin, child.stdout, child.stderr].map((fd) => new FdStream(reactor, fd));
    const buffer = new Uint8Array(4_096);
    const count = await streams[1]?.read(buffer) ?? 0;
    const listed = new TextDecoder().decode(buffer.subarray(0, count)).trim().split(/\s+/);
    // 3 is the directory that ls reads.
    assert.deepEqual(listed, ["0", "1", "2", "3"]);
    await new Child(reactor, child.pid).reapWhenEnded();
    streams.forEach((stream) => stream.close());
    await reactor.close();
  });
});
