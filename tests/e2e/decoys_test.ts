/** Decoys and versions on real programs: an agent that goes looking is stopped, and a person lets it work again. */

import assert from "node:assert/strict";
import { EXIT } from "../../shared/errors.ts";
import { AGENT, approveAll, PROJECT, withMainJob } from "../support/main_job.ts";
import type { World } from "../support/world.ts";

const run = (...program: readonly string[]) => ["run", "--project", PROJECT, "--", ...program];

/** `cortex admin …`; gives its standard output. */
async function admin(world: World, ...args: string[]): Promise<string> {
  const env = { CORTEX_URL: world.url, CORTEX_ADMIN_TOKEN: world.adminToken };
  const { code, stdout, stderr } = await world.cortex(["admin", ...args], { env });
  assert.equal(code, EXIT.ok, stderr);
  return `${stdout}${stderr}`;
}

Deno.test("B13: an agent that asks for a decoy by name is frozen, with its daemon, until cortex admin lifts it", async () => {
  await withMainJob({ api_key: "value-of-the-key-4711" }, async (world) => {
    await world.cortex(run("true"));
    await approveAll(world);
    assert.equal((await world.cortex(run("true"))).code, EXIT.ok);
    const id = (await admin(world, "decoys", "add", "prod/aws_root_key")).split("\n")[0] ?? "";
    assert.match(
      await admin(world, "decoys", "list"),
      new RegExp(`^${id} {2}default {2}prod/aws_root_key .* decoy\n$`),
    );

    await Deno.writeTextFile(`${world.folder}/.env`, "API_KEY=\nAWS_ROOT_KEY=\n");
    const caught = await world.cortex(["run", "--project", "probe", "--env-file", ".env", "--", "env"]);
    assert.notEqual(caught.code, EXIT.ok);
    assert.doesNotMatch(caught.stdout + caught.stderr, /decoy|honey|alarm raised/i);
    assert.match(await admin(world, "agents", "list"), / {2}frozen .* UTC: read a decoy\n/);
    const stopped = await world.cortex(run("true"));
    assert.notEqual(stopped.code, EXIT.ok);
    const alarms = await world.admin("GET", "/admin/audit-logs?action=honey_token_access");
    assert.match(alarms.text, /"status":"alarm"/);

    assert.match(await admin(world, "agents", "unfreeze", AGENT), /may work again/);
    await Deno.remove(`${world.folder}/.env`);
    const again = await world.cortex(run("true"));
    assert.equal(again.code, EXIT.ok, again.stderr);
  });
});

Deno.test("cortex admin secrets lists versions, brings an older value back and destroys what is left", async () => {
  await withMainJob({ api_key: "first-value-4711" }, async (world) => {
    const [secret] = (await world.admin("GET", "/admin/secrets")).json<{ readonly id: string }[]>();
    await world.admin("PUT", `/admin/secrets/${secret?.id}`, { value: "second-value-4711" });
    await world.cortex(run("true"));
    await approveAll(world);
    assert.match(
      await admin(world, "secrets", "versions", "api_key"),
      /^2 .*present value\n1 .*replaced .* UTC\n$/,
    );
    assert.match(await admin(world, "secrets", "rollback", "api_key", "1"), /as version 3/);
    const check = 'test "$API_KEY" = first-value-4711';
    assert.equal((await world.cortex(run("sh", "-c", check))).code, EXIT.ok);
    assert.match(await admin(world, "secrets", "destroy-versions", "api_key", "--keep", "0"), /version 2, 1/);
    const gone = await world.cortex(["admin", "secrets", "rollback", "api_key", "2"], {
      env: { CORTEX_URL: world.url, CORTEX_ADMIN_TOKEN: world.adminToken },
    });
    assert.equal(gone.code, EXIT.failure);
    assert.match(gone.stderr, /no such version/);
    assert.ok(!world.transcript.join("").includes("second-value-4711"));
  });
});
