/**
 * The programs as they are shipped. They are compiled where Deno has a base runtime to embed them into, that `DENORT_BIN`
 * names; elsewhere this says so and leaves them out. CI compiles with the runtime of a release.
 */

import assert from "node:assert/strict";
import { compilePrograms } from "../../packaging/programs.ts";
import { Buffer } from "node:buffer";
import { withTempDir } from "../support/paths.ts";
import { ROOT_PATH } from "../support/programs.ts";

/** The main job, redaction in every form, rotation under load, terminals. */
const ON_COMPILED = ["main_job", "leak", "leak_hunt", "rotation", "terminal"];
const PATH = "/usr/sbin:/usr/bin:/sbin:/bin";
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

Deno.test({
  name: "compiled programs are the same bytes wherever they were made, and leave nothing behind",
  ignore: !canCompile,
  fn: () =>
    withTempDir(async (folder) => {
      const made = [`${folder}/first`, `${folder}/the second/place`];
      for (const place of made) await compilePrograms({ folder: place, commit: "0".repeat(40) });
      const empty = `${folder}/empty`;
      await Deno.mkdir(empty);
      for (const name of NAMES) {
        const [first, second] = await Promise.all(made.map((place) => Deno.readFile(`${place}/${name}`)));
        assert.ok(first !== undefined && second !== undefined && Buffer.compare(first, second) === 0, name);
        const said = await output(
          `${made[0]}/${name}`,
          ["--version"],
          { PATH, TMPDIR: empty, HOME: empty },
          empty,
        );
        assert.match(said.text, /^cortex\S* \d+\.\d+\.\d+ \(0{12}\)\n$/);
      }
      assert.deepEqual(await Array.fromAsync(Deno.readDir(empty)), []);
    }),
});

Deno.test({
  name: "compiled programs do the main job, redact, rotate and hold a terminal with no Deno on PATH",
  ignore: !canCompile,
  fn: () =>
    withTempDir(async (folder) => {
      await compilePrograms({ folder, commit: "unknown" });
      const files = ON_COMPILED.map((name) => `tests/e2e/${name}_test.ts`);
      const env = { ...Deno.env.toObject(), CORTEX_PROGRAMS: folder, PATH };
      const args = ["test", "-A", "--no-check", "--quiet", ...files];
      const { code, text } = await output(Deno.execPath(), args, env, ROOT_PATH);
      assert.equal(code, 0, text);
      assert.match(text, /^ok \| \d+ passed/m);
    }),
});

const canBoot = canCompile && Deno.uid() === 0 && await exists("/lib/systemd/systemd");
if (canCompile && !canBoot) console.log("not root, or no systemd: the trial of the units is left out");

Deno.test({
  name: "the units start server and daemon under systemd, with every restriction that they name",
  ignore: !canBoot,
  fn: () =>
    withTempDir(async (folder) => {
      await compilePrograms({ folder, commit: "unknown" });
      const { code, text } = await output("packaging/units/trial/run.sh", [folder], { PATH }, ROOT_PATH);
      assert.ok(code === 0 && text.includes("ok  cortex doctor finds nothing wrong"), text);
    }),
});

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
