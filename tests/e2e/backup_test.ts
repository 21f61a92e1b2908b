/** A vault of ten thousand secrets is backed up while clients read and write, restored, and compared with its own log. */

import assert from "node:assert/strict";
import { fromUtf8 } from "../../shared/encoding.ts";
import { withTempDir } from "../support/paths.ts";
import { programCommand } from "../support/programs.ts";
import { World } from "../support/world.ts";

const SECRETS = 10_000;
const CLIENTS = 8;
const CHECKED_VALUES = 300;

interface Listed {
  readonly id: string;
  readonly key_path: string;
  readonly version: number;
}

interface Load {
  /** Ends the clients; gives how many requests succeeded and what failed. */
  stop(): Promise<{ readonly done: number; readonly failed: readonly string[] }>;
}

async function fill(world: World): Promise<void> {
  const content = Array.from({ length: SECRETS }, (_, at) => `K${at}=value of k${at}, version 1`).join("\n");
  const answer = await world.admin("POST", "/admin/secrets/bulk", { content, unredactable: true });
  assert.equal(answer.json<{ created: number }>().created, SECRETS, answer.text.slice(0, 200));
}

async function* pagesOf<Row>(world: World, path: string): AsyncGenerator<Row> {
  for (let url = path; url !== "";) {
    const page = await world.admin("GET", url);
    assert.equal(page.status, 200);
    yield* page.json<Row[]>();
    url = /<([^>]*)>; rel="next"/.exec(page.headers.get("link") ?? "")?.[1] ?? "";
  }
}

/** Each client has secrets of its own, so that it knows the version of each. */
function startLoad(world: World, listed: readonly Listed[]): Load {
  let stopping = false;
  const failed: string[] = [];
  const client = async (number: number): Promise<number> => {
    const mine = listed.filter((_, at) => at % CLIENTS === number).map((each) => ({ ...each }));
    let done = 0;
    for (let turn = 0; !stopping; turn++) {
      const secret = mine[turn * 7 % mine.length];
      if (secret === undefined) break;
      const value = `value of ${secret.key_path}, version ${++secret.version}`;
      const written = await world.admin("PUT", `/admin/secrets/${secret.id}`, { value });
      const read = await world.admin("GET", `/admin/secrets/${secret.id}`);
      if (written.status !== 200) failed.push(written.text);
      if (read.json()["value"] !== value) failed.push("a read gave another value than was written");
      done += 2;
    }
    return done;
  };
  const clients = Promise.all(Array.from({ length: CLIENTS }, (_, number) => client(number)));
  return {
    stop: async () => {
      stopping = true;
      return { done: (await clients).reduce((sum, each) => sum + each, 0), failed };
    },
  };
}

async function restoreBackup(world: World): Promise<void> {
  const [program = "", ...first] = programCommand("cortex-server");
  const { code, stderr } = await new Deno.Command(program, {
    args: [...first, "restore", "vault.backup", "--database", "restored.db"],
    env: await world.environment({ CORTEX_KEK_PASSWORD: world.kekPassword }),
    clearEnv: true,
    cwd: world.folder,
  }).output();
  assert.equal(code, 0, fromUtf8(stderr));
}

/** Each secret is at the version that the log of the same backup tells of, and opens to the value of that version. */
async function assertConsistent(world: World): Promise<number> {
  const updates = new Map<string, number>();
  const path = "/admin/audit-logs?limit=1000&action=update_secret&status=success";
  for await (const { resource_path } of pagesOf<{ resource_path: string }>(world, path)) {
    updates.set(resource_path, (updates.get(resource_path) ?? 0) + 1);
  }
  const secrets = await Array.fromAsync(pagesOf<Listed>(world, "/admin/secrets?limit=1000"));
  assert.equal(secrets.length, SECRETS);
  for (const { key_path, version } of secrets) {
    assert.equal(version, 1 + (updates.get(key_path) ?? 0), key_path);
  }
  const changed = secrets.filter(({ version }) => version > 1);
  for (const { id, key_path, version } of [...changed, ...secrets].slice(0, CHECKED_VALUES)) {
    const answer = await world.admin("GET", `/admin/secrets/${id}`);
    assert.equal(answer.json()["value"], `value of ${key_path}, version ${version}`);
  }
  return changed.length;
}

Deno.test("a vault of 10,000 secrets is backed up under load and comes back as it was at one moment", async () => {
  await withTempDir(async (folder) => {
    await using world = new World({ folder });
    await world.startServer();
    await fill(world);
    const load = startLoad(world, await Array.fromAsync(pagesOf<Listed>(world, "/admin/secrets?limit=1000")));
    const env = { CORTEX_URL: world.url, CORTEX_ADMIN_TOKEN: world.adminToken };
    const backup = await world.cortex(["admin", "backup", "--out", "vault.backup", "--json"], { env });
    const { done, failed } = await load.stop();
    assert.equal(backup.code, 0, backup.stderr);
    assert.deepEqual(failed, []);
    await world.stopServer();
    await restoreBackup(world);
    const { adminToken, kekPassword } = world;
    const serverEnv = { DATABASE_URL: `sqlite://${folder}/restored.db` };
    await using restored = new World({ folder, adminToken, kekPassword, serverEnv });
    await restored.startServer();
    const changed = await assertConsistent(restored);
    assert.ok(changed > 0 && done > changed, "the clients were at work when the backup was made");
  });
});

