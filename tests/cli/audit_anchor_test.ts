/** Heads of the audit log kept by real processes: what was rewritten, who keeps at once, and who lies. */

import assert from "node:assert/strict";
import { AuditRowProof } from "../../shared/audit/head.ts";
import { EXIT } from "../../shared/errors.ts";
import { withTempDir } from "../support/paths.ts";
import { programCommand } from "../support/programs.ts";
import { expectOk } from "../support/wire_agent.ts";
import { type CommandResult, World } from "../support/world.ts";

async function withWorld(work: (world: World) => Promise<void>): Promise<void> {
  await withTempDir(async (folder) => {
    await using world = new World({ folder });
    await world.startServer();
    await work(world);
  });
}

async function writeRows(world: World, count: number): Promise<void> {
  for (let n = 0; n < count; n++) await expectOk(world.admin("GET", "/admin/namespaces"));
}

/** A new process makes a new head. */
async function restart(world: World): Promise<void> {
  await world.stopServer();
  await world.startServer();
}

function cortex(world: World, args: string[], env: Record<string, string> = {}): Promise<CommandResult> {
  return world.cortex(args, {
    env: { CORTEX_URL: world.url, CORTEX_ADMIN_TOKEN: world.adminToken, ...env },
  });
}

async function run(program: string, args: string[], env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await new Deno.Command(program, { args, env, stdin: "null" }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

function offline(world: World, ...args: string[]) {
  const [program = "", ...first] = programCommand("cortex-server");
  const words = [...first, "verify-audit", world.databasePath, ...args];
  return run(program, words, { CORTEX_KEK_PASSWORD: world.kekPassword });
}

const lines = (text: string) => text.trim().split("\n");

Deno.test("a log that was rewritten under the same key verifies by itself, and not against a kept head", async () => {
  await withWorld(async (world) => {
    const heads = `${world.folder}/heads.jsonl`;
    await world.stopServer();
    await Deno.copyFile(world.databasePath, `${world.folder}/older.db`);
    await world.startServer();
    await writeRows(world, 20);
    await restart(world);
    assert.equal((await cortex(world, ["audit", "anchor", "--file", heads])).code, EXIT.ok);
    await world.stopServer();
    for (const rest of ["-wal", "-shm"]) await Deno.remove(world.databasePath + rest).catch(() => {});
    await Deno.copyFile(`${world.folder}/older.db`, world.databasePath);
    await world.startServer();
    await writeRows(world, 60);
    await restart(world);

    const alone = await cortex(world, ["verify-audit"]);
    assert.equal(alone.code, EXIT.ok, alone.stderr);
    assert.match(alone.stderr, /Newest head: \d+ rows, root [0-9a-f]{64}\n/);
    for (const command of [["verify-audit", "--anchor", heads], ["audit", "anchor", "--file", heads]]) {
      const found = await cortex(world, command);
      assert.equal(found.code, EXIT.failure);
      assert.match(found.stderr, /it was rewritten\n.*evidence/);
    }
    assert.equal(lines(await Deno.readTextFile(heads)).length, 1);
    const json = await cortex(world, ["verify-audit", "--anchor", heads, "--json"]);
    assert.equal(JSON.parse(json.stderr).error_code, "audit_broken");
    await world.stopServer();
    const bytes = await Deno.readFile(world.databasePath);
    const file = await offline(world, "--anchor", heads);
    assert.equal(file.code, 1);
    assert.match(file.stderr, /the log was rewritten/);
    assert.deepEqual(await Deno.readFile(world.databasePath), bytes);
  });
});

Deno.test("cortex audit anchor: of many at once one keeps each head, and a torn last line is mended", async () => {
  await withWorld(async (world) => {
    const heads = `${world.folder}/heads.jsonl`;
    const many = Array.from({ length: 4 }, () => cortex(world, ["audit", "anchor", "--file", heads]));
    const codes = (await Promise.all(many)).map(({ code }) => code);
    assert.ok(codes.includes(EXIT.ok));
    assert.ok(codes.every((code) => code === EXIT.ok || code === EXIT.unreachable), String(codes));
    const kept = await Deno.readTextFile(heads);
    assert.equal(lines(kept).length, 1);

    await writeRows(world, 5);
    await restart(world);
    for (const torn of [`${kept}{"tree_size":1`, kept.trimEnd()]) {
      await Deno.writeTextFile(heads, torn);
      assert.equal((await cortex(world, ["verify-audit", "--anchor", heads])).code, EXIT.ok);
      const mended = await cortex(world, ["audit", "anchor", "--file", heads]);
      assert.match(mended.stderr, /^Kept/);
      const text = await Deno.readTextFile(heads);
      assert.deepEqual([text.startsWith(kept), lines(text).length], [true, 2]);
    }
  });
});

Deno.test("cortex audit anchor --git: the work tree stays, no hook runs, no variable leads elsewhere", async () => {
  await withWorld(async (world) => {
    const [repository, other] = [`${world.folder}/repository`, `${world.folder}/other`];
    for (const path of [repository, other]) assert.equal((await run("git", ["init", "-q", path])).code, 0);
    await Deno.writeTextFile(`${repository}/mine`, "not to be touched");
    const hook = `#!/bin/sh\ntouch ${world.folder}/hook-ran\n`;
    await Deno.writeTextFile(`${repository}/.git/hooks/reference-transaction`, hook, { mode: 0o755 });
    const env = { GIT_DIR: `${other}/.git`, GIT_INDEX_FILE: `${world.folder}/index` };
    const kept = await cortex(world, ["audit", "anchor", "--git", repository], env);
    assert.equal(kept.code, EXIT.ok, kept.stderr);
    const names = [...Deno.readDirSync(repository)].map(({ name }) => name).toSorted();
    assert.deepEqual(names, [".git", "mine"]);
    assert.equal((await run("git", ["-C", other, "for-each-ref"])).stdout, "");
    await assert.rejects(Deno.stat(`${world.folder}/hook-ran`));
    assert.equal((await run("git", ["-C", repository, "fsck", "--strict"])).code, 0);
    assert.equal((await run("git", ["-C", repository, "status", "--short"])).stdout, "?? mine\n");
    assert.equal((await cortex(world, ["verify-audit", "--anchor", repository])).code, EXIT.ok);
    const nothing = await cortex(world, ["audit", "anchor", "--git", world.folder]);
    assert.equal(nothing.code, EXIT.failure);
  });
});

Deno.test("verify-audit --anchor takes an address, and says what gives no heads", async () => {
  await withWorld(async (world) => {
    const heads = `${world.folder}/heads.jsonl`;
    await cortex(world, ["audit", "anchor", "--file", heads]);
    await using keeper = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      async (request) => {
        const found = new URL(request.url).pathname === "/heads";
        return found ? new Response(await Deno.readTextFile(heads)) : new Response("", { status: 404 });
      },
    );
    const address = `http://127.0.0.1:${keeper.addr.port}`;
    const good = await cortex(world, ["verify-audit", "--anchor", `${address}/heads`]);
    assert.match(good.stderr, /all 1 heads/);
    const none = await cortex(world, ["verify-audit", "--anchor", `${address}/elsewhere`]);
    assert.deepEqual([none.code, /gives no kept heads/.test(none.stderr)], [EXIT.failure, true]);
  });
});

Deno.test("cortex audit prove refuses a sound proof of another row, and a changed one", async () => {
  await withWorld(async (world) => {
    await writeRows(world, 5);
    const rows = (await expectOk(world.admin("GET", "/admin/audit-logs?limit=2"))).json<{ id: string }[]>();
    const [wanted = "", other = ""] = rows.map(({ id }) => id);
    const sound = async (id: string) =>
      AuditRowProof.parse((await expectOk(world.admin("GET", `/admin/audit-logs/${id}/proof`))).json());
    let lie: unknown = await sound(other);
    await using liar = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      () => Response.json(lie),
    );
    const prove = () =>
      cortex(world, ["audit", "prove", wanted, "--url", `http://127.0.0.1:${liar.addr.port}`]);
    const another = await prove();
    assert.deepEqual([another.code, /another row/.test(another.stderr)], [EXIT.refused, true]);
    const proof = await sound(wanted);
    lie = { ...proof, row: { ...proof.row, source_ip: "192.0.2.1" } };
    const changed = await prove();
    assert.deepEqual([changed.code, /not in the tree/.test(changed.stderr)], [EXIT.failure, true]);
    lie = proof;
    assert.equal((await prove()).code, EXIT.ok);
  });
});
