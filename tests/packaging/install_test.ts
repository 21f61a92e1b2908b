/** `install.sh` against a server of files on this machine. */

import assert from "node:assert/strict";
import { writeArchive } from "../../packaging/archive.ts";
import { sumLines } from "../../packaging/sums.ts";
import { archiveName, type Target, TARGETS } from "../../packaging/targets.ts";
import { withTempDir } from "../support/paths.ts";
import { hasTool, outputOf, writeStandIns } from "./support.ts";

const HERE: Target = Deno.build.os === "darwin"
  ? Deno.build.arch === "aarch64" ? "aarch64-apple-darwin" : "x86_64-apple-darwin"
  : Deno.build.arch === "aarch64"
  ? "aarch64-unknown-linux-gnu"
  : "x86_64-unknown-linux-gnu";

interface Release {
  readonly folder: string;
  readonly home: string;
  readonly url: string;
  readonly archive: string;
}

let standIns: Promise<Uint8Array<ArrayBuffer>> | undefined;

/** The archive of stand-ins, made once. */
function archiveOfStandIns(): Promise<Uint8Array<ArrayBuffer>> {
  return standIns ??= withTempDir(async (folder) => {
    await writeStandIns(folder);
    return await Deno.readFile(await writeArchive(folder, HERE, `${folder}/out`));
  });
}

/** A release of stand-ins, served as GitHub serves one. */
async function withRelease(work: (release: Release) => Promise<void>): Promise<void> {
  await withTempDir(async (folder) => {
    const files = `${folder}/files`;
    await Deno.mkdir(files);
    const archive = `${files}/${archiveName(HERE)}.tar.gz`;
    await Deno.writeFile(archive, await archiveOfStandIns());
    await Deno.writeTextFile(`${files}/SHA256SUMS`, await sumLines(files));
    const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request) => {
      const name = new URL(request.url).pathname.replace(/^\/(?:latest\/download|download\/v9\.9\.9)\//, "");
      if (name.includes("/")) return new Response("no", { status: 404 });
      return Deno.readFile(`${files}/${name}`).then(
        (bytes) => new Response(bytes),
        () => new Response("no", { status: 404 }),
      );
    });
    try {
      await Deno.mkdir(`${folder}/home`);
      await work({ folder, home: `${folder}/home`, url: `http://127.0.0.1:${server.addr.port}`, archive });
    } finally {
      await server.shutdown();
    }
  });
}

function install({ home, url }: Release, args: readonly string[] = [], env: Record<string, string> = {}) {
  const bin = ["--bin-dir", `${home}/bin`];
  return outputOf("sh", ["packaging/install.sh", "--from", url, ...bin, ...args], {
    HOME: home,
    ...env,
  });
}

async function installed({ home }: Release): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of Deno.readDir(`${home}/bin`)) names.push(name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return names.sort();
}

const PROGRAMS = ["cortex", "cortex-cli", "cortex-daemon", "cortex-server"];

Deno.test("install.sh installs the release of this platform and says the next step", async () => {
  await withRelease(async (release) => {
    const { code, text } = await install(release);
    assert.equal(code, 0, text);
    assert.match(text, /Installed cortex 9\.9\.9[^]*PATH[^]*Next: /);
    assert.deepEqual(await installed(release), PROGRAMS);
    assert.equal(
      (await outputOf(`${release.home}/bin/cortex-cli`, [])).text,
      "cortex 9.9.9 (stand-in)\n",
    );
    const again = await install(release, ["--version", "v9.9.9"]);
    assert.equal(again.code, 0, again.text);
    assert.deepEqual(await installed(release), PROGRAMS);
  });
});

