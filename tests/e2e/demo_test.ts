/** The demo as a newcomer without a terminal sees it. */

import assert from "node:assert/strict";
import { denoDir, ROOT_PATH } from "../support/programs.ts";
import { withTempDir } from "../support/paths.ts";

Deno.test("the demo does the whole main job, shows every step, and leaves nothing behind", async () => {
  await withTempDir(async (home) => {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--quiet", "tests/demo/main.ts"],
      cwd: ROOT_PATH,
      env: { PATH: Deno.env.get("PATH") ?? "", HOME: home, DENO_DIR: await denoDir(), NO_COLOR: "1" },
      clearEnv: true,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).output();
    const output = new TextDecoder().decode(stdout);
    assert.equal(code, 0, output + new TextDecoder().decode(stderr));
    assert.match(output, /grant_id: [0-9a-f-]{36}/);
    assert.equal(output.match(/is what was stored/g)?.length, 3);
    assert.match(output, /stripe: \[redacted:STRIPE_KEY\]/);
    assert.match(output, /demo has app_conf as APP_CONF: as a template to render/);
    assert.match(output, /frozen .*: read a decoy/);
    assert.match(output, /The audit log is as it was written/);
    assert.doesNotMatch(output, /sk-demo-|DIFFERS/);
    assert.deepEqual([...Deno.readDirSync(home)], []);
    assert.equal(await Deno.stat(`${ROOT_PATH}/.demo`).then(() => "left", () => "gone"), "gone");
  });
});
