import assert from "node:assert/strict";
import { type ImportChoices, importLegacy, type ImportResult } from "../../../server/import/import_legacy.ts";
import { readLegacySeal } from "../../../server/import/legacy_rows.ts";
import { LegacyVault } from "../../../server/import/legacy_vault.ts";
import type { Kind } from "../../../server/import/report.ts";
import { DamagedTable, snapshotOfFile } from "../../../server/store/snapshot.ts";
import { SECOND } from "../../../shared/clock.ts";
import { signingKey } from "../../../shared/crypto/ed25519.ts";
import { heapKeyStorage } from "../../../shared/crypto/key_storage.ts";
import { expectOk, lastRow } from "../support/expect.ts";
import { createHarness, type Harness } from "../support/harness.ts";
import { fillLegacy, LEGACY_VECTORS, LegacyDatabase } from "../support/legacy_database.ts";
import { TestAgent } from "../support/test_agent.ts";

interface Stage {
  readonly h: Harness;
  readonly old: LegacyDatabase;
  /** Imports what is in the old database by now. */
  run(choices?: Partial<ImportChoices>, renames?: Readonly<Record<string, string>>): Promise<ImportResult>;
}

function withStage(work: (stage: Stage) => Promise<void>): () => Promise<void> {
  return async () => {
    const h = await createHarness();
    const path = `${h.directory}/old.db`;
    const old = new LegacyDatabase(path);
    const run = async (
      choices: Partial<ImportChoices> = {},
      renames: Readonly<Record<string, string>> = {},
    ) => {
      const snapshot = snapshotOfFile(path);
      const derive = async () => Uint8Array.fromHex(LEGACY_VECTORS.kek);
      const legacy = await LegacyVault.unseal(readLegacySeal(snapshot), LEGACY_VECTORS.password, {
        derive,
        storage: heapKeyStorage,
      });
      const sources = {
        snapshot,
        legacy,
        vault: h.vault,
        now: h.clock.now(),
        renames: new Map(Object.entries(renames)),
      };
      const all = { dryRun: false, partial: true, skipExisting: false, ...choices };
      try {
        return await importLegacy(h.ledger, sources, all);
      } finally {
        snapshot.end();
      }
    };
    try {
      await work({ h, old, run });
    } finally {
      old.close();
      await h.app.stop();
      await h.dispose();
    }
  };
}

const importedOf = ({ report }: ImportResult, kind: Kind) => report.counts[kind].imported;
const reasons = ({ report }: ImportResult) =>
  report.problems.map(({ kind, name, reason }) => `${kind} ${name}: ${reason}`);

Deno.test(
  "importLegacy brings something of every kind over",
  withStage(async ({ h, old, run }) => {
    fillLegacy(old);
    const result = await run();
    const counts = Object.fromEntries(
      Object.entries(result.report.counts).map(([kind, { imported }]) => [kind, imported]),
    );
    assert.deepEqual(counts, {
      namespaces: 1,
      secrets: 4,
      agents: 1,
      policies: 1,
      projects: 1,
      grants: 1,
      approvals: 1,
      allowed_daemons: 1,
      channels: 1,
    });
    assert.equal(result.stored, true);
    const secrets = expectOk<{ id: string; key_path: string; namespace: string; is_honey_token: boolean }[]>(
      await h.admin.get("/admin/secrets"),
    );
    assert.deepEqual(
      secrets.map(({ key_path, namespace, is_honey_token }) => [key_path, namespace, is_honey_token]),
      [["app-config", "default", false], ["db/password", "staging", false], ["decoy", "default", true], [
        "openai_api_key",
        "default",
        false,
      ]],
    );
  }),
);

Deno.test(
  "importLegacy keeps values, ids and times of secrets",
  withStage(async ({ h, old, run }) => {
    const { openai } = fillLegacy(old);
    await run();
    const secret = expectOk(await h.admin.get(`/admin/secrets/${openai}`));
    assert.equal(secret["value"], "sk-legacy-value");
    assert.equal(secret["created_at"], "2025-01-02 03:04:05");
  }),
);

Deno.test(
  "an agent of the old vault logs in with its key and reads with the approval that it had",
  withStage(async ({ h, old, run }) => {
    fillLegacy(old);
    h.clock.advance(SECOND);
    await run();
    const agent = new TestAgent(h, "my-agent");
    agent.key = signingKey(new Uint8Array(32).fill(7));
    await agent.login();
    await agent.attest();
    const found = expectOk<{ project_token: string }>(await agent.discover("my app", ["OPENAI_API_KEY"]));
    const answer = expectOk<{ env_vars: Record<string, string> }>(
      await agent.read("my app", found.project_token),
    );
    assert.deepEqual(answer.env_vars, { OPENAI_API_KEY: "sk-legacy-value" });
  }),
);