Deno.test("cortex admin backup leaves nothing where the server goes away in the middle, and says so", async () => {
  await withTempDir(async (folder) => {
    await using world = new World({ folder });
    await world.startServer();
    await fill(world);
    const env = { CORTEX_URL: world.url, CORTEX_ADMIN_TOKEN: world.adminToken };
    const begun = untilPart(folder);
    const backup = world.cortex(["admin", "backup", "--out", "vault.backup"], { env });
    await begun;
    await world.stopServer("SIGKILL");
    const { code, stderr } = await backup;
    assert.equal(code, 123, stderr);
    assert.deepEqual([...Deno.readDirSync(folder)].filter(({ name }) => name.includes("backup")), []);
  });
});

Deno.test("a server that is asked to stop ends a backup that nobody reads, and is gone at once", async () => {
  await withTempDir(async (folder) => {
    await using world = new World({ folder });
    await world.startServer();
    await fill(world);
    const answer = await fetch(`${world.url}/admin/backup`, {
      method: "POST",
      headers: { "X-Admin-Token": world.adminToken },
    });
    const reader = answer.body?.getReader();
    await reader?.read();
    assert.equal(await world.stopServer(), 0);
    await assert.rejects(async () => {
      while (!(await reader?.read())?.done);
    });
  });
});

Deno.test("sealing the vault ends a backup in the middle; unsealed again it takes another one", async () => {
  await withTempDir(async (folder) => {
    await using world = new World({ folder });
    await world.startServer();
    await fill(world);
    const answer = await fetch(`${world.url}/admin/backup`, {
      method: "POST",
      headers: { "X-Admin-Token": world.adminToken },
    });
    const reader = answer.body?.getReader();
    await reader?.read();
    assert.equal((await world.admin("POST", "/sys/seal")).status, 200);
    await assert.rejects(async () => {
      while (!(await reader?.read())?.done);
    });
    assert.equal((await world.admin("POST", "/admin/backup")).status, 503);
    const unsealed = await world.api("POST", "/sys/unseal", { body: { password: world.kekPassword } });
    assert.equal(unsealed.status, 200, unsealed.text);
    const env = { CORTEX_URL: world.url, CORTEX_ADMIN_TOKEN: world.adminToken };
    const backup = await world.cortex(["admin", "backup", "--out", "vault.backup"], { env });
    assert.equal(backup.code, 0, backup.stderr);
    assert.equal(await checkArchive(world, "vault.backup", world.kekPassword), 0);
  });
});

Deno.test("a backup opens with the password of its moment, before and after a rotation of the key", async () => {
  await withTempDir(async (folder) => {
    await using world = new World({ folder });
    await world.startServer();
    const body = { key_path: "a", secret_type: "KEY_VALUE", value: "the value" };
    assert.equal((await world.admin("POST", "/admin/secrets", body)).status, 201);
    const env = { CORTEX_URL: world.url, CORTEX_ADMIN_TOKEN: world.adminToken };
    await world.cortex(["admin", "backup", "--out", "before.backup"], { env });
    const rotation = { new_kek_password: "another password" };
    assert.equal((await world.admin("POST", "/admin/rotate-key", rotation)).status, 200);
    await untilRotated(world);
    const after = await world.cortex(["admin", "backup", "--out", "after.backup"], { env });
    assert.equal(after.code, 0, after.stderr);
    const check = (file: string, password: string) => checkArchive(world, file, password);
    assert.deepEqual(
      [await check("before.backup", world.kekPassword), await check("before.backup", "another password")],
      [0, 1],
    );
    assert.deepEqual(
      [await check("after.backup", world.kekPassword), await check("after.backup", "another password")],
      [1, 0],
    );
  });
});

async function untilRotated(world: World): Promise<void> {
  for (;;) {
    const { text } = await world.admin("GET", "/admin/rotate-key");
    if (!/running/.test(text)) return;
  }
}

async function checkArchive(world: World, file: string, password: string): Promise<number> {
  const [program = "", ...first] = programCommand("cortex-server");
  const { code } = await new Deno.Command(program, {
    args: [...first, "restore", file, "--check"],
    env: await world.environment({ CORTEX_KEK_PASSWORD: password }),
    clearEnv: true,
    cwd: world.folder,
  }).output();
  return code;
}

/** Waits until the first bytes of a backup are on disk. */
async function untilPart(folder: string): Promise<void> {
  for await (const { paths } of Deno.watchFs(folder)) {
    if (paths.some((path) => path.endsWith(".part"))) return;
  }
}
