import assert from "node:assert/strict";
import { VaultError } from "../../../shared/errors.ts";
import { closeFd, openPath } from "../../../shared/os/descriptor.ts";
import { libc } from "../../../shared/os/libc.ts";
import { OutputPlace } from "../../../shared/os/output_place.ts";
import { utf8 } from "../../../shared/encoding.ts";
import { withTempDir } from "../../support/paths.ts";

libc(); // Opened outside of a test: it stays open.

const CONTENT = utf8("canary-of-the-file\n");

/** The place below an open directory, closed again. */
function withPlace(folder: string, path: string, replace: boolean, use: (place: OutputPlace) => void): void {
  const directory = openPath(folder, libc().numbers.O_PATH | libc().numbers.O_DIRECTORY);
  try {
    using place = OutputPlace.open(directory, path, { replace });
    use(place);
  } finally {
    closeFd(directory);
  }
}

const write = (folder: string, path: string, replace = false) =>
  withPlace(folder, path, replace, (place) => place.write(CONTENT));

function refusal(work: () => void): string {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof VaultError, String(error));
    assert.match(error.code, /^client\.file_(refused|not_written)$/);
    return error.message;
  }
  return assert.fail("written");
}

const names = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

Deno.test("OutputPlace writes a private file, whatever the mask, and nothing beside it", async () => {
  await withTempDir(async (folder) => {
    await Deno.mkdir(`${folder}/a/b`, { recursive: true });
    const before = libc().posix.umask(0);
    try {
      for (const path of ["plain", "./a/b/deep", "a//b/./twice"]) write(folder, path);
    } finally {
      libc().posix.umask(before);
    }
    for (const path of ["plain", "a/b/deep", "a/b/twice"]) {
      assert.equal(Deno.readTextFileSync(`${folder}/${path}`), "canary-of-the-file\n");
      assert.equal((Deno.statSync(`${folder}/${path}`).mode ?? 0) & 0o7777, 0o600);
    }
    assert.deepEqual(names(`${folder}/a/b`), ["deep", "twice"]);
  });
});

Deno.test("OutputPlace goes through no link and out of no directory", async () => {
  await withTempDir(async (folder) => {
    await Deno.mkdir(`${folder}/home/sub`, { recursive: true });
    await Deno.mkdir(`${folder}/elsewhere`);
    const home = `${folder}/home`;
    await Deno.symlink("../elsewhere", `${home}/link`);
    await Deno.symlink("../elsewhere/target", `${home}/dangling`);
    await Deno.symlink("sub", `${home}/inside`);
    await Deno.writeTextFile(`${home}/file`, "x");
    for (const path of ["link/x", "inside/x", "file/x", "sub/../../elsewhere/x"]) {
      refusal(() => write(home, path));
      refusal(() => write(home, path, true));
    }
    for (const path of ["../x", "/tmp/x", "", ".", "sub/", "sub/.", "sub", ".."]) {
      refusal(() => write(home, path, true));
    }
    for (const force of [false, true]) {
      assert.match(refusal(() => write(home, "dangling", force)), /symbolic link/);
      assert.match(refusal(() => write(home, "link", force)), /symbolic link/);
    }
    assert.deepEqual(names(`${folder}/elsewhere`), []);
    assert.deepEqual(names(home), ["dangling", "file", "inside", "link", "sub"]);
  });
});

Deno.test("OutputPlace stays where it was when the way to it is swapped", async () => {
  await withTempDir(async (folder) => {
    await Deno.mkdir(`${folder}/conf`);
    await Deno.mkdir(`${folder}/trap`);
    withPlace(folder, "conf/app.env", false, (place) => {
      Deno.renameSync(`${folder}/conf`, `${folder}/moved`);
      Deno.symlinkSync("trap", `${folder}/conf`);
      place.write(CONTENT);
    });
    assert.deepEqual([names(`${folder}/trap`), names(`${folder}/moved`)], [[], ["app.env"]]);
    withPlace(folder, "late", false, (place) => {
      Deno.symlinkSync("trap/late", `${folder}/late`);
      assert.match(refusal(() => place.write(CONTENT)), /symbolic link/);
    });
    assert.deepEqual(names(`${folder}/trap`), []);
  });
});

Deno.test("OutputPlace overwrites nothing, or exactly a plain file of ours, in one step", async () => {
  await withTempDir(async (folder) => {
    const file = `${folder}/app.env`;
    await Deno.writeTextFile(file, "before", { mode: 0o644 });
    assert.match(refusal(() => write(folder, "app.env")), /--force/);
    assert.equal(Deno.readTextFileSync(file), "before");
    using reader = await Deno.open(file);
    write(folder, "app.env", true);
    assert.equal(Deno.readTextFileSync(file), "canary-of-the-file\n");
    assert.equal((Deno.statSync(file).mode ?? 0) & 0o7777, 0o600);
    const old = new Uint8Array(6);
    await reader.read(old);
    assert.equal(new TextDecoder().decode(old), "before", "whoever had it open keeps the old one");
    await Deno.link(file, `${folder}/second-name`);
    assert.match(refusal(() => write(folder, "app.env", true)), /more than one name/);
    assert.deepEqual(names(folder), ["app.env", "second-name"]);
  });
});

Deno.test({
  name:
    "OutputPlace gives a file its name when it is whole and none before, so that a killed process leaves nothing",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await withTempDir(async (folder) => {
      using watcher = Deno.watchFs(folder);
      write(folder, "app.env");
      const named: string[] = [];
      for await (const { kind, paths } of watcher) {
        if (kind === "create") named.push(...paths.map((path) => path.slice(path.lastIndexOf("/") + 1)));
        if (named.includes("app.env")) break;
      }
      assert.deepEqual(named, ["app.env"]);
    });
  },
});

Deno.test("OutputPlace leaves nothing where its directory is deleted", async () => {
  await withTempDir(async (folder) => {
    await Deno.mkdir(`${folder}/gone`);
    const directory = openPath(`${folder}/gone`, libc().numbers.O_PATH | libc().numbers.O_DIRECTORY);
    try {
      using place = OutputPlace.open(directory, "x", { replace: false });
      await Deno.remove(`${folder}/gone`);
      assert.match(refusal(() => place.write(CONTENT)), /directory is not there/);
    } finally {
      closeFd(directory);
    }
  });
});

Deno.test("OutputPlace leaves nothing where there is no room for the whole, or writing is not allowed", async () => {
  await withTempDir(async (folder) => {
    const mount = `${folder}/tiny`;
    await Deno.mkdir(mount);
    const mounted = await run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", mount);
    // Only root may mount; elsewhere a directory without write permission has to do.
    if (!mounted) {
      await Deno.chmod(mount, 0o500);
      assert.match(refusal(() => write(mount, "x")), /may not be written to/);
      return;
    }
    try {
      const large = new Uint8Array(256 * 1024).fill(0x61);
      withPlace(mount, "x", false, (place) => {
        assert.match(refusal(() => place.write(large)), /is full/);
      });
      assert.deepEqual(names(mount), []);
      await run("mount", "-o", "remount,ro", mount);
      assert.match(refusal(() => write(mount, "x")), /read-only/);
    } finally {
      await run("umount", mount);
    }
  });
});

async function run(program: string, ...args: string[]): Promise<boolean> {
  const command = new Deno.Command(program, { args, stdout: "null", stderr: "null" });
  return (await command.output().catch(() => ({ success: false }))).success;
}