Deno.test(
  "importLegacy writes a row for each thing and one for the whole, with the head of the old log",
  withStage(async ({ h, old, run }) => {
    fillLegacy(old);
    const { report } = await run();
    const rows = (await h.auditRows()).filter((row) =>
      JSON.parse(row.details ?? "{}").source === "cortex-auth"
    );
    const all = Object.values(report.counts).reduce((sum, { imported }) => sum + imported, 0);
    assert.equal(rows.length, all);
    const details = JSON.parse((await lastRow(h, "import_cortex_auth")).details ?? "{}");
    assert.deepEqual([details.secrets, details.old_log_rows, details.old_log_verified], [4, 3, 3]);
    assert.equal(details.old_log_head, report.log.head);
    assert.equal(details.old_log_chain, "sound");
  }),
);

Deno.test(
  "importLegacy names no value in its report nor in the log",
  withStage(async ({ h, old, run }) => {
    fillLegacy(old);
    old.secret({ key_path: "bad path" }, "value-of-bad-path");
    old.secret({ key_path: "not-json", secret_type: "JSON_CONFIG" }, "value-that-is-no-json");
    const { report } = await run();
    const text = JSON.stringify(report.toJson()) + report.toLines().join("\n") + await h.transcript();
    for (
      const value of [
        "sk-legacy-value",
        "p&ss<word>",
        "sk-bait",
        "value-of-bad-path",
        "value-that-is-no-json",
      ]
    ) {
      assert.ok(!text.includes(value), value);
    }
  }),
);

Deno.test(
  "importLegacy of the same vault again refuses and changes nothing, or leaves what is there",
  withStage(async ({ h, old, run }) => {
    fillLegacy(old);
    await run();
    const before = (await h.auditRows()).length;
    const again = await run();
    assert.equal(again.stored, false);
    assert.equal(again.report.collisions.some(({ name }) => name === "openai_api_key"), true);
    assert.equal((await h.auditRows()).length, before);
    const skipping = await run({ skipExisting: true });
    assert.equal(skipping.stored, true);
    assert.equal(Object.values(skipping.report.counts).reduce((sum, { imported }) => sum + imported, 0), 0);
  }),
);

Deno.test(
  "importLegacy leaves a secret that is there as it is, and lets grants point to it",
  withStage(async ({ h, old, run }) => {
    fillLegacy(old);
    const body = { key_path: "openai_api_key", secret_type: "KEY_VALUE", value: "the newer one" };
    const { id } = expectOk<{ id: string }>(await h.admin.post("/admin/secrets", body), 201);
    await run({ skipExisting: true });
    assert.equal(expectOk(await h.admin.get(`/admin/secrets/${id}`))["value"], "the newer one");
    const [grant] = expectOk<{ secret_id: string }[]>(await h.admin.get("/admin/projects/my%20app/grants"));
    assert.equal(grant?.secret_id, id);
  }),
);

Deno.test(
  "importLegacy with dryRun reports the same and stores nothing, not even a row",
  withStage(async ({ h, old, run }) => {
    fillLegacy(old);
    const before = (await h.auditRows()).length;
    const dry = await run({ dryRun: true });
    assert.deepEqual([dry.stored, importedOf(dry, "secrets")], [false, 4]);
    assert.equal((await h.auditRows()).length, before);
    assert.deepEqual(expectOk<unknown[]>(await h.admin.get("/admin/secrets")), []);
    assert.deepEqual(dry.report.toJson(), (await run()).report.toJson());
  }),
);

Deno.test(
  "importLegacy stores nothing where one thing does not fit, unless a part is enough",
  withStage(async ({ h, old, run }) => {
    fillLegacy(old);
    old.secret({ key_path: "bad path" }, "x");
    const refused = await run({ partial: false });
    assert.deepEqual([refused.stored, expectOk<unknown[]>(await h.admin.get("/admin/secrets")).length], [
      false,
      0,
    ]);
    const part = await run({ partial: true });
    assert.deepEqual([part.stored, importedOf(part, "secrets")], [true, 4]);
  }),
);

Deno.test(
  "A16, A17, C10: importLegacy says of each thing that does not fit why",
  withStage(async ({ old, run }) => {
    const { openai } = fillLegacy(old);
    const other = old.secret({ key_path: "other" }, "x");
    const lost = old.secret({ key_path: "lost" }, "x");
    old.run(`UPDATE secrets SET wrapped_dek = 'AAAA' WHERE id = '${lost}'`);
    old.secret({ key_path: "in-prod", namespace: "Prod Team" }, "x");
    old.row("agents", { agent_id: "with.dot", agent_pub: LEGACY_VECTORS.agentPub });
    old.row("agents", { agent_id: "weak", agent_pub: "A".repeat(43) });
    old.row("policies", { policy_name: "broken", agent_pattern: "*", allowed_paths: "no list" });
    old.row("project_secret_grants", {
      project_name: "my app",
      secret_id: other,
      env_var_name: "openai_api_key",
    });
    old.row("project_secret_grants", { project_name: "my app", secret_id: lost, env_var_name: null });
    const result = await run();
    const text = reasons(result).join("\n");
    for (
      const expected of [
        /secrets lost: Its value does not open/,
        /secrets in-prod: A namespace has .*--namespace OLD=NEW/,
        /agents with\.dot: An agent id has/,
        /agents weak: Its public key is not sound/,
        /policies broken: The row does not have the form/,
        /grants my app .*another secret under this environment name/,
        /grants my app .*Its secret was not brought over/,
      ]
    ) assert.match(text, expected);
    assert.equal(importedOf(result, "secrets"), 5);
    assert.ok(openai !== other);
  }),
);

