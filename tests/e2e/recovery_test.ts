/** The operator loses the password: shares made with `cortex` open the vault again, told on real processes. */

import assert from "node:assert/strict";
import { withTempDir } from "../support/paths.ts";
import { World } from "../support/world.ts";

Deno.test("A2: a lost password: shares from cortex admin open the vault, and everything in it is there", async () => {
  await withTempDir(async (folder) => {
    await using world = new World({ folder });
    await world.startServer();
    const secret = { key_path: "api_key", secret_type: "KEY_VALUE", value: "sk-0123456789-of-old" };
    const { id } = (await world.admin("POST", "/admin/secrets", secret)).json();
    const generate = ["admin", "recovery-shares", "generate", "--threshold", "2", "--shares", "4"];
    const env = {
      CORTEX_URL: world.url,
      CORTEX_ADMIN_TOKEN: world.adminToken,
      CORTEX_KEK_PASSWORD: world.kekPassword,
    };
    const made = await world.cortex([...generate, "--out-dir", "shares"], { env });
    assert.equal(made.code, 0, made.stderr);
    const files = made.stdout.trimEnd().split("\n");
    assert.equal(files.length, 4);
    await Promise.all(files.slice(0, 2).map((file) => Deno.remove(file)));
    await world.stopServer();

    await world.startServer({
      CORTEX_KEK_PASSWORD: "forgotten, and not looked at",
      CORTEX_RECOVERY_MODE: "1",
      CORTEX_RECOVERY_THRESHOLD: "2",
      CORTEX_RECOVERY_SHARES_DIR: `${folder}/shares`,
    });
    const read = await world.admin("GET", `/admin/secrets/${id}`);
    assert.equal(read.json()["value"], secret.value);
    const alarms = await world.admin("GET", "/admin/audit-logs?action=recovery_boot");
    assert.match(alarms.text, /"status":"alarm"/);
    const list = await world.cortex(["admin", "recovery-shares", "list"], { env });
    assert.match(list.stdout, /^\S{9} {2}2 of 4 {2}made .* opens the vault\n$/);
    await world.stopServer();

    await world.startServer();
    assert.equal((await world.admin("GET", `/admin/secrets/${id}`)).json()["value"], secret.value);
    const said = world.transcript.join("");
    for (const file of files.slice(2)) {
      const share = (await Deno.readTextFile(file)).trimEnd().split("\n").at(-1) ?? "";
      assert.ok(share.startsWith("cxs1-") && !said.includes(share.slice(35, 60)));
    }
    assert.ok(!said.includes(world.kekPassword));
  });
});
