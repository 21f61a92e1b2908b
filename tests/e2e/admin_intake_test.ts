/** What an admin puts in from the command line: secrets from files and streams, and hosts whose login waits. */

import assert from "node:assert/strict";
import { EXIT } from "../../shared/errors.ts";
import { withTempDir } from "../support/paths.ts";
import { expectOk } from "../support/wire_agent.ts";
import { World } from "../support/world.ts";

type Admin = (...words: string[]) => ReturnType<World["cortex"]>;

async function withVault(work: (world: World, admin: Admin) => Promise<void>): Promise<void> {
  await withTempDir(async (folder) => {
    await using world = new World({ folder });
    await world.startServer();
    const env = { CORTEX_URL: world.url, CORTEX_ADMIN_TOKEN: world.adminToken };
    await work(world, (...words) => world.cortex(["admin", ...words], { env }));
  });
}

async function stored(world: World, id: string): Promise<Record<string, string>> {
  return (await expectOk(world.admin("GET", `/admin/secrets/${id.trim()}`))).json();
}

Deno.test("cortex admin secrets add stores what a file holds: a line without its end, more as they are, bytes", async () => {
  await withVault(async (world, admin) => {
    const cases = [
      { type: "KEY_VALUE", file: "canary-line-5f1d9c\n", value: "canary-line-5f1d9c" },
      { type: "KEY_VALUE", file: "canary-pem-1\nline 2\n", value: "canary-pem-1\nline 2\n" },
      { type: "JSON_CONFIG", file: '{"key": "canary-json-88"}\n', value: '{"key": "canary-json-88"}\n' },
    ];
    for (const [index, { type, file, value }] of cases.entries()) {
      const path = `${world.folder}/value`;
      await Deno.writeTextFile(path, file);
      const words = ["--type", type, "--value-file", path, "--description", "for the shop"];
      const added = await admin("secrets", "add", `prod/key_${index}`, ...words);
      assert.equal(added.code, 0, added.stderr);
      const secret = await stored(world, added.stdout);
      assert.deepEqual([secret["value"], secret["secret_type"], secret["description"]], [
        value,
        type,
        "for the shop",
      ]);
    }
    await Deno.writeFile(`${world.folder}/bytes`, Uint8Array.from({ length: 64 }, (_, at) => 255 - at));
    const bytes = await admin(
      "secrets",
      "add",
      "prod/bytes",
      "--value-file",
      `${world.folder}/bytes`,
      "--json",
    );
    const { id } = JSON.parse(bytes.stdout);
    assert.equal((await stored(world, id))["encoding"], "base64");
    assert.doesNotMatch(world.transcript.join(""), /canary/);
  });
});

Deno.test("cortex admin secrets add refuses what is no value, what is there, and what would be seen in output", async () => {
  await withVault(async (world, admin) => {
    const file = `${world.folder}/value`;
    await Deno.writeTextFile(file, "canary-first-77b0\n");
    assert.equal((await admin("secrets", "add", "key", "--value-file", file)).code, 0);
    const again = await admin("secrets", "add", "key", "--value-file", file, "--json");
    assert.equal(JSON.parse(again.stderr).error_code, "secret_exists", again.stderr);
    await Deno.writeTextFile(file, "yes\n");
    const short = await admin("secrets", "add", "short", "--value-file", file);
    assert.notEqual(short.code, 0);
    assert.match(short.stderr, /unredactable/);
    assert.equal((await admin("secrets", "add", "short", "--value-file", file, "--unredactable")).code, 0);
    assert.match((await admin("secrets", "add", "none")).stderr, /--value-file/);
    assert.match(
      (await admin("secrets", "add", "none", "--value-file", `${file}.gone`)).stderr,
      /cannot be read/,
    );
  });
});

Deno.test("cortex admin secrets set writes a new version that projects read, and prints no value", async () => {
  await withVault(async (world, admin) => {
    const file = `${world.folder}/value`;
    await Deno.writeTextFile(file, "canary-first-77b0\n");
    const { stdout: id } = await admin("secrets", "add", "key", "--value-file", file);
    await Deno.writeTextFile(file, "canary-second-77b1\n");
    const set = await admin("secrets", "set", "key", "--value-file", file, "--json");
    assert.deepEqual(JSON.parse(set.stdout), { updated: true, id: id.trim(), version: 2 });
    assert.equal((await stored(world, id))["value"], "canary-second-77b1");
    await Deno.writeFile(file, Uint8Array.from({ length: 64 }, (_, at) => 255 - at));
    assert.match((await admin("secrets", "set", id.trim(), "--value-file", file)).stderr, /version 3/);
    assert.equal((await stored(world, id))["encoding"], "base64");
    await Deno.writeTextFile(file, "yes\n");
    const short = await admin("secrets", "set", "key", "--value-file", file, "--json");
    assert.equal(JSON.parse(short.stderr).error_code, "secret_unredactable", short.stderr);
    const none = await admin("secrets", "set", "no_key", "--value-file", file, "--json");
    assert.equal(JSON.parse(none.stderr).error_code, "secret_not_found", none.stderr);
    assert.doesNotMatch(world.transcript.join(""), /canary/);
  });
});