Deno.test(
  "importLegacy gives namespaces other names where it is told to",
  withStage(async ({ h, old, run }) => {
    old.plainRow("namespaces", { name: "Prod Team" });
    old.secret({ key_path: "a", namespace: "Prod Team" }, "x");
    const result = await run({ partial: false }, { "Prod Team": "prod" });
    assert.equal(result.stored, true);
    const [secret] = expectOk<{ namespace: string }[]>(await h.admin.get("/admin/secrets"));
    assert.equal(secret?.namespace, "prod");
  }),
);

Deno.test(
  "B14: importLegacy finds an old log that was changed, cut off or has a gap, and imports all the same",
  withStage(async ({ old, run }) => {
    fillLegacy(old);
    const log = async () => {
      const { chain, verified, unverified } = (await run({ dryRun: true })).report.log;
      return [chain, verified, unverified];
    };
    assert.deepEqual(await log(), ["sound", 3, 0]);
    old.run("CREATE TABLE kept AS SELECT * FROM audit_logs");
    const again = (change: string) =>
      old.run(`DELETE FROM audit_logs; INSERT INTO audit_logs SELECT * FROM kept; ${change}`);
    again("UPDATE audit_logs SET action = 'x' WHERE rowid = 2");
    assert.deepEqual(await log(), ["broken", 1, 2]);
    old.run("UPDATE kek_metadata SET kek_version = 2");
    assert.deepEqual(await log(), ["sound", 1, 2], "rows from before a rotation are of another key");
    old.run("UPDATE kek_metadata SET kek_version = 1");
    again("DELETE FROM audit_logs WHERE rowid = 2");
    assert.equal((await log())[0], "broken");
    again("DELETE FROM audit_logs WHERE rowid = 3");
    assert.equal((await log())[0], "broken");
    again("DELETE FROM audit_logs WHERE rowid = 1");
    assert.deepEqual(await log(), ["broken", 2, 0]);
  }),
);

Deno.test(
  "importLegacy stores nothing of a damaged database: rows are never left out without a word",
  withStage(async ({ h, old, run }) => {
    fillLegacy(old);
    old.run("UPDATE secrets SET kek_version = 9223372036854775807 WHERE rowid = 1");
    await assert.rejects(run(), DamagedTable);
    assert.deepEqual(expectOk(await h.admin.get("/admin/secrets")), []);
    old.run("DROP TABLE secrets");
    await assert.rejects(run(), /has lost its table secrets/);
  }),
);

Deno.test(
  "B1: importLegacy shows names of the old vault without control characters",
  withStage(async ({ old, run }) => {
    old.secret({ key_path: "evil\u001b[2J\nname" }, "x");
    const { report } = await run();
    assert.ok(report.toLines().every((line) => !/\p{Cc}/u.test(line)));
  }),
);

Deno.test(
  "importLegacy brings channels over that can be opened, and refuses by name what could not work",
  withStage(async ({ h, old, run }) => {
    old.channel("chat", "telegram", {
      bot_token: `1:${"a".repeat(30)}`,
      chat_id: -100123,
      note: "of a person",
    });
    old.channel("mail", "email", { to: "ops@example.org", account: null });
    old.channel("inside", "slack", { webhook_url: "http://127.0.0.1:1/canary" });
    old.channel("typo", "slack", { url: "https://hooks.example/canary" });
    const result = await run();
    assert.deepEqual([importedOf(result, "channels"), result.report.problems.length], [3, 1]);
    assert.match(reasons(result)[0] ?? "", /^channels typo: .* needs another webhook_url/);
    const channels = expectOk<{ id: string; name: string }[]>(
      await h.admin.get("/admin/notification-channels"),
    );
    assert.deepEqual(channels.map(({ name }) => name), ["chat", "inside", "mail"]);
    const inside = channels.find(({ name }) => name === "inside");
    const tested = expectOk(await h.admin.post(`/admin/notification-channels/${inside?.id}/test`));
    assert.equal(tested["result"], "the address is private or unknown");
    assert.doesNotMatch(JSON.stringify(result.report.toJson()) + await h.transcript(), /canary/);
    assert.equal((await run({ skipExisting: true })).report.counts.channels.existing, 3);
  }),
);
