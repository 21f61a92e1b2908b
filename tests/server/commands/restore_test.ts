/** `cortex-server restore` as an operator types it, and killed at each of its steps. */

import assert from "node:assert/strict";
import { programCommand } from "../../support/programs.ts";
import { ServerFolder, type Settings } from "../support/server_process.ts";
import { makeShares } from "../support/shares.ts";

const CRASHING = new URL("../support/crash_restore.ts", import.meta.url).pathname;
const TOKEN = "an-admin-token-of-the-restore-test";
const SECRETS: Settings = { CORTEX_KEK_PASSWORD: "the unseal password", ADMIN_TOKEN: TOKEN };

function call(url: string, method: string, path: string, body?: unknown): Promise<Response> {
  return fetch(url + path, {
    method,
    headers: { "X-Admin-Token": TOKEN, "Content-Type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function statusOf(answer: Promise<Response>): Promise<number> {
  const { status, body } = await answer;
  await body?.cancel();
  return status;
}

/** A folder with `vault.backup`: a vault with one secret. */
async function withBackup(work: (folder: ServerFolder) => Promise<void>): Promise<void> {
  await using folder = await ServerFolder.make();
  const { server, url } = await folder.listen({ ...SECRETS, DATABASE_URL: "sqlite://original.db" });
  const body = { key_path: "a/b", secret_type: "KEY_VALUE", value: "the value" };
  assert.equal(await statusOf(call(url, "POST", "/admin/secrets", body)), 201);
  const backup = await call(url, "POST", "/admin/backup");
  await Deno.writeFile(`${folder.path}/vault.backup`, await backup.bytes());
  await server.stop("SIGTERM");
  await work(folder);
}

async function valueIn(folder: ServerFolder, database: string): Promise<unknown> {
  const { server, url } = await folder.listen({ ...SECRETS, DATABASE_URL: `sqlite://${database}` });
  const [secret] = await (await call(url, "GET", "/admin/secrets")).json();
  const { value } = await (await call(url, "GET", `/admin/secrets/${secret.id}`)).json();
  assert.equal(await statusOf(call(url, "GET", "/readyz")), 200);
  await server.stop("SIGTERM");
  return value;
}

async function restoreAndDie(folder: ServerFolder, step: string): Promise<void> {
  const { success, signal } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", "-A", CRASHING, step, "vault.backup", "--database", "new.db"],
    env: await folder.environment(SECRETS),
    cwd: folder.path,
  }).output();
  assert.deepEqual([success, signal], [false, "SIGKILL"]);
}

const filesIn = (folder: ServerFolder) => [...Deno.readDirSync(folder.path)].map(({ name }) => name);

for (const step of ["restore.verified", "restore.tables_written"]) {
  Deno.test(`a restore killed at ${step} leaves no database, and goes well when it is started again`, () =>
    withBackup(async (folder) => {
      await restoreAndDie(folder, step);
      assert.ok(!filesIn(folder).includes("new.db"));
      const again = await folder.run(SECRETS, ["restore", "vault.backup", "--database", "new.db"]);
      assert.equal(again.code, 0, again.stderr);
      assert.ok(!filesIn(folder).some((name) => name.includes("restoring")));
      assert.equal(await valueIn(folder, "new.db"), "the value");
    }));
}

Deno.test("a restore killed at restore.completed leaves a whole vault", () =>
  withBackup(async (folder) => {
    await restoreAndDie(folder, "restore.completed");
    assert.equal(await valueIn(folder, "new.db"), "the value");
  }));

Deno.test("cortex-server restore says what it did, and with --json as JSON", () =>
  withBackup(async (folder) => {
    const text = await folder.run(SECRETS, ["restore", "vault.backup", "--database", "a.db"]);
    assert.match(
      text.stderr,
      /^Backup of the vault .*\nRestored into a\.db: \d+ rows in \d+ tables\nLogins ended: 0, sessions: 0, project tokens: 0; /,
    );
    assert.equal(text.stdout, "");
    const json = await folder.run(SECRETS, ["restore", "vault.backup", "--database=sqlite://b.db", "--json"]);
    const facts = JSON.parse(json.stdout);
    assert.deepEqual([facts.ok, facts.database, facts.audit_log], [true, "b.db", "sound"]);
  }));

Deno.test("cortex-server restore --check verifies and writes nothing", () =>
  withBackup(async (folder) => {
    const before = filesIn(folder).toSorted();
    const { code, stderr } = await folder.run(SECRETS, ["restore", "vault.backup", "--check"]);
    assert.equal(code, 0);
    assert.match(stderr, /whole and sound/);
    assert.deepEqual(filesIn(folder).toSorted(), before);
    const wrong = await folder.run({ ...SECRETS, CORTEX_KEK_PASSWORD: "x" }, [
      "restore",
      "vault.backup",
      "--check",
    ]);
    assert.equal(wrong.code, 1);
  }));

Deno.test("cortex-server restore never touches a database that is there", () =>
  withBackup(async (folder) => {
    const before = await Deno.readFile(`${folder.path}/original.db`);
    const { code, stderr } = await folder.run(SECRETS, [
      "restore",
      "vault.backup",
      "--database",
      "original.db",
    ]);
    assert.equal(code, 1);
    assert.match(stderr, /never restored over/);
    assert.deepEqual(await Deno.readFile(`${folder.path}/original.db`), before);
  }));

Deno.test("cortex-server restore says what is wrong with a path: no folder, or the rest of another database", () =>
  withBackup(async (folder) => {
    await Deno.writeTextFile(`${folder.path}/gone.db-wal`, "rows that were never checkpointed");
    const wrong = { "gone.db": /its -wal or -shm is there still/, "no/new.db": /folder .* is not there/ };
    for (const [path, said] of Object.entries(wrong)) {
      const { code, stderr } = await folder.run(SECRETS, ["restore", "vault.backup", "--database", path]);
      assert.equal(code, 1);
      assert.match(stderr, said);
    }
    assert.deepEqual(filesIn(folder).filter((name) => name.startsWith("gone")), ["gone.db-wal"]);
  }));

Deno.test("cortex-server restore over the database of a running server says that it is there, not to stop the server", () =>
  withBackup(async (folder) => {
    const { server } = await folder.listen({ ...SECRETS, DATABASE_URL: "sqlite://original.db" });
    const args = ["restore", "vault.backup", "--database", "original.db"];
    const { code, stderr } = await folder.run(SECRETS, args);
    await server.stop("SIGTERM");
    assert.equal(code, 1);
    assert.match(stderr, /never restored over/);
  }));

Deno.test("cortex-server restore of a folder says that it is one", async () => {
  await using folder = await ServerFolder.make();
  const { code, stderr } = await folder.run(SECRETS, ["restore", "/", "--database", "new.db"]);
  assert.equal(code, 1);
  assert.match(stderr, /^cortex-server: The backup file cannot be read: it is a folder\n$/);
});

Deno.test("cortex-server restore on a disk that is full says so and leaves no database and no lock", () =>
  withBackup(async (folder) => {
    const command = programCommand("cortex-server").map((word) => `'${word}'`).join(" ");
    const full = { "100": /new database cannot be written/, "0": /lock file .* cannot be written/ };
    for (const [room, said] of Object.entries(full)) {
      const line = `trap '' XFSZ; ulimit -f ${room}; exec ${command} restore vault.backup --database new.db`;
      const { code, stderr } = await new Deno.Command("/bin/sh", {
        args: ["-c", line],
        env: await folder.environment(SECRETS),
        clearEnv: true,
        cwd: folder.path,
      }).output();
      assert.equal(code, 1);
      assert.match(new TextDecoder().decode(stderr), said);
      assert.deepEqual(filesIn(folder).filter((name) => name.startsWith("new.db")), []);
    }
  }));

Deno.test("cortex-server restore that is refused leaves nothing behind, its lock included", () =>
  withBackup(async (folder) => {
    const wrong = { ...SECRETS, CORTEX_KEK_PASSWORD: "another password" };
    const { code } = await folder.run(wrong, ["restore", "vault.backup", "--database", "new.db"]);
    assert.equal(code, 1);
    assert.ok(!filesIn(folder).some((name) => name.startsWith("new.db")), filesIn(folder).join());
  }));

Deno.test("cortex-server restore tells mistakes of the command line without repeating them", async () => {
  await using folder = await ServerFolder.make();
  for (
    const args of [[], ["a", "b"], ["--passwort=geheim", "a"], ["nothing.backup"], ["--help", "--database"]]
  ) {
    const { code, stderr } = await folder.run(SECRETS, ["restore", ...args]);
    assert.equal(code, 1);
    assert.match(stderr, /^cortex-server: [A-Z]/);
    assert.ok(!stderr.includes("geheim"));
  }
  assert.match((await folder.run({}, ["restore", "--help"])).stdout, /--keep-logins/);
});

Deno.test("a backup is restored by recovery shares where the password is lost", () =>
  withBackup(async (folder) => {
    const original = `${folder.path}/original.db`;
    const password = SECRETS["CORTEX_KEK_PASSWORD"] ?? "";
    const { texts } = await makeShares(original, password, { threshold: 2, total: 3 });
    const { CORTEX_KEK_PASSWORD: _lost, ...settings } = SECRETS;
    const restore = ["restore", "vault.backup", "--shares", "--database"];
    const tooFew = await folder.run(settings, [...restore, "none.db"], texts[0]);
    assert.equal(tooFew.code, 1);
    assert.match(tooFew.stderr, /1 of 2 shares of set .* were given/);
    assert.ok(!filesIn(folder).includes("none.db"));
    const { code, stderr } = await folder.run(settings, [...restore, "new.db"], texts.slice(1).join("\n"));
    assert.equal(code, 0, stderr);
    assert.ok(texts.every((text) => !stderr.includes(text)));
    assert.equal(await valueIn(folder, "new.db"), "the value");
  }));
