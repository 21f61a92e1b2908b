/**
 * Approvals for exactly one command, on real processes: what was shown is what runs, through the very file that was looked
 * at; anything else is refused with what to ask for.
 */

import assert from "node:assert/strict";
import { AGENT, PROJECT, storeAndGrant } from "../support/main_job.ts";
import { withTempDir } from "../support/paths.ts";
import { expectOk } from "../support/wire_agent.ts";
import { World } from "../support/world.ts";

const VALUE = "canary-bound-7f3a9-91c2d4";

/** A world whose one value is for approved commands only. */
async function withBoundValue(work: (world: World) => Promise<void>): Promise<void> {
  await withTempDir(async (folder) => {
    await using world = new World({ folder });
    await world.startServer();
    await storeAndGrant(world, "prod/token", VALUE);
    const grants = await expectOk(world.admin("GET", `/admin/projects/${PROJECT}/grants`));
    const [grant] = grants.json<{ id: string }[]>();
    await expectOk(world.admin("PUT", `/admin/projects/${PROJECT}/grants/${grant?.id}`, { bound: true }));
    await world.login(AGENT);
    await world.startDaemon();
    await Deno.mkdir(`${folder}/work`);
    await work(world);
  });
}

function run(world: World, words: readonly string[], env: Record<string, string> = {}) {
  return world.cortex(["run", "--project", PROJECT, ...words], { cwd: `${world.folder}/work`, env });
}

async function request(world: World, words: readonly string[]): Promise<string> {
  const { code, stderr } = await run(world, ["--request", ...words]);
  assert.equal(code, 120, stderr);
  return /request_id: (\S+)/.exec(stderr)?.[1] ?? "";
}

function approvals(world: World, ...words: string[]) {
  const env = { CORTEX_URL: world.url, CORTEX_ADMIN_TOKEN: world.adminToken };
  return world.cortex(["admin", "approvals", ...words], { env });
}

async function approve(world: World, id: string, ...words: string[]): Promise<void> {
  const { code, stderr } = await approvals(world, "approve", id, "--yes", ...words);
  assert.equal(code, 0, stderr);
}

Deno.test("cortex run --request: one command is asked for, shown, approved and run, and no other", async () => {
  await withBoundValue(async (world) => {
    const command = ["--", "sh", "-c", 'test "$TOKEN" = ' + VALUE + " && echo had it: $TOKEN"];
    const before = await run(world, command);
    assert.equal(before.code, 121);
    assert.match(before.stderr, /approved commands only[^]*--request/);
    const id = await request(world, ["--uses", "2", "--note", "why not", ...command]);
    const card = (await approvals(world, "list")).stdout;
    for (const part of [id, "why not", "/sh", "prod/token", "2 runs, for 1d", `${world.folder}/work`]) {
      assert.ok(card.includes(part), `${part}\n${card}`);
    }
    const waits = await run(world, command);
    assert.equal(waits.code, 121, waits.stderr);
    await approve(world, id);
    const { code, stdout } = await run(world, command);
    assert.deepEqual([code, stdout], [0, "had it: [redacted:TOKEN]\n"]);
    const other = await run(world, ["--", "sh", "-c", "echo $TOKEN"]);
    assert.equal(other.code, 121);
    assert.match(other.stderr, /No approval covers this command \(other arguments\)/);
    const elsewhere = await world.cortex(["run", "--project", PROJECT, ...command]);
    assert.match(elsewhere.stderr, /another directory/);
    assert.equal((await run(world, command)).code, 0);
    assert.equal((await run(world, command)).code, 121, "used up");
  });
});

Deno.test("a bound command runs by the file that was looked at, with the PATH that was shown and nothing that loads other code", async () => {
  await withBoundValue(async (world) => {
    const folder = `${world.folder}/work`;
    await Deno.writeTextFile(
      `${folder}/deploy`,
      "#!/bin/sh\necho real $# $TOKEN\necho $PATH\necho ${LD_PRELOAD-none} ${API_BASE_URL-none} ${MODE-none}\n",
    );
    await Deno.chmod(`${folder}/deploy`, 0o755);
    const refused = await run(world, ["--request", "--keep-env", "MODE,LD_PRELOAD", "--", "./deploy", "a b"]);
    assert.match(refused.stderr, /LD_PRELOAD goes to no approved command/);
    await approve(world, await request(world, ["--keep-env", "MODE", "--", "./deploy", "a b"]));
    assert.match((await approvals(world, "list", "--all")).stdout, /environment MODE$/m);
    const path = Deno.env.get("PATH") ?? "";
    const turned = { PATH: `${folder}:${path}`, API_BASE_URL: "http://elsewhere.example", MODE: "fast" };
    const first = await run(world, ["--", "./deploy", "a b"], turned);
    assert.equal(first.stdout, `real 1 [redacted:TOKEN]\n${path}\nnone none fast\n`, first.stderr);
    await Deno.writeTextFile(`${folder}/deploy`, "#!/bin/sh\necho changed $TOKEN | rev\n");
    const changed = await run(world, ["--", "./deploy", "a b"]);
    assert.equal(changed.code, 121);
    assert.match(changed.stderr, /the program or script has changed since/);
    await Deno.writeTextFile(`${folder}/tool.py`, "print('hello')\n");
    await approve(world, await request(world, ["--", "/bin/sh", "tool.py"]));
    await Deno.writeTextFile(`${folder}/tool.py`, "echo $TOKEN\n");
    assert.match((await run(world, ["--", "/bin/sh", "tool.py"])).stderr, /has changed since/);
  });
});

