import assert from "node:assert/strict";
import { VaultError } from "../../../shared/errors.ts";
import { hasEnded, spawnDetached } from "../../../shared/os/spawn_detached.ts";
import { libc } from "../../../shared/os/libc.ts";

/** Opened before any test, because it stays open. */
libc();

async function runToEnd(folder: string, script: string): Promise<string> {
  const logFile = `${folder}/log`;
  const pid = spawnDetached({ path: "/bin/sh", args: ["-c", script], env: { MARK: "x y" }, logFile });
  while (!hasEnded(pid)) await new Promise((resolve) => setTimeout(resolve, 2));
  return await Deno.readTextFile(logFile);
}

Deno.test("spawnDetached gives a session of its own, the top directory, no input, its environment only", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const log = await runToEnd(
      folder,
      'pwd; echo "$MARK"; env | grep -c HOME; cat; echo err >&2; cut -d" " -f1,6 /proc/$$/stat',
    );
    const [directory, mark, homes, error, session] = log.trimEnd().split("\n");
    assert.deepEqual([directory, mark, homes, error], ["/", "x y", "0", "err"]);
    const [pid, sid] = (session ?? "").split(" ");
    assert.equal(sid, pid);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("spawnDetached appends to a log that only the owner may read", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await runToEnd(folder, "echo one");
    assert.equal(await runToEnd(folder, "echo two"), "one\ntwo\n");
    assert.equal(((await Deno.stat(`${folder}/log`)).mode ?? 0) & 0o777, 0o600);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("B26: spawnDetached does not write its log through a symbolic link", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.symlink(`${folder}/victim`, `${folder}/log`);
    await assert.rejects(
      runToEnd(folder, "echo one"),
      (error) => error instanceof VaultError && error.code === "client.file_unsafe",
    );
    await assert.rejects(Deno.lstat(`${folder}/victim`), Deno.errors.NotFound);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("spawnDetached names a program that cannot be started", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const program = { path: `${folder}/none`, args: [], env: {}, logFile: `${folder}/log` };
    assert.throws(
      () => spawnDetached(program),
      (error) => error instanceof VaultError && error.code === "child.spawn_failed",
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
