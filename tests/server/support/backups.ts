/** Backups as tests take and open them. */

import assert from "node:assert/strict";
import { openArchive } from "../../../server/backup/archive_reader.ts";
import type { ArchiveHeader } from "../../../server/backup/header.ts";
import { unwrapArchiveKey } from "../../../server/vault/archive_key.ts";
import { utf8 } from "../../../shared/encoding.ts";
import type { Harness } from "./harness.ts";
import { instantKdf, TEST_PASSWORD, TINY_KDF } from "./vault_fixture.ts";

type Row = Readonly<Record<string, unknown>>;

/** The bytes of a backup, taken as a client takes them. */
export async function backUp(h: Harness): Promise<Uint8Array> {
  const response = await h.app.request("/admin/backup", { method: "POST", headers: h.admin.headers });
  assert.equal(response.status, 200);
  return new Uint8Array(await response.arrayBuffer());
}

/** What is in an archive of a vault with the tests' password. */
export async function readBackup(
  archive: Uint8Array,
): Promise<{ readonly header: ArchiveHeader; readonly tables: ReadonlyMap<string, readonly Row[]> }> {
  const { header, records } = await openArchive([archive], keyOf);
  const tables = new Map<string, Row[]>();
  let columns: readonly string[] = [];
  let rows: Row[] = [];
  for await (const record of records) {
    if (record.kind === "table") {
      columns = record.columns;
      tables.set(record.name, rows = []);
    }
    if (record.kind === "row") {
      const { values } = record;
      rows.push(Object.fromEntries(columns.map((column, at) => [column, values[at]])));
    }
  }
  return { header, tables };
}

/** Opens with the tests' KEK, which depends on the password alone. */
async function keyOf(header: ArchiveHeader): Promise<Uint8Array> {
  const kek = await instantKdf(utf8(TEST_PASSWORD), header.salt, TINY_KDF);
  const key = unwrapArchiveKey(kek, header, header.wrappedKey);
  assert.ok(key !== undefined);
  return key;
}