Deno.test("cortex admin secrets delete asks a person, and takes the secret from its projects", async () => {
  await withVault(async (world, admin) => {
    const file = `${world.folder}/value`;
    await Deno.writeTextFile(file, "canary-first-77b0\n");
    const { stdout: id } = await admin("secrets", "add", "key", "--value-file", file);
    await expectOk(world.admin("POST", "/admin/projects/shop/grants", { secret_id: id.trim() }));
    const unasked = await admin("secrets", "delete", "key");
    assert.notEqual(unasked.code, 0);
    assert.match(unasked.stderr, /--yes/);
    const deleted = await admin("secrets", "delete", "key", "--yes", "--json");
    assert.deepEqual(JSON.parse(deleted.stdout), { deleted: true, grants_removed: 1 });
    assert.equal((await admin("secrets", "list")).stdout, "");
  });
});

Deno.test("cortex admin secrets import tells of each line by its name, and stores all or, if told, what is good", async () => {
  await withVault(async (world, admin) => {
    const file = `${world.folder}/import`;
    await Deno.writeTextFile(file, "GOOD_KEY=canary-import-3c1e\nnot a line\n");
    const refused = await admin("secrets", "import", file);
    assert.notEqual(refused.code, 0);
    assert.equal((await admin("secrets", "list")).stdout, "");
    const tried = await admin("secrets", "import", file, "--partial", "--dry-run");
    assert.match(tried.stderr, /Nothing was stored; created 1/);
    const partial = await admin("secrets", "import", file, "--partial", "--prefix", "shop");
    assert.equal(partial.code, 0, partial.stderr);
    assert.match(partial.stdout, /line 1 {2}GOOD_KEY {2}shop\/good_key {2}created\nline 2 {2}.*invalid: /);
    assert.match((await admin("secrets", "list")).stdout, /shop\/good_key/);
    assert.doesNotMatch(world.transcript.join(""), /canary/);
  });
});

Deno.test("cortex admin devices shows who asks, approves the key that was compared alone, and denies", async () => {
  await withVault(async (world, admin) => {
    const login = await world.startCortex(
      ["daemon", "login", "--url", world.url, "--agent-id", "bot-1", "--no-browser"],
    );
    const [code = ""] = await login.waitFor(/\b[A-Z2-9]{4}-[A-Z2-9]{4}\b/);
    const [fingerprint = ""] = await login.waitFor(/SHA256:\S+/);
    const listed = await admin("devices", "list");
    assert.match(listed.stdout, new RegExp(`${code} +pending[^]*bot-1 in default`));
    assert.ok(listed.stdout.includes(fingerprint), listed.stdout);
    assert.match((await admin("devices", "approve", code)).stderr, /Nobody is here to confirm/);
    const other = await admin("devices", "approve", code, "--yes", "--fingerprint", "SHA256:another");
    assert.match(other.stderr, /another key/);
    assert.match((await admin("devices", "list")).stdout, /pending/);
    const approved = await admin("devices", "approve", code, "--yes", "--fingerprint", fingerprint);
    assert.equal(approved.code, 0, approved.stderr);
    assert.equal(await login.ended(), EXIT.ok, login.output());
    assert.match((await admin("devices", "list")).stderr, /No host waits/);
    assert.match((await admin("devices", "list", "--all")).stdout, /approved/);
    assert.match((await admin("devices", "remove", "bot-1")).stderr, /ended: 1/);
  });
});

Deno.test("cortex admin devices deny ends a login", async () => {
  await withVault(async (world, admin) => {
    const login = await world.startCortex(
      ["daemon", "login", "--url", world.url, "--agent-id", "bot-1", "--no-browser"],
    );
    const [code = ""] = await login.waitFor(/\b[A-Z2-9]{4}-[A-Z2-9]{4}\b/);
    assert.equal((await admin("devices", "deny", code, "--yes")).code, 0);
    assert.equal(await login.ended(), EXIT.refused, login.output());
    assert.equal((await admin("devices", "approve", "ZZZZ-ZZZZ", "--yes")).code, EXIT.failure);
  });
});