Deno.test("install.sh installs nothing where a sum is wrong, a file is missing or the release is unknown", async () => {
  await withRelease(async (release) => {
    assert.match((await install(release, ["--version", "v0.0.0"])).text, /no release at/);
    const bytes = await Deno.readFile(release.archive);
    bytes[bytes.length - 9] = (bytes[bytes.length - 9] ?? 0) ^ 1;
    await Deno.writeFile(release.archive, bytes);
    const wrong = await install(release);
    assert.deepEqual([wrong.code, await installed(release)], [1, []]);
    assert.match(wrong.text, /the sum of .* is wrong, so nothing was installed/);
    await Deno.remove(release.archive);
    assert.match((await install(release)).text, /could not be downloaded/);
    await Deno.writeTextFile(`${release.folder}/files/SHA256SUMS`, "");
    assert.match((await install(release)).text, /has nothing for/);
    assert.deepEqual(await installed(release), []);
  });
});

/** All that the script asks for, but for what downloads and what computes sums. */
const PLAIN_TOOLS = "sh uname mkdir mktemp rm tar gzip ldd grep head cut cp mv ln chmod dirname basename sed"
  .split(" ");

/** A folder of nothing but these programs, to be a PATH; `fakes` are scripts under names of programs. */
async function toolFolder(
  { folder }: Release,
  tools: readonly string[],
  fakes: Readonly<Record<string, string>> = {},
): Promise<string> {
  const path = await Deno.makeTempDir({ dir: folder });
  for (const tool of tools.filter((name) => !(name in fakes))) {
    const { text } = await outputOf("sh", ["-c", `command -v ${tool}`]);
    await Deno.symlink(text.trim(), `${path}/${tool}`);
  }
  for (const [name, script] of Object.entries(fakes)) {
    await Deno.writeTextFile(`${path}/${name}`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  return path;
}

Deno.test("install.sh says what is wrong with an option or a directory, before it downloads anything", async () => {
  await withRelease(async (release) => {
    await Deno.writeTextFile(`${release.home}/file`, "");
    const blocked = await install(release, ["--bin-dir", `${release.home}/file/bin`]);
    assert.match(blocked.text, /cannot make .*file is no directory\n.*--bin-dir/);
    assert.match((await install(release, ["--bin-dir"])).text, /--bin-dir needs a value/);
    assert.match((await install(release, ["--canary"])).text, /unknown option/);
    assert.match((await install(release, ["--help"])).text, /^Usage: install\.sh/);
    assert.deepEqual([...Deno.readDirSync(release.home)].map(({ name }) => name), ["file"]);
  });
});

const MISSING: readonly [string, tools: string[], fakes: Record<string, string>, RegExp][] = [
  ["no tar", PLAIN_TOOLS.filter((name) => name !== "tar"), {}, /tar is not here\n/],
  ["nothing that downloads", PLAIN_TOOLS, {}, /neither curl nor wget is here\n/],
  ["nothing that computes sums", [...PLAIN_TOOLS, "curl"], {}, /nothing here can compute SHA-256\n/],
  [
    "musl",
    PLAIN_TOOLS,
    { ldd: "echo 'musl libc (x86_64)' >&2; exit 1", uname: "echo Linux" },
    /needs? glibc\n/,
  ],
  ["a platform without a release", PLAIN_TOOLS, { uname: "echo Plan9" }, /no release for Plan9 on Plan9\n/],
];

for (const [title, tools, fakes, says] of MISSING) {
  Deno.test(`install.sh names what is missing and what to do: ${title}`, async () => {
    await withRelease(async (release) => {
      const { code, text } = await install(release, [], { PATH: await toolFolder(release, tools, fakes) });
      assert.match(text, says);
      assert.match(text, /^ {2}\S/m, "a next step");
      assert.deepEqual([code, await installed(release)], [1, []]);
    });
  });
}

Deno.test("install.sh makes do with wget and openssl", async () => {
  if (!await hasTool("wget") || !await hasTool("openssl")) return;
  await withRelease(async (release) => {
    const tools = await toolFolder(release, [...PLAIN_TOOLS, "wget", "openssl"]);
    const { code, text } = await install(release, [], { PATH: tools });
    assert.equal(code, 0, text);
    assert.deepEqual(await installed(release), PROGRAMS);
  });
});

Deno.test("install.sh installs nothing of a release whose programs do not run here", async () => {
  await withRelease(async (release) => {
    await writeStandIns(`${release.folder}/programs`);
    await Deno.writeTextFile(`${release.folder}/programs/cortex`, "#!/bin/sh\necho too old >&2; exit 1\n");
    await writeArchive(`${release.folder}/programs`, HERE, `${release.folder}/files`);
    await Deno.remove(`${release.folder}/files/SHA256SUMS`);
    await Deno.writeTextFile(`${release.folder}/files/SHA256SUMS`, await sumLines(`${release.folder}/files`));
    const { code, text } = await install(release);
    assert.match(text, /cortex does not run here, so nothing was installed: too old\n {2}It needs/);
    assert.deepEqual([code, await installed(release)], [1, []]);
  });
});

Deno.test("install.sh puts completions, man pages and units beside a directory that is called bin", async () => {
  await withRelease(async (release) => {
    const { text } = await install(release, ["--bin-dir", `${release.home}/own/bin`]);
    const share = `${release.home}/own/share`;
    assert.match(text, new RegExp(`units are in ${share}`));
    const unit = await Deno.readTextFile(`${share}/cortex-auth/units/cortex-daemon.service`);
    assert.match(unit, new RegExp(`ExecStart=${release.home}/own/bin/cortex-daemon --foreground`));
    for (const file of ["man/man1/cortex-run.1", "bash-completion/completions/cortex"]) {
      await Deno.stat(`${share}/${file}`);
    }
    const elsewhere = await install(release, ["--bin-dir", `${release.home}/programs`]);
    assert.doesNotMatch(elsewhere.text, /units are in/);
  });
});

/** Runs a shell line that has the script on its standard input, as the one-line installation does. */
function piped({ home, url }: Release, line: string) {
  return outputOf("sh", ["-c", line], {
    HOME: home,
    CORTEX_INSTALL_FROM: url,
    CORTEX_BIN_DIR: `${home}/bin`,
  });
}

Deno.test("install.sh may be piped into a shell, and half of it does nothing", async () => {
  await withRelease(async (release) => {
    const { size } = await Deno.stat("packaging/install.sh");
    for (const part of [1, 2, 3, 4, 5]) {
      await piped(release, `head -c ${Math.floor(size * part / 6)} packaging/install.sh | sh`);
    }
    assert.deepEqual(await installed(release), []);
    const whole = await piped(release, "cat packaging/install.sh | sh");
    assert.equal(whole.code, 0, whole.text);
    assert.deepEqual(await installed(release), PROGRAMS);
  });
});

Deno.test({
  name: "install.sh says where it may not write, and tries nothing",
  // Root may write everywhere, so it has to become somebody else here.
  ignore: Deno.uid() !== 0 || Deno.build.os !== "linux",
  fn: () =>
    withRelease(async (release) => {
      await Deno.mkdir(`${release.home}/bin`, { mode: 0o755 });
      await Deno.chmod(release.folder, 0o755);
      const other = "setpriv --reuid=54321 --regid=54321 --clear-groups";
      const { code, text } = await piped(release, `cat packaging/install.sh | ${other} sh`);
      assert.match(text, /you may not write to .*\n.*sudo/);
      assert.deepEqual([code, await installed(release)], [1, []]);
    }),
});

Deno.test("an archive has the same bytes whenever it is made, and all that a release promises", async () => {
  await withTempDir(async (folder) => {
    await writeStandIns(`${folder}/programs`);
    const [one, two] = [
      await writeArchive(`${folder}/programs`, HERE, `${folder}/one`),
      await writeArchive(`${folder}/programs`, HERE, `${folder}/two`),
    ];
    assert.deepEqual(await Deno.readFile(one), await Deno.readFile(two));
    const { text } = await outputOf("tar", ["-tzf", one]);
    for (
      const part of [...PROGRAMS, "LICENSE", "README.md", "man/cortex-run.1", "completions/_cortex"].concat(
        "units/cortex-server.service",
      )
    ) assert.ok(text.includes(`/${part}\n`), part);
  });
});

Deno.test("every target has a name that install.sh knows", async () => {
  const script = await Deno.readTextFile("packaging/install.sh");
  for (const target of TARGETS) assert.ok(script.includes(target), target);
});
