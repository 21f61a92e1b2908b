/**
 * No row, no key: a value is opened only against a permit, a permit is made only by the ledger, and only once the row that
 * tells of the release is on disk. Shown three ways: other code does not compile, other code does not run, and no other file
 * gets at what opens an envelope.
 */

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { ReleasePermit } from "../../server/audit/ledger.ts";
import { SYSTEM_ORIGIN } from "../../server/audit/entry.ts";
import { utf8 } from "../../shared/encoding.ts";
import { createVaultFixture } from "../server/support/vault_fixture.ts";
import { importsOf, readSource, ROOT, sourceFiles } from "../support/source_files.ts";

const PLACE = { table: "secrets", id: "11111111-1111-4111-8111-111111111111", namespace: "default" } as const;
const RELEASE = { principal: "admin", action: "read_secret", status: "success", origin: SYSTEM_ORIGIN };

/** What somebody could try, as the last line of a file; the first one is the way that there is. */
const ATTEMPTS = {
  the_right_way: "export const opened = vault.open(await ledger.permit([entry], [place.id]), place, sealed);",
  no_permit: "export const opened = vault.open(place, sealed);",
  nothing: "export const opened = vault.open(undefined, place, sealed);",
  a_look_alike: "export const opened = vault.open({ covers: () => true }, place, sealed);",
  a_made_one: "export const opened = vault.open(new ReleasePermit([place.id]), place, sealed);",
  a_subclass: "export class Mine extends ReleasePermit {}",
  a_promise: "export const opened = vault.open(ledger.permit([entry], [place.id]), place, sealed);",
  a_commit: "export const opened = vault.open(await ledger.commit(async () => {}), place, sealed);",
  the_mint: 'export { mint } from "LEDGER";',
  the_keyring: "export const keyring = vault.keyring;",
  the_private_keyring: "export const keyring = vault.#keyring;",
  the_row_of_the_permit: "export const ids = (await ledger.permit([entry], [place.id])).#secretIds;",
  a_service_with_the_keys: "export const keyring = deps.keyring;",
} as const;
type Attempt = keyof typeof ATTEMPTS;

const at = (path: string) => new URL(path, ROOT).href;

const importing = (names: string, path: string) => `import ${names} from "${at(path)}";`;

function snippet(attempt: Attempt): string {
  return [
    importing("{ type Ledger, ReleasePermit }", "server/audit/ledger.ts"),
    importing("type { AuditEntry }", "server/audit/entry.ts"),
    importing("type { SealedColumns }", "server/store/vault_schema.ts"),
    importing("type { ServiceDeps }", "server/services/deps.ts"),
    importing("type { Place, Vault }", "server/vault/vault.ts"),
    "declare const [vault, ledger, entry, place, sealed, deps]: [Vault, Ledger, AuditEntry, Place, SealedColumns, ServiceDeps];",
    "export const used = [vault, ledger, entry, place, sealed, deps, ReleasePermit];",
    `${ATTEMPTS[attempt].replace("LEDGER", at("server/audit/ledger.ts"))}\n`,
  ].join("\n");
}

/** The line of a snippet on which the attempt stands. */
const ATTEMPT_LINE = 8;

Deno.test("no way to open a value compiles but through the permit that the ledger gives", async () => {
  const folder = await Deno.makeTempDir({ prefix: "cortex-test-" });
  try {
    const names = Object.keys(ATTEMPTS) as Attempt[];
    const pathOf = (name: Attempt) => `${folder}/${name}.ts`;
    for (const name of names) await Deno.writeTextFile(pathOf(name), snippet(name));
    assert.equal(await check([pathOf("the_right_way")]), "", "the right way compiles");
    const wrong = names.filter((name) => name !== "the_right_way");
    const errors = await check(wrong.map(pathOf));
    const passed = wrong.filter((name) => !errors.includes(`${name}.ts:${ATTEMPT_LINE}:`));
    assert.deepEqual(passed, [], errors);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** What the compiler says; nothing where it is content. */
async function check(files: readonly string[]): Promise<string> {
  const config = new URL("deno.json", ROOT).pathname;
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["check", "--config", config, ...files],
    env: { NO_COLOR: "1" },
    stdout: "null",
    stderr: "piped",
  }).output();
  return success ? "" : new TextDecoder().decode(stderr);
}

Deno.test("no permit that the ledger did not make opens anything at run time either", async () => {
  const h = await createVaultFixture();
  try {
    const sealed = h.vault.seal(PLACE, utf8("canary-value"));
    const good = await h.ledger.permit([RELEASE], [PLACE.id]);
    const forged: unknown[] = [
      undefined,
      null,
      {},
      { covers: () => true },
      Object.create(ReleasePermit.prototype),
      Object.setPrototypeOf({ covers: undefined }, ReleasePermit.prototype),
      structuredClone(good),
      JSON.parse(JSON.stringify(good)),
    ];
    for (const permit of forged) {
      assert.throws(() => Reflect.apply(h.vault.open, h.vault, [permit, PLACE, sealed]));
    }
    assert.deepEqual(Object.getOwnPropertyNames(good), [], "a permit shows nothing that could be copied");
    assert.equal(h.vault.open(good, PLACE, sealed).byteLength, 12);
  } finally {
    await h.dispose();
  }
});

Deno.test("when a permit is there, another program already finds its row in the database", async () => {
  const h = await createVaultFixture();
  const other = new DatabaseSync(h.path, { readOnly: true });
  try {
    const count = () => Number(other.prepare("SELECT count(*) AS n FROM audit_log").get()?.["n"]);
    const before = count();
    await h.ledger.permit([RELEASE], [PLACE.id]);
    assert.equal(count(), before + 1);
  } finally {
    other.close();
    await h.dispose();
  }
});

Deno.test("where the row cannot be written there is no permit, and none without an entry", async () => {
  const h = await createVaultFixture();
  const blocker = new DatabaseSync(h.path);
  try {
    await assert.rejects(h.ledger.permit([], [PLACE.id]), /needs an audit entry/);
    blocker.exec("CREATE TRIGGER stop BEFORE INSERT ON audit_log BEGIN SELECT RAISE(ABORT, 'full'); END");
    await assert.rejects(h.ledger.permit([RELEASE], [PLACE.id]));
    blocker.exec("DROP TRIGGER stop");
    await h.ledger.permit([RELEASE], [PLACE.id]);
  } finally {
    blocker.close();
    await h.dispose();
  }
});

Deno.test("no file outside the vault's own room gets at what opens an envelope or unwraps a data key", async () => {
  const outside = (await sourceFiles(["server"])).filter((path) => !path.startsWith("server/vault/"));
  const importing: string[] = [];
  for (const path of outside) {
    const imports = await importsOf(path);
    if (imports.includes("server/vault/envelope.ts") || imports.includes("server/vault/dek_cache.ts")) {
      importing.push(path);
    }
  }
  assert.deepEqual(importing, []);
});

Deno.test("permits are asked for in services only, and 'mint' stays inside the ledger", async () => {
  const files = await sourceFiles(["server"]);
  for (const path of files) {
    const text = await readSource(path);
    if (/\.permit\(/.test(text)) assert.match(path, /^server\/services\//);
    if (/\bmint\s*\(/.test(text)) assert.equal(path, "server/audit/ledger.ts");
  }
});
