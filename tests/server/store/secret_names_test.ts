import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { migrate } from "../../../server/store/migrate.ts";
import { systemClock } from "../../../shared/clock.ts";
import { defaultEnvName } from "../../../shared/names.ts";

const NAME = "upper(substr(key_path, length(rtrim(key_path, replace(key_path, '/', ''))) + 1))";

Deno.test("the index secrets_name finds secrets by the name that defaultEnvName gives, and decoys have a small one", () => {
  using db = new DatabaseSync(":memory:");
  migrate(db, { clock: systemClock });
  for (const path of ["a", "prod/db", "prod/db/Db_Url", "a/a/a", "x.y-z/UP_low.1", "ab/ba"]) {
    const row = db.prepare(`SELECT ${NAME} AS name FROM (SELECT ? AS key_path)`).get(path);
    assert.equal(row?.["name"], defaultEnvName(path));
  }
  const plan = (text: string, ...values: string[]) =>
    db.prepare(`EXPLAIN QUERY PLAN ${text}`).all(...values).map((row) => row["detail"]).join();
  const byName = `SELECT id FROM secrets WHERE namespace = ? AND is_honey_token = 0 AND ${NAME} = ?`;
  assert.match(plan(byName, "n", "A"), /USING INDEX secrets_name \(namespace=\? AND <expr>=\?\)/);
  const decoys = "SELECT key_path FROM secrets WHERE +namespace = ? AND is_honey_token = 1";
  assert.match(plan(decoys, "n"), /USING INDEX secrets_decoys/);
});