Deno.test("cortex explain and --dry-run say what would happen, and nothing happens", async () => {
  await withBoundValue(async (world) => {
    await storeAndGrant(world, "prod/open", "value-of-open-1234567");
    const explain = (...words: string[]) =>
      world.cortex(["explain", "--project", PROJECT, ...words], { cwd: `${world.folder}/work` });
    const fresh = await explain();
    assert.match(fresh.stdout, /OPEN\s+not asked for yet/);
    assert.match(fresh.stdout, /TOKEN\s+for approved commands only; ask with cortex run --request/);
    const dry = await run(world, ["--dry-run", "--", "git", "status"]);
    assert.equal(dry.code, 120);
    const waiting = await expectOk(world.admin("GET", "/admin/pending-grants"));
    assert.deepEqual(waiting.json(), [], "nobody was asked");
    const id = await request(world, ["--", "true"]);
    await approve(world, id, "--uses", "1");
    const mine = await explain("--", "true");
    assert.match(mine.stdout, /TOKEN\s+a run gets it as a variable, for this command/);
    assert.match(mine.stdout, /this command is the one/);
    const another = await explain("--", "false");
    assert.match(another.stdout, /TOKEN\s+approved for another command/);
    assert.match(another.stdout, /differs in {2}the program/);
    assert.match(another.stdout, new RegExp(`cortex run --project ${PROJECT} --request -- false`));
    const listed = (await approvals(world, "list", "--all", "--json")).stdout;
    assert.equal(JSON.parse(listed)[0].used, 0);
    assert.ok(!world.transcript.join("").includes(VALUE));
  });
});

Deno.test("--request --wait runs the command once it is approved, and ends when it is denied", async () => {
  await withBoundValue(async (world) => {
    const words = [
      "run",
      "--project",
      PROJECT,
      "--request",
      "--wait=60",
      "--",
      "sh",
      "-c",
      "echo got $TOKEN",
    ];
    const waiting = await world.startCortex(words, { cwd: `${world.folder}/work` });
    const [, id = ""] = await waiting.waitFor(/request_id: (\S+)/);
    await approve(world, id);
    assert.equal(await waiting.ended(), 0, waiting.output());
    assert.match(waiting.output(), /got \[redacted:TOKEN\]/);
    const denied = await world.startCortex([...words.slice(0, -1), "echo other"], {
      cwd: `${world.folder}/work`,
    });
    const [, other = ""] = await denied.waitFor(/request_id: (\S+)/);
    assert.equal((await approvals(world, "deny", other, "--yes")).code, 0);
    assert.equal(await denied.ended(), 121, denied.output());
  });
});

Deno.test("a bound command on a terminal runs by the file that was looked at too", async () => {
  await withBoundValue(async (world) => {
    const command = ["--tty", "--", "sh", "-c", "tty; echo $TOKEN; ls /proc/self/fd | wc -l"];
    await approve(world, await request(world, command));
    const { code, stdout, stderr } = await run(world, command);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /\/dev\/pts\/\d+\r\n\[redacted:TOKEN\]\r\n\s*4\r\n/);
  });
});

Deno.test("nobody at the terminal approves nothing", async () => {
  await withBoundValue(async (world) => {
    const id = await request(world, ["--", "true"]);
    const { code, stderr } = await approvals(world, "approve", id);
    assert.equal(code, 125);
    assert.match(stderr, /Nobody is here to confirm/);
    for (const short of ["", id.slice(0, 3)]) {
      assert.match((await approvals(world, "approve", short, "--yes")).stderr, /first four characters/);
    }
    assert.match((await approvals(world, "approve", "zzzz", "--yes")).stderr, /No request has this id/);
    const [row] = JSON.parse((await approvals(world, "list", "--json")).stdout);
    assert.equal(row.status, "pending");
  });
});
