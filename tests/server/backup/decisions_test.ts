import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { DECISIONS } from "../../../server/backup/decisions.ts";
import { migrate } from "../../../server/store/migrate.ts";
import { systemClock } from "../../../shared/clock.ts";

Deno.test("DECISIONS names every table of the schema and no other: what a backup does with a new table is decided", () => {
  const db = new DatabaseSync(":memory:");
  migrate(db, { clock: systemClock });
  const names = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*'")
    .all();
  db.close();
  assert.deepEqual(Object.keys(DECISIONS).toSorted(), names.map((row) => String(row["name"])).toSorted());
});
