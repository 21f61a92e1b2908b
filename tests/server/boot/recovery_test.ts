/** Recovery boot of the real server: shares in place of the password. */

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { Terminal } from "../../support/terminal.ts";
import { programCommand } from "../../support/programs.ts";
import { ServerFolder, type Settings } from "../support/server_process.ts";
import { makeShares, type TestSet } from "../support/shares.ts";

const PASSWORD = "pass word that gets lost";
const TOKEN = "admin-token-of-this-test";
const SETTINGS = { ADMIN_TOKEN: TOKEN };
const RECOVERY = { ...SETTINGS, CORTEX_RECOVERY_MODE: "1" };
/** The server opens the vault and ends, because it cannot listen there. */
const ENDS = { HOST: "192.0.2.1", INSECURE_HTTP: "1" };
/** A shell that is killed would write its history into the folder that is being removed. */
const SHELL = { SHELL: "/bin/sh", HISTFILE: "/dev/null" };
const SECRET = "sk-value-from-before-the-loss";

async function api(url: string, method: string, path: string, body?: unknown): Promise<Response> {
  const headers = { "X-Admin-Token": TOKEN, "Content-Type": "application/json" };
  return await fetch(`${url}${path}`, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
}

/** A vault with a secret, and a set of shares that any 3 of 5 open it with. Gives the secret's id. */
async function prepare(folder: ServerFolder): Promise<{ set: TestSet; secretId: string }> {
  const { server, url } = await folder.listen({ ...SETTINGS, CORTEX_KEK_PASSWORD: PASSWORD });
  const body = { key_path: "api", secret_type: "KEY_VALUE", value: SECRET };
  const { id } = await (await api(url, "POST", "/admin/secrets", body)).json();
  await server.stop("SIGTERM");
  const set = await makeShares(databaseOf(folder), PASSWORD, { threshold: 3, total: 5 });
  return { set, secretId: id };
}

const databaseOf = (folder: ServerFolder) => `${folder.path}/cortex-auth.db`;

function query(folder: ServerFolder, sql: string): Record<string, unknown>[] {
  const db = new DatabaseSync(databaseOf(folder), { readOnly: true });
  const rows = db.prepare(sql).all();
  db.close();
  return rows;
}

const alarms = (folder: ServerFolder) =>
  query(folder, "SELECT principal, resource_path, details FROM audit_log WHERE action = 'recovery_boot'");

async function writeShares(folder: ServerFolder, texts: readonly string[]): Promise<Settings> {
  const directory = `${folder.path}/shares`;
  await Deno.mkdir(directory, { mode: 0o700 });
  for (const [at, text] of texts.entries()) {
    await Deno.writeTextFile(`${directory}/share-${at}`, `# a share\n${text}\n`, { mode: 0o600 });
  }
  return { CORTEX_RECOVERY_SHARES_DIR: directory };
}

Deno.test("A22: a server boots from shares in a folder, serves, and has said so before it serves", async () => {
  await using folder = await ServerFolder.make();
  const { set: { id, texts }, secretId } = await prepare(folder);
  const settings = await writeShares(folder, [texts[4] ?? "", texts[0] ?? "", texts[2] ?? ""]);
  const { server, url } = await folder.listen({ ...RECOVERY, ...settings, CORTEX_RECOVERY_THRESHOLD: "3" });
  const details = '{"threshold":3,"shares":["1","3","5"],"way":"boot"}';
  assert.deepEqual(alarms(folder).map((row) => ({ ...row })), [
    { principal: "system", resource_path: id, details },
  ]);
  const [event] = query(folder, "SELECT kind, facts FROM events WHERE kind = 'recovery_boot'");
  assert.deepEqual(JSON.parse(String(event?.["facts"])), {
    set: id,
    threshold: 3,
    shares: "1, 3, 5",
    way: "boot",
  });
  const answer = await api(url, "GET", `/admin/secrets/${secretId}`);
  assert.equal((await answer.json()).value, SECRET);
  assert.equal(await server.stop("SIGTERM"), 0);
  assert.match(server.output(), /set a new one with cortex admin rotate-key/);
  for (const text of texts) assert.ok(!server.output().includes(text.slice(30, 50)));
});

Deno.test("A22: a server boots from lines of standard input, names bad ones and takes the good ones", async () => {
  await using folder = await ServerFolder.make();
  const { set: { texts } } = await prepare(folder);
  const [one = "", two = "", three = ""] = texts;
  const typo = `${two.slice(0, 30)}${two[30] === "7" ? "8" : "7"}${two.slice(31)}`;
  const lines = [typo, one, one, two, "not a share", three].join("\n");
  const { stdout } = await folder.run({ ...RECOVERY, ...ENDS }, [], lines);
  assert.match(
    stdout,
    /mistyped: look at group 6 of 22.*1 of 3 shares.*given already.*2 of 3.*not a recovery/s,
  );
  assert.match(stdout, /vault unsealed/);
  assert.equal(alarms(folder).length, 1);
});

Deno.test("a server asks a terminal for shares and shows nothing of them", async () => {
  await using folder = await ServerFolder.make();
  const { set: { texts } } = await prepare(folder);
  const env = await folder.environment({ ...RECOVERY, ...SHELL });
  await using terminal = new Terminal(env, folder.path);
  await terminal.type(`${programCommand("cortex-server").map((part) => `'${part}'`).join(" ")}\r`);
  let seen = "";
  for (const [at, text] of texts.slice(1, 4).entries()) {
    seen += await terminal.waitFor(new RegExp(`Recovery share ${at + 1}: `));
    await terminal.type(`${text.toLowerCase()}\r`);
  }
  seen += await terminal.waitFor(/New unseal password: /);
  await terminal.type("\r");
  seen += await terminal.waitFor(/listening/);
  assert.match(seen, /1 of 3 shares.*2 of 3 shares.*3 of 3 shares/s);
  assert.match(seen, /the lost password is still the password; set a new one with cortex admin rotate-key/);
  for (const text of texts) assert.ok(!seen.toLowerCase().includes(text.slice(30, 50).toLowerCase()));
  await terminal.type("\x03");
  await terminal.waitFor(/stopped[^]*\$ /);
});

/** The vault after its key was rotated to `password`: it alone opens it, and shares of before open nothing. */
async function assertReplaced(
  folder: ServerFolder,
  password: string,
  { set, secretId }: { readonly set: TestSet; readonly secretId: string },
): Promise<void> {
  const { server, url } = await folder.listen({ ...SETTINGS, CORTEX_KEK_PASSWORD: password });
  assert.equal((await (await api(url, "GET", `/admin/secrets/${secretId}`)).json()).value, SECRET);
  const { state } = await (await api(url, "GET", "/admin/rotate-key")).json();
  assert.equal(state, "completed");
  await server.stop("SIGTERM");
  const lost = await folder.run({ ...SETTINGS, ...ENDS, CORTEX_KEK_PASSWORD: PASSWORD });
  assert.match(lost.stderr, /password is wrong/);
  const stale = await folder.run({ ...RECOVERY, ...ENDS }, [], set.texts.join("\n"));
  assert.match(stale.stderr, /no share of this vault was given/);
}

async function untilRotated(url: string): Promise<void> {
  for (;;) {
    const { state } = await (await api(url, "GET", "/admin/rotate-key")).json();
    if (state === "completed") return;
    assert.equal(state, "running");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

Deno.test("A2: a recovery boot sets the new password that it is given in a file, and the shares are void", async () => {
  await using folder = await ServerFolder.make();
  const { set, secretId } = await prepare(folder);
  const file = `${folder.path}/new-password`;
  await Deno.writeTextFile(file, "a password to remember\n", { mode: 0o600 });
  const settings = await writeShares(folder, set.texts);
  const { server, url } = await folder.listen({
    ...RECOVERY,
    ...settings,
    CORTEX_RECOVERY_NEW_PASSWORD_FILE: file,
  });
  assert.match(server.output(), /the new password is set.*unset CORTEX_RECOVERY_MODE/);
  await untilRotated(url);
  await server.stop("SIGTERM");
  await assertReplaced(folder, "a password to remember", { set, secretId });
});

Deno.test("A2: a recovery boot asks for a new password on the terminal and sets it at once", async () => {
  await using folder = await ServerFolder.make();
  const { set, secretId } = await prepare(folder);
  const env = await folder.environment({ ...RECOVERY, ...SHELL });
  await using terminal = new Terminal(env, folder.path);
  await terminal.type(`${programCommand("cortex-server").map((part) => `'${part}'`).join(" ")}\r`);
  for (const [at, text] of set.texts.slice(0, 3).entries()) {
    await terminal.waitFor(new RegExp(`Recovery share ${at + 1}: `));
    await terminal.type(`${text}\r`);
  }
  let seen = await terminal.waitFor(/New unseal password: /);
  await terminal.type("chosen at once\r");
  seen += await terminal.waitFor(/The same once more: /);
  await terminal.type("chosen at once\r");
  seen += await terminal.waitFor(/listening.*?(http[^"\s]+)/);
  assert.ok(!seen.includes("chosen at once"));
  await untilRotated(/http:[^"\s]+/.exec(seen)?.[0] ?? "");
  await terminal.type("\x03");
  await terminal.waitFor(/stopped[^]*\$ /);
  await assertReplaced(folder, "chosen at once", { set, secretId });
});

Deno.test("a recovery that cannot finish says where it stands, and the password opens the vault as before", async () => {
  await using folder = await ServerFolder.make();
  const { set: { id, texts } } = await prepare(folder);
  const run = (settings: Settings, lines: readonly string[]) =>
    folder.run({ ...RECOVERY, ...ENDS, ...settings }, [], lines.join("\n"));
  const tooFew = await run({}, texts.slice(0, 2));
  assert.equal(tooFew.code, 1);
  assert.equal(
    tooFew.stderr,
    `cortex-server: Standard input ended: 2 of 3 shares of set ${id} were given; start again with enough of them\n`,
  );
  const otherThreshold = await run({ CORTEX_RECOVERY_THRESHOLD: "2" }, texts);
  assert.match(otherThreshold.stdout, /says that 3 are needed, expected are 2/);
  assert.match(otherThreshold.stderr, /no share of this vault was given/);
  assert.deepEqual(alarms(folder), []);
  const { stdout } = await folder.run({ ...SETTINGS, ...ENDS, CORTEX_KEK_PASSWORD: PASSWORD });
  assert.match(stdout, /vault unsealed/);
});

Deno.test("shares of another vault open nothing and are named as such", async () => {
  await using folder = await ServerFolder.make();
  await using other = await ServerFolder.make();
  const { set: { id } } = await prepare(folder);
  const { set } = await prepare(other);
  const { code, stdout, stderr } = await folder.run({ ...RECOVERY, ...ENDS }, [], set.texts.join("\n"));
  assert.equal(code, 1);
  assert.match(stdout, new RegExp(`is of set ${set.id}, which this vault does not know`));
  assert.match(stderr, /no share of this vault was given/);
  assert.ok(!stdout.includes(id));
});

Deno.test("a recovery boot makes no vault where there is none", async () => {
  await using folder = await ServerFolder.make();
  const { code, stderr } = await folder.run(RECOVERY, [], "cxs1-0000\n");
  assert.equal(code, 1);
  assert.match(stderr, /the database has no vault yet/);
});
