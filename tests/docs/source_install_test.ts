/** The lines of `docs/install.md` that start the programs from source, from a folder that is not the checkout's. */

import assert from "node:assert/strict";
import { PROGRAMS } from "../../packaging/programs.ts";
import { versionLine } from "../../shared/version.ts";
import { withTempDir } from "../support/paths.ts";
import { denoDir, ROOT_PATH } from "../support/programs.ts";
import { readSource } from "../support/source_files.ts";

const LINE = /^deno run .*-P=(\w+) \/opt\/cortex-auth\/(\S+)$/gm;

Deno.test("docs/install.md starts every program from source with its own permissions, from anywhere", async () => {
  const lines = [...(await readSource("docs/install.md")).matchAll(LINE)];
  const programs = Object.entries(PROGRAMS);
  assert.deepEqual(
    lines.map(([, profile, main]) => [profile, main]),
    programs.map(([, { profile, main }]) => [profile, main]),
  );
  await withTempDir(async (folder) => {
    const env = { HOME: folder, DENO_DIR: await denoDir(), NO_COLOR: "1" };
    for (const [index, [line]] of lines.entries()) {
      const [, ...args] = `${line} --version`.replaceAll("/opt/cortex-auth", ROOT_PATH).split(" ");
      const command = new Deno.Command(Deno.execPath(), { args, cwd: folder, env, clearEnv: true });
      const { stdout, stderr } = await command.output();
      assert.equal(new TextDecoder().decode(stdout), `${versionLine(programs[index]?.[0] ?? "")}\n`);
      assert.equal(new TextDecoder().decode(stderr), "");
    }
  });
});
