/** `cortex-server import-cortex-auth` as an operator types it. */

import assert from "node:assert/strict";
import { fillLegacy, LEGACY_VECTORS, LegacyDatabase } from "../support/legacy_database.ts";
import { ServerFolder, type Settings } from "../support/server_process.ts";

const TOKEN = "an-admin-token-of-the-import-test";
const NEW_PASSWORD = "the unseal password of the new vault";
const PASSWORDS: Settings = {
  CORTEX_IMPORT_PASSWORD: LEGACY_VECTORS.password,
  CORTEX_KEK_PASSWORD: NEW_PASSWORD,
};

async function withOldVault(work: (folder: ServerFolder) => Promise<void>): Promise<void> {
  await using folder = await ServerFolder.make();
  const old = new LegacyDatabase(`${folder.path}/old.db`);
  fillLegacy(old);
  old.close();
  await work(folder);
}

function runImport(folder: ServerFolder, args: readonly string[], settings = PASSWORDS, stdin?: string) {
  const words = ["import-cortex-auth", "old.db", "--database", "new.db", "--partial", ...args];
  return folder.run(settings, words, stdin);
}

async function secretsIn(folder: ServerFolder): Promise<readonly { readonly key_path: string }[]> {
  const settings = { CORTEX_KEK_PASSWORD: NEW_PASSWORD, ADMIN_TOKEN: TOKEN, DATABASE_URL: "sqlite://new.db" };
  const { server, url } = await folder.listen(settings);
  const answer = await fetch(`${url}/admin/secrets`, { headers: { "X-Admin-Token": TOKEN } });
  const secrets = await answer.json();
  await server.stop("SIGTERM");
  return secrets;
}

const exists = (folder: ServerFolder, name: string) =>
  Deno.stat(`${folder.path}/${name}`).then(() => true, () => false);

Deno.test("cortex-server import-cortex-auth makes a vault that the server opens, and reports in a table", () =>
  withOldVault(async (folder) => {
    const { code, stdout, stderr } = await runImport(folder, []);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^ +found +imported +existing +refused$/m);
    assert.match(stdout, /^secrets +4 +4 +0 +0$/m);
    assert.match(stdout, /^old audit log: 3 rows, chain sound, 3 verified/m);
    assert.match(stderr, /Imported\. Start the server/);
    assert.equal((await secretsIn(folder)).length, 4);
  }));

Deno.test("cortex-server import-cortex-auth reads both passwords from standard input, the old one first", () =>
  withOldVault(async (folder) => {
    const input = `${LEGACY_VECTORS.password}\n${NEW_PASSWORD}\n`;
    const { code, stderr } = await runImport(folder, [], {}, input);
    assert.equal(code, 0, stderr);
    assert.equal((await secretsIn(folder)).length, 4);
  }));

Deno.test("cortex-server import-cortex-auth reads the old password from a file that nobody else can read", () =>
  withOldVault(async (folder) => {
    const file = `${folder.path}/old-password`;
    await Deno.writeTextFile(file, `${LEGACY_VECTORS.password}\n`, { mode: 0o644 });
    const settings = { CORTEX_IMPORT_PASSWORD_FILE: file, CORTEX_KEK_PASSWORD: NEW_PASSWORD };
    const open = await runImport(folder, ["--dry-run"], settings);
    assert.match(open.stderr, /CORTEX_IMPORT_PASSWORD_FILE is open to other users/);
    await Deno.chmod(file, 0o600);
    assert.equal((await runImport(folder, ["--dry-run"], settings)).code, 0);
  }));

Deno.test("cortex-server import-cortex-auth --dry-run makes no database", () =>
  withOldVault(async (folder) => {
    const { code, stdout } = await runImport(folder, ["--dry-run", "--json"]);
    const report = JSON.parse(stdout);
    assert.deepEqual([code, report.ok, report.stored, report.counts.secrets.imported], [0, true, false, 4]);
    assert.equal(await exists(folder, "new.db"), false);
  }));

Deno.test("cortex-server import-cortex-auth a second time is refused and leaves the vault as it was", () =>
  withOldVault(async (folder) => {
    await runImport(folder, []);
    const { code, stdout, stderr } = await runImport(folder, []);
    assert.equal(code, 1);
    assert.match(stdout, /^existing: secrets openai_api_key$/m);
    assert.match(stderr, /Nothing was stored.*--skip-existing/);
    assert.equal((await runImport(folder, ["--skip-existing"])).code, 0);
  }));

Deno.test("cortex-server import-cortex-auth says what is wrong with files and passwords, and makes nothing then", () =>
  withOldVault(async (folder) => {
    await Deno.writeTextFile(
      `${folder.path}/text.db`,
      "this is no database, and longer than a header of one would be".repeat(20),
    );
    const database = ["--database", "new.db"];
    const wrong = await runImport(folder, [], { ...PASSWORDS, CORTEX_IMPORT_PASSWORD: "x" });
    const missing = await folder.run(PASSWORDS, ["import-cortex-auth", "nothing.db", ...database]);
    const noDatabase = await folder.run(PASSWORDS, ["import-cortex-auth", "text.db", ...database]);
    assert.match(wrong.stderr, /^cortex-server: The password of the old vault is wrong/);
    assert.match(missing.stderr, /^cortex-server: The old database is not there/);
    assert.match(noDatabase.stderr, /^cortex-server: The old database cannot be read/);
    assert.deepEqual([wrong.code, missing.code, noDatabase.code], [1, 1, 1]);
    assert.equal(await exists(folder, "new.db"), false);
  }));

Deno.test("cortex-server import-cortex-auth refuses a vault of its own kind as the old one", async () => {
  await using folder = await ServerFolder.make();
  const { server } = await folder.listen({
    CORTEX_KEK_PASSWORD: "x",
    ADMIN_TOKEN: TOKEN,
    DATABASE_URL: "sqlite://mine.db",
  });
  const busy = await folder.run(PASSWORDS, ["import-cortex-auth", "mine.db", "--database", "new.db"]);
  assert.match(busy.stderr, /no database of cortex-auth/);
  await server.stop("SIGTERM");
});

Deno.test("cortex-server import-cortex-auth does not write into a vault that a server has open", () =>
  withOldVault(async (folder) => {
    const settings = {
      CORTEX_KEK_PASSWORD: NEW_PASSWORD,
      ADMIN_TOKEN: TOKEN,
      DATABASE_URL: "sqlite://new.db",
    };
    const { server } = await folder.listen(settings);
    const { code, stderr } = await runImport(folder, []);
    assert.equal(code, 1);
    assert.match(stderr, /Another server uses this database/);
    await server.stop("SIGTERM");
  }));

Deno.test("cortex-server import-cortex-auth never writes to the old database", () =>
  withOldVault(async (folder) => {
    const before = await Deno.readFile(`${folder.path}/old.db`);
    await runImport(folder, []);
    assert.deepEqual(await Deno.readFile(`${folder.path}/old.db`), before);
  }));
