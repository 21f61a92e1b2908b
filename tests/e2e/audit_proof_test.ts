/** The audit log proven from outside, on real processes: by its server, from its file, and against heads kept elsewhere. */

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { EXIT } from "../../shared/errors.ts";
import { withTempDir } from "../support/paths.ts";
import { programCommand } from "../support/programs.ts";
import { expectOk } from "../support/wire_agent.ts";
import { type CommandResult, World } from "../support/world.ts";

const ROWS = 300;

async function withLog(work: (world: World) => Promise<void>): Promise<void> {
  await withTempDir(async (folder) => {
    await using world = new World({ folder });
    await world.startServer();
    await writeRows(world, ROWS);
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

function cortex(world: World, ...args: string[]): Promise<CommandResult> {
  return world.cortex(args, { env: { CORTEX_URL: world.url, CORTEX_ADMIN_TOKEN: world.adminToken } });
}

async function offline(world: World, ...args: string[]): Promise<CommandResult> {
  const [program = "", ...first] = programCommand("cortex-server");
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...first, "verify-audit", world.databasePath, ...args],
    env: { ...await world.environment(), CORTEX_KEK_PASSWORD: world.kekPassword },
    clearEnv: true,
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

async function git(...args: string[]): Promise<string> {
  const { success, stdout } = await new Deno.Command("git", { args }).output();
  assert.ok(success);
  return new TextDecoder().decode(stdout);
}

function tamper(world: World, sql: string): void {
  using db = new DatabaseSync(world.databasePath);
  db.exec(`DROP TRIGGER IF EXISTS audit_log_is_append_only; ${sql}`);
}

Deno.test("an untouched log verifies, online and from its file, also after the key was rotated", async () => {
  await withLog(async (world) => {
    const online = await cortex(world, "verify-audit");
    assert.equal(online.code, EXIT.ok, online.stderr);
    assert.match(online.stderr, /as it was written: \d+ rows, from 1 to \d+/);
    await expectOk(world.admin("POST", "/admin/rotate-key", { new_kek_password: world.kekPassword }));
    const again = await cortex(world, "verify-audit", "--json");
    const { ok, rows } = JSON.parse(again.stdout);
    assert.ok(ok && rows > ROWS);
    assert.equal((await offline(world)).code, 0);
    await world.stopServer();
    const alone = await offline(world, "--json");
    assert.deepEqual([alone.code, JSON.parse(alone.stdout).ok], [0, true], alone.stderr);
    const wrong = await new Deno.Command(programCommand("cortex-server")[0] ?? "", {
      args: [...programCommand("cortex-server").slice(1), "verify-audit", world.databasePath],
      env: { ...await world.environment(), CORTEX_KEK_PASSWORD: "wrong" },
      clearEnv: true,
    }).output();
    assert.equal(wrong.code, 1);
    assert.match(new TextDecoder().decode(wrong.stderr), /password is wrong/);
  });
});

Deno.test("a changed row is named, online and from its file, with what to do", async () => {
  await withLog(async (world) => {
    tamper(world, "UPDATE audit_log SET source_ip = '192.0.2.9' WHERE seq = 200");
    const online = await cortex(world, "verify-audit");
    assert.equal(online.code, EXIT.failure);
    assert.match(online.stderr, /Row 200 was changed[^]*evidence/);
    const file = await offline(world);
    assert.equal(file.code, 1);
    assert.match(file.stderr, /Row 200 was changed/);
  });
});

Deno.test("heads kept in a file, a folder and a bare Git repository find a log that was rolled back", async () => {
  await withLog(async (world) => {
    const heads = `${world.folder}/anchors`;
    await Deno.mkdir(heads);
    const file = `${heads}/audit-heads.jsonl`;
    const bare = `${world.folder}/anchors.git`;
    await git("init", "-q", "--bare", bare);
    const first = await cortex(world, "audit", "anchor", "--file", file);
    assert.match(first.stderr, /^Kept: \d+ rows/, first.stderr);
    assert.equal(((await Deno.stat(file)).mode ?? 0) & 0o777, 0o600);
    assert.match((await cortex(world, "audit", "anchor", "--file", file)).stderr, /Nothing new/);
    await cortex(world, "audit", "anchor", "--git", bare);

    await world.stopServer();
    await Deno.copyFile(world.databasePath, `${world.folder}/older.db`);
    await world.startServer();
    await writeRows(world, 20);
    await restart(world);
    for (const place of [["--file", file], ["--git", bare]]) {
      const kept = await cortex(world, "audit", "anchor", ...place);
      assert.match(kept.stderr, /^Kept/, kept.stderr);
    }
    assert.equal((await Deno.readTextFile(file)).trim().split("\n").length, 2);
    assert.equal((await git("-C", bare, "log", "--format=%s", "cortex-audit")).trim().split("\n").length, 2);
    for (const place of [file, heads, bare]) {
      const good = await cortex(world, "verify-audit", "--anchor", place);
      assert.equal(good.code, EXIT.ok, good.stderr);
      assert.match(good.stderr, /all 2 heads/);
    }
    assert.match((await offline(world, "--anchor", heads)).stderr, /all 2 heads/);

    await world.stopServer();
    for (const rest of ["-wal", "-shm"]) await Deno.remove(world.databasePath + rest).catch(() => {});
    await Deno.copyFile(`${world.folder}/older.db`, world.databasePath);
    await world.startServer();
    assert.equal((await cortex(world, "verify-audit")).code, EXIT.ok);
    for (const place of [file, bare]) {
      const found = await cortex(world, "verify-audit", "--anchor", place);
      assert.equal(found.code, EXIT.failure);
      assert.match(found.stderr, /older database was brought back/);
    }
    const refused = await cortex(world, "audit", "anchor", "--file", file);
    assert.equal(refused.code, EXIT.failure);
    assert.equal((await Deno.readTextFile(file)).trim().split("\n").length, 2);
    const fromFile = await offline(world, "--anchor", file);
    assert.equal(fromFile.code, 1);
    assert.match(fromFile.stderr, /older database was brought back/);
  });
});

Deno.test("a log that is longer than a kept head, but another one, is found; so are changed heads", async () => {
  await withLog(async (world) => {
    const file = `${world.folder}/heads`;
    await cortex(world, "audit", "anchor", "--file", file);
    const text = await Deno.readTextFile(file);
    await Deno.writeTextFile(`${world.folder}/changed`, text.replace(/"tree_size":\d+/, '"tree_size":1'));
    const changed = await cortex(world, "verify-audit", "--anchor", `${world.folder}/changed`);
    assert.match(changed.stderr, /Line 1 of the kept heads is no head with a good signature/);
    await withLog(async (other) => {
      await writeRows(other, 50);
      const foreign = await cortex(other, "verify-audit", "--anchor", file);
      assert.equal(foreign.code, EXIT.failure);
      assert.match(foreign.stderr, /another key|another vault/);
    });
  });
});

Deno.test("a row is proven from its id, and an unknown one is not found", async () => {
  await withLog(async (world) => {
    const rows = (await expectOk(world.admin("GET", "/admin/audit-logs?limit=5"))).json<{ id: string }[]>();
    const proven = await cortex(world, "audit", "prove", rows[2]?.id ?? "");
    assert.equal(proven.code, EXIT.ok, proven.stderr);
    assert.match(proven.stdout, /^action: list_namespaces$/m);
    assert.match(proven.stderr, /Proven: row \d+ of \d+/);
    const unknown = await cortex(world, "audit", "prove", crypto.randomUUID());
    assert.equal(unknown.code, EXIT.failure);
    assert.match(unknown.stderr, /no audit row/);
  });
});

Deno.test("each new head is posted to the address that is configured", async () => {
  const heads: { tree_size: number }[] = [];
  await using receiver = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      heads.push(await request.json());
      return new Response();
    },
  );
  await withTempDir(async (folder) => {
    const webhook = `http://127.0.0.1:${receiver.addr.port}/heads`;
    await using world = new World({ folder, serverEnv: { CORTEX_AUDIT_HEAD_WEBHOOK: webhook } });
    await world.startServer();
    while (heads.length === 0) await expectOk(world.admin("GET", "/admin/namespaces"));
    assert.ok((heads[0]?.tree_size ?? 0) > 0);
  });
});
