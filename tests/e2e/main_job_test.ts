/** The whole main job on real processes: what the demo shows, asserted. */

import assert from "node:assert/strict";
import { EXIT } from "../../shared/errors.ts";
import { sha256Hex } from "../../shared/crypto/hash.ts";
import { AGENT, approveAll, PROJECT, storeAndGrant, withMainJob } from "../support/main_job.ts";
import { withTempDir } from "../support/paths.ts";
import { World } from "../support/world.ts";

const SECRETS = {
  openai_api_key: 'sk-"quoted" & <angled> \\ü漢',
  database_url: "postgres://u:p@h/d?x=1&y=2",
};

/** A program that prints only the digests of what it was given. */
const PROVE = [
  "sh",
  "-c",
  'for n in "$@"; do eval "printf %s \\"\\$$n\\"" | sha256sum | cut -d" " -f1; done',
  "prove",
];

Deno.test("main job: first run waits for a person, later runs get exactly what was stored", async () => {
  await withTempDir(async (folder) => {
    await using world = new World({ folder });
    await world.startServer();
    for (const [path, value] of Object.entries(SECRETS)) await storeAndGrant(world, path, value);
    await world.login(AGENT);
    await world.startDaemon();
    const run = () =>
      world.cortex(["run", "--project", PROJECT, "--", ...PROVE, "OPENAI_API_KEY", "DATABASE_URL"]);

    const first = await run();
    assert.equal(first.code, EXIT.pendingApproval);
    assert.equal(first.stdout, "");
    assert.match(first.stderr, /grant_id/);

    await approveAll(world);
    const second = await run();
    assert.equal(second.code, 0, second.stderr);
    assert.deepEqual(
      second.stdout.trim().split("\n"),
      Object.values(SECRETS).map((value) => sha256Hex(value)),
    );

    const rows = (await world.admin("GET", "/admin/audit-logs?action=get_secrets")).json<
      { agent_id: string }[]
    >();
    assert.equal(rows[0]?.agent_id, AGENT);
  });
});

Deno.test("main job: run --wait goes on by itself once a person has approved", async () => {
  await withTempDir(async (folder) => {
    await using world = new World({ folder });
    await world.startServer();
    await storeAndGrant(world, "api_key", "value-of-the-key");
    await world.login(AGENT);
    await world.startDaemon();
    const waiting = await world.startCortex([
      "run",
      "--wait",
      "--project",
      PROJECT,
      "--",
      ...PROVE,
      "API_KEY",
    ]);
    await waiting.waitFor(/wait/i);
    await approveAll(world);
    assert.equal(await waiting.ended(), 0);
    assert.match(waiting.output(), new RegExp(sha256Hex("value-of-the-key")));
  });
});

Deno.test("C1, C2: the child has the caller's directory and environment, and names come from the caller's .env", async () => {
  await withMainJob(SECRETS, async (world) => {
    const cwd = `${world.folder}/project`;
    await Deno.mkdir(cwd);
    await Deno.writeTextFile(`${cwd}/.env`, "DATABASE_URL=never-sent-anywhere\nNOT_GRANTED=x\n");
    const result = await world.cortex(
      [
        "run",
        "--project",
        PROJECT,
        "--",
        "sh",
        "-c",
        'pwd; echo "$MINE"; echo "${OPENAI_API_KEY-unset}"; env | grep -c ^CORTEX_',
      ],
      { cwd, env: { MINE: "kept", CORTEX_SOMETHING: "ours" } },
    );
    assert.deepEqual(result.stdout.split("\n"), [await Deno.realPath(cwd), "kept", "unset", "0", ""]);
    assert.match(result.stderr, /NOT_GRANTED/);
    assert.doesNotMatch(world.transcript.join(""), /never-sent-anywhere/);
  });
});

Deno.test("A5: a daemon that lost its tokens in a restart runs the next program at once", async () => {
  await withMainJob(SECRETS, async (world) => {
    assert.equal((await world.cortex(["run", "--project", PROJECT, "--", "true"])).code, 0);
    await world.stopDaemon("SIGKILL");
    await world.startDaemon();
    const again = await world.cortex(["run", "--project", PROJECT, "--", "true"]);
    assert.equal(again.code, 0, again.stderr);
  });
});

Deno.test("A4: a daemon outlives its server's restart and the revocation of its session", async () => {
  await withMainJob(SECRETS, async (world) => {
    assert.equal(await world.stopServer(), 0);
    const away = await world.cortex(["run", "--project", PROJECT, "--", "true"]);
    assert.equal(away.code, EXIT.unreachable, away.stderr);
    await world.startServer();
    const back = await world.cortex(["run", "--project", PROJECT, "--", "true"]);
    assert.equal(back.code, 0, back.stderr);

    const sessions = (await world.admin("GET", "/admin/daemon-sessions")).json<{ session_id: string }[]>();
    for (const { session_id } of sessions) {
      await world.admin("DELETE", `/admin/daemon-sessions/${session_id}`);
    }
    const renewed = await world.cortex(["run", "--project", PROJECT, "--", "true"]);
    assert.equal(renewed.code, 0, renewed.stderr);
  });
});

Deno.test("A6: a new grant reaches the next run without a restart", async () => {
  await withMainJob(SECRETS, async (world) => {
    assert.equal((await world.cortex(["run", "--project", PROJECT, "--", "true"])).code, 0);
    await storeAndGrant(world, "added_later", "fresh-value");
    const command = ["run", "--project", PROJECT, "--", ...PROVE, "ADDED_LATER"];
    assert.equal((await world.cortex(command)).code, EXIT.pendingApproval);
    await approveAll(world);
    const result = await world.cortex(command);
    assert.equal(result.stdout.trim(), sha256Hex("fresh-value"), result.stderr);
  });
});

Deno.test("B7: a removed grant is gone from the next run, and the caller is told", async () => {
  await withMainJob(SECRETS, async (world) => {
    assert.equal((await world.cortex(["run", "--project", PROJECT, "--", "true"])).code, 0);
    const grants = (await world.admin("GET", `/admin/projects/${PROJECT}/grants`)).json<
      { id: string; secret_key_path: string }[]
    >();
    const grant = grants.find((row) => row.secret_key_path === "database_url");
    await world.admin("DELETE", `/admin/projects/${PROJECT}/grants/${grant?.id}`);
    const result = await world.cortex([
      "run",
      "--project",
      PROJECT,
      "--",
      "sh",
      "-c",
      'echo "${DATABASE_URL-unset}"',
    ]);
    assert.equal(result.stdout, "unset\n", result.stderr);
  });
});

Deno.test("B6: freezing an agent stops its runs until a person lifts it", async () => {
  await withMainJob(SECRETS, async (world) => {
    await world.admin("POST", `/admin/agents/${AGENT}/freeze`, { reason: "test" });
    const frozen = await world.cortex(["run", "--project", PROJECT, "--", "true"]);
    assert.equal(frozen.code, EXIT.refused, frozen.stderr);
    await world.admin("POST", `/admin/agents/${AGENT}/unfreeze`, {});
    const lifted = await world.cortex(["run", "--project", PROJECT, "--", "true"]);
    assert.equal(lifted.code, 0, lifted.stderr);
  });
});
