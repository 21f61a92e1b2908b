/** The Homebrew formula, read and obeyed by a Ruby that knows as much of Homebrew as it needs: `formula_trial.rb`. */

import assert from "node:assert/strict";
import { writeArchive } from "../../packaging/archive.ts";
import { formula, parseSums } from "../../packaging/homebrew/formula.ts";
import { archiveName, type Target, TARGETS } from "../../packaging/targets.ts";
import { withTempDir } from "../support/paths.ts";
import { hasTool, outputOf, STAND_IN_VERSION, writeStandIns } from "./support.ts";

const hasRuby = await hasTool("ruby");

/** Homebrew's words for the platforms. */
const PLATFORMS: Readonly<Record<Target, readonly [os: string, arch: string]>> = {
  "aarch64-apple-darwin": ["macos", "arm"],
  "x86_64-apple-darwin": ["macos", "intel"],
  "x86_64-unknown-linux-gnu": ["linux", "intel"],
  "aarch64-unknown-linux-gnu": ["linux", "arm"],
};

const SUMS = TARGETS.map((target, index) =>
  `${String(index).repeat(64)}  ${archiveName(target, STAND_IN_VERSION)}.tar.gz\n`
).join("");

/** What the trial says of a formula for a platform. */
async function tryOn(target: Target, file: string, ...folders: string[]): Promise<string[]> {
  const args = ["tests/packaging/formula_trial.rb", file, ...PLATFORMS[target], ...folders];
  const { code, text } = await outputOf("ruby", args);
  assert.equal(code, 0, text);
  return text.trim().split("\n");
}

async function withFormula(work: (folder: string, file: string) => Promise<void>): Promise<void> {
  await withTempDir(async (folder) => {
    const file = `${folder}/cortex-auth.rb`;
    await Deno.writeTextFile(file, await formula(parseSums(SUMS), STAND_IN_VERSION));
    await work(folder, file);
  });
}

Deno.test({
  name: "formula downloads for each platform its own archive, of the release's sum",
  ignore: !hasRuby,
  fn: () =>
    withFormula(async (_folder, file) => {
      for (const [index, target] of TARGETS.entries()) {
        const [url = "", sum, service] = await tryOn(target, file);
        assert.ok(
          url.endsWith(`/download/v${STAND_IN_VERSION}/${archiveName(target, STAND_IN_VERSION)}.tar.gz`),
        );
        assert.equal(sum, String(index).repeat(64));
        assert.equal(service, "/opt/bin/cortex-daemon --foreground");
      }
    }),
});

Deno.test({
  name: "formula installs all of an archive, and its own test passes on what is installed",
  ignore: !hasRuby,
  fn: () =>
    withFormula(async (folder, file) => {
      await writeStandIns(`${folder}/programs`);
      const archive = await writeArchive(`${folder}/programs`, "x86_64-unknown-linux-gnu", folder);
      await outputOf("tar", ["-xzf", archive, "-C", folder]);
      const unpacked = archive.replace(".tar.gz", "");
      const said = await tryOn("x86_64-unknown-linux-gnu", file, unpacked, `${folder}/prefix`);
      assert.equal(said.at(-1), "the formula's own test passes");
      await Deno.stat(`${folder}/prefix/etc/bash_completion.d/cortex`);
      await Deno.stat(`${folder}/prefix/share/cortex-auth/units/cortex-server.service`);
      const left = [...Deno.readDirSync(unpacked)].map(({ name }) => name).sort();
      assert.deepEqual(left, ["LICENSE", "completions", "man"]);
    }),
});

Deno.test("formula is Ruby as it is kept, too", { ignore: !hasRuby }, async () => {
  const { code, text } = await outputOf("ruby", ["-wc", "packaging/homebrew/cortex-auth.rb"]);
  assert.deepEqual([code, text], [0, "Syntax OK\n"]);
});

Deno.test("formula is refused for sums that lack a platform, or are none", async () => {
  const lacking = SUMS.split("\n").slice(1).join("\n");
  await assert.rejects(formula(parseSums(lacking), STAND_IN_VERSION), /has no sum for/);
  assert.throws(() => parseSums("not a sum"), /none of sha256sum's/);
});
