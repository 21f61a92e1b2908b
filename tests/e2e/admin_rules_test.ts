/** `cortex admin namespaces`, `policies` and `projects`, and `cortex audit list`, against a real server. */

import assert from "node:assert/strict";
import { PROJECT, withMainJob } from "../support/main_job.ts";

Deno.test("cortex admin keeps namespaces and policies, and ends what a project may do", async () => {
  await withMainJob({ "prod/token": "canary-rules-71d2aa" }, async (world) => {
    const env = { CORTEX_URL: world.url, CORTEX_ADMIN_TOKEN: world.adminToken };
    const admin = async (...words: string[]) => {
      const { code, stdout, stderr } = await world.cortex(["admin", ...words], { env });
      return { code, text: stdout + stderr };
    };
    const run = async () => (await world.cortex(["run", "--project", PROJECT, "--", "true"])).code;

    assert.match(
      (await admin("namespaces", "add", "staging", "--description", "try here")).text,
      /staging now/,
    );
    assert.match((await admin("namespaces", "list")).text, /^staging {2}try here$/m);
    assert.notEqual((await admin("namespaces", "remove", "default")).code, 0);
    assert.equal((await admin("namespaces", "remove", "staging")).code, 0);

    const words = ["add", "bots", "--agents", "nobody-*", "--allow", "prod/*", "--deny", "prod/root"];
    const added = await admin("policies", ...words, "--on-leak", "freeze");
    assert.equal(added.code, 0, added.text);
    assert.match(
      (await admin("policies", "list")).text,
      /bots {2}agents nobody-\* {2}allowed prod\/\* {2}denied prod\/root {2}on a leak: freeze/,
    );
    assert.equal((await admin("policies", "remove", "bots")).code, 0);
    assert.match((await admin("policies", "remove", "bots")).text, /There is no such policy/);

    assert.equal(await run(), 0);
    assert.match((await admin("projects", "list")).text, new RegExp(`^${PROJECT} {2}default`, "m"));
    assert.match((await admin("projects", "freeze", PROJECT, "--reason", "odd")).text, /is frozen/);
    assert.match((await admin("projects", "list")).text, /frozen: odd/);
    assert.equal(await run(), 121);
    assert.match((await admin("projects", "unfreeze", PROJECT)).text, /works again/);
    assert.equal(await run(), 0);
    assert.match((await admin("projects", "revoke", PROJECT)).text, /ended/);
    assert.match((await admin("projects", "list")).text, /token revoked/);
    assert.equal(await run(), 0, "the next run gets a new token");

    const list = (...filters: string[]) => world.cortex(["audit", "list", ...filters], { env });
    const rows = JSON.parse((await list("--project", PROJECT, "--limit", "9", "--json")).stdout);
    assert.ok(rows.length > 1 && rows.length <= 9);
    assert.match((await list("--status", "denied")).stdout, / {2}denied/);
    assert.match((await list("--action", "nothing-of-the-kind")).stderr, /No row fits/);
    assert.equal((await list("--limit", "many")).code, 125);
  });
});
