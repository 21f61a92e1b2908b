/** `install.sh` against a server of files on this machine. */

import assert from "node:assert/strict";
import { writeArchive } from "../../packaging/archive.ts";
import { sumLines } from "../../packaging/sums.ts";
import { type Target, TARGETS } from "../../packaging/targets.ts";
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

/** A release of stand-ins, served as GitHub serves one. */
async function withRelease(work: (release: Release) => Promise<void>): Promise<void> {
  await withTempDir(async (folder) => {
    const files = `${folder}/files`;
    await writeStandIns(`${folder}/programs`);
    const archive = await writeArchive(`${folder}/programs`, HERE, files);
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
      "cortex-cli 9.9.9 (stand-in)\n",
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

Deno.test("install.sh names what is missing: a directory, a tool, an option's value", async () => {
  await withRelease(async (release) => {
    await Deno.writeTextFile(`${release.home}/file`, "");
    const blocked = await install(release, ["--bin-dir", `${release.home}/file/bin`]);
    assert.match(blocked.text, /cannot make .*\n.*--bin-dir/);
    assert.match((await install(release, ["--bin-dir"])).text, /--bin-dir needs a value/);
    assert.match((await install(release, ["--canary"])).text, /unknown option/);
    const tools = `${release.folder}/tools`;
    await Deno.mkdir(tools);
    for (const tool of ["sh", "uname", "mkdir", "mktemp", "rm", "tar", "ldd", "grep"]) {
      const { text } = await outputOf("sh", ["-c", `command -v ${tool}`]);
      await Deno.symlink(text.trim(), `${tools}/${tool}`);
    }
    assert.match((await install(release, [], { PATH: tools })).text, /neither curl nor wget is here/);
    await Deno.remove(`${tools}/tar`);
    assert.match((await install(release, [], { PATH: tools })).text, /tar is not here/);
    assert.deepEqual(await installed(release), []);
  });
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

Deno.test("install.sh passes shellcheck", async () => {
  if (!await hasTool("shellcheck")) return;
  const { code, text } = await outputOf("shellcheck", ["packaging/install.sh"]);
  assert.equal(code, 0, text);
});

Deno.test("every target has a name that install.sh knows", async () => {
  const script = await Deno.readTextFile("packaging/install.sh");
  for (const target of TARGETS) assert.ok(script.includes(target), target);
});
