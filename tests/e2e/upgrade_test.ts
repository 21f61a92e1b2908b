/**
 * A vault that an earlier version made opens and works: `tests/golden/vault_schema_10.db.gz` was made by the programs of this
 * project when the schema was at version 10, by a real login, approval and run.
 */

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { MIGRATIONS } from "../../server/store/migrations/all.ts";
import { withTempDir } from "../support/paths.ts";
import { expectOk } from "../support/wire_agent.ts";
import { World } from "../support/world.ts";

const PASSWORD = "password of the golden vault";
const ADMIN_TOKEN = "golden-admin-token-for-tests-only";

interface Secret {
  readonly id: string;
  readonly key_path: string;
  readonly value?: string;
}

async function withGoldenVault(work: (world: World) => Promise<void>): Promise<void> {
  await withTempDir(async (folder) => {
    await using world = new World({ folder, kekPassword: PASSWORD, adminToken: ADMIN_TOKEN });
    const packed = await Deno.readFile("tests/golden/vault_schema_10.db.gz");
    const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    await Deno.writeFile(world.databasePath, await new Response(unpacked).bytes(), { mode: 0o600 });
    await world.startServer();
    await work(world);
  });
}

Deno.test("a vault of an earlier version opens with its password, whole, and its log is intact", async () => {
  await withGoldenVault(async (world) => {
    const listed = (await expectOk(world.admin("GET", "/admin/secrets"))).json<Secret[]>();
    assert.deepEqual(listed.map(({ key_path }) => key_path).sort(), [
      "prod/config",
      "prod/decoy",
      "prod/token",
    ]);
    const values: Record<string, string | undefined> = {};
    for (const { id, key_path } of listed) {
      values[key_path] = (await expectOk(world.admin("GET", `/admin/secrets/${id}`))).json<Secret>().value;
    }
    assert.equal(values["prod/token"], "golden value of the token");
    assert.equal(values["prod/config"], "second value of the config");
    const env = { CORTEX_URL: world.url, CORTEX_ADMIN_TOKEN: ADMIN_TOKEN };
    const verified = await world.cortex(["verify-audit"], { env });
    assert.equal(verified.code, 0, verified.stderr);
    const approvals = JSON.parse(
      (await world.cortex(["admin", "approvals", "list", "--all", "--json"], { env })).stdout,
    );
    assert.equal(approvals[0].status, "approved");
  });
});

Deno.test("a vault of an earlier version goes on as any: an older value, a rotation, a new host with its run", async () => {
  await withGoldenVault(async (world) => {
    const env = { CORTEX_URL: world.url, CORTEX_ADMIN_TOKEN: ADMIN_TOKEN };
    const versions = await world.cortex(["admin", "secrets", "versions", "prod/config", "--json"], { env });
    assert.equal(versions.code, 0, versions.stderr);
    assert.match(versions.stdout, /"version":1/);
    const rotated = await expectOk(
      world.admin("POST", "/admin/rotate-key", { new_kek_password: "a newer password of the vault" }),
    );
    assert.ok(rotated.status < 300);
    await world.login("second-agent");
    await world.startDaemon();
    const asks = await world.cortex(["run", "--project", "another", "--", "true"]);
    assert.ok([0, 120].includes(asks.code), asks.stderr);
  });
});

Deno.test("the database of an earlier version is brought to the newest, once", async () => {
  await withGoldenVault(async (world) => {
    await world.stopServer();
    const database = new DatabaseSync(world.databasePath);
    const { newest } = database.prepare("SELECT max(version) AS newest FROM schema_migrations").get() ?? {};
    database.close();
    assert.equal(newest, MIGRATIONS.at(-1)?.version);
    await world.startServer();
  });
});
