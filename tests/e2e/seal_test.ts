/** The operator seals and unseals with `cortex`, alone and together with the keepers of shares. */

import assert from "node:assert/strict";
import { EXIT } from "../../shared/errors.ts";
import { withTempDir } from "../support/paths.ts";
import { World } from "../support/world.ts";

Deno.test("cortex admin seal, seal-status and unseal: by the password, and by shares from different people", async () => {
  await withTempDir(async (folder) => {
    await using world = new World({ folder });
    await world.startServer();
    const token = { CORTEX_URL: world.url, CORTEX_ADMIN_TOKEN: world.adminToken };
    const password = { CORTEX_URL: world.url, CORTEX_KEK_PASSWORD: world.kekPassword };
    const admin = (args: string[], env: Record<string, string>) => world.cortex(["admin", ...args], { env });
    const made = await admin(
      ["recovery-shares", "generate", "--threshold", "2", "--shares", "2", "--out-dir", "shares"],
      { ...token, ...password },
    );
    const [one = "", two = ""] = made.stdout.trimEnd().split("\n");

    assert.deepEqual(await admin(["seal-status"], token), {
      code: 0,
      stdout: "The vault is open\n",
      stderr: "",
    });
    assert.equal((await admin(["seal"], token)).stdout, "The vault is sealed\n");
    const status = await admin(["seal-status", "--json"], token);
    assert.equal(status.code, EXIT.unreachable);
    assert.deepEqual(JSON.parse(status.stdout), { sealed: true, shares: null });
    const refused = await admin(["recovery-shares", "list"], token);
    assert.equal(refused.code, EXIT.unreachable);
    assert.match(refused.stderr, /The vault is sealed; unseal it with cortex admin unseal/);
    const wrong = await admin(["unseal"], { ...password, CORTEX_KEK_PASSWORD: "a guess" });
    assert.equal(wrong.code, EXIT.refused);
    assert.equal((await admin(["unseal"], password)).stdout, "The vault is open\n");

    await admin(["seal"], token);
    const keeper = { CORTEX_URL: world.url };
    const first = await admin(["unseal", "--share-file", one], keeper);
    assert.match(first.stdout, /^The vault is sealed; 1 of 2 shares of set .{9} were given\n$/);
    assert.equal((await admin(["unseal", "--reset"], keeper)).stdout, "The vault is sealed\n");
    await admin(["unseal", "--share-file", two], keeper);
    assert.equal((await admin(["unseal", "--share-file", one], keeper)).stdout, "The vault is open\n");
    assert.equal((await admin(["recovery-shares", "list"], token)).code, 0);

    await world.stopServer();
    await world.startServer({ CORTEX_LISTEN_SEALED: "1" });
    assert.equal((await admin(["seal-status"], token)).code, EXIT.unreachable);
    const opened = await admin(["unseal"], password);
    assert.equal(opened.code, 0, opened.stderr + world.server?.output());
    assert.equal((await admin(["recovery-shares", "list"], token)).code, 0);
  });
});
