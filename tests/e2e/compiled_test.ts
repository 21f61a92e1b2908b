/**
 * The programs as they are shipped. They are compiled where Deno has a base runtime to embed them into, that `DENORT_BIN`
 * names; elsewhere this says so and leaves them out. CI compiles with the runtime of a release.
 */

import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { writeArchive } from "../../packaging/archive.ts";
import { formula, parseSums } from "../../packaging/homebrew/formula.ts";
import { compilePrograms } from "../../packaging/programs.ts";
import { archiveName, TARGETS } from "../../packaging/targets.ts";
import { hasTool } from "../packaging/support.ts";
import { withTempDir } from "../support/paths.ts";
import { ROOT_PATH } from "../support/programs.ts";

/** The main job, redaction in every form, rotation under load, terminals. */
const ON_COMPILED = ["main_job", "leak", "leak_hunt", "rotation", "terminal"];
const PATH = "/usr/sbin:/usr/bin:/sbin:/bin";
const COMMIT = "0".repeat(40);
const NAMES = ["cortex-server", "cortex-daemon", "cortex", "cortex-cli"];
const canCompile = Boolean(Deno.env.get("DENORT_BIN"));
if (!canCompile) console.log("DENORT_BIN is not set: the tests of compiled programs are left out");

async function output(program: string, args: string[], env: Record<string, string>, cwd: string) {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args,
    env,
    clearEnv: true,
    cwd,
    stdin: "null",
  }).output();
  return { code, text: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

const canBoot = canCompile && Deno.uid() === 0 && await exists("/lib/systemd/systemd");
if (canCompile && !canBoot) console.log("not root, or no systemd: the trial of the units is left out");
const hasRuby = await hasTool("ruby");

/** The steps share what takes longest: the compilation. */
Deno.test("compiled programs", { ignore: !canCompile }, (test) =>
  withTempDir(async (folder) => {
    const programs = `${folder}/first`;
    await compilePrograms({ folder: programs, commit: COMMIT });
    await test.step("say version and commit, and leave nothing behind", () => sayVersions(programs, folder));
    await test.step("are the same bytes wherever they were made", () => compareTwo(programs, folder));
    await test.step("do the main job, redact, rotate and hold a terminal with no Deno on PATH", () =>
      doTheJob(programs));
    await test.step({
      name: "pass the formula's own test as Homebrew would install them",
      ignore: !hasRuby,
      fn: () => installAsHomebrew(programs, folder),
    });
    await test.step({
      name: "are started by the units under systemd, with every restriction that these name",
      ignore: !canBoot,
      fn: () => bootUnits(programs),
    });
  }));

async function sayVersions(programs: string, folder: string): Promise<void> {
  const empty = `${folder}/empty`;
  await Deno.mkdir(empty);
  for (const name of NAMES) {
    const env = { PATH, TMPDIR: empty, HOME: empty };
    for (const word of ["--version", "version"]) {
      const { code, text } = await output(`${programs}/${name}`, [word], env, empty);
      assert.match(text, /^cortex\S* \d+\.\d+\.\d+ \(0{12}\)/);
      assert.equal(code, 0);
    }
  }
  assert.deepEqual(await Array.fromAsync(Deno.readDir(empty)), []);
}

async function compareTwo(programs: string, folder: string): Promise<void> {
  const again = `${folder}/the second/place`;
  await compilePrograms({ folder: again, commit: COMMIT });
  for (const name of NAMES) {
    const [first, second] = await Promise.all(
      [programs, again].map((place) => Deno.readFile(`${place}/${name}`)),
    );
    assert.ok(first !== undefined && second !== undefined && Buffer.compare(first, second) === 0, name);
  }
}

async function doTheJob(programs: string): Promise<void> {
  const files = ON_COMPILED.map((name) => `tests/e2e/${name}_test.ts`);
  const env = { ...Deno.env.toObject(), CORTEX_PROGRAMS: programs, PATH };
  const args = ["test", "-A", "--no-check", "--quiet", ...files];
  const { code, text } = await output(Deno.execPath(), args, env, ROOT_PATH);
  assert.equal(code, 0, text);
  assert.match(text, /^ok \| \d+ passed/m);
}

async function installAsHomebrew(programs: string, folder: string): Promise<void> {
  const archive = await writeArchive(programs, "x86_64-unknown-linux-gnu", `${folder}/release`);
  const file = `${folder}/cortex-auth.rb`;
  const sums = TARGETS.map((target) => `${"0".repeat(64)}  ${archiveName(target)}.tar.gz\n`).join("");
  await Deno.writeTextFile(file, await formula(parseSums(sums)));
  await output("tar", ["-xzf", archive, "-C", folder], { PATH }, folder);
  const unpacked = `${folder}/${archiveName("x86_64-unknown-linux-gnu")}`;
  const args = ["tests/packaging/formula_trial.rb", file, "linux", "intel", unpacked, `${folder}/prefix`];
  const { text } = await output("ruby", args, { PATH }, ROOT_PATH);
  assert.match(text, /^the formula's own test passes$/m);
}

async function bootUnits(programs: string): Promise<void> {
  const { code, text } = await output("packaging/units/trial/run.sh", [programs], { PATH }, ROOT_PATH);
  assert.ok(code === 0 && text.includes("ok  cortex doctor finds nothing wrong"), text);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
