import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { StatementCache } from "../../../server/store/statements.ts";

Deno.test("StatementCache keeps what was used last and never more than its bound", () => {
  const db = new DatabaseSync(":memory:");
  const cache = new StatementCache(db, 2);
  const first = cache.get("SELECT 1");
  cache.get("SELECT 2");
  assert.equal(cache.get("SELECT 1"), first);
  cache.get("SELECT 3");
  assert.equal(cache.size, 2);
  assert.equal(cache.get("SELECT 1"), first);
  db.close();
});

Deno.test("StatementCache knows which statements give rows", () => {
  const db = new DatabaseSync(":memory:");
  const cache = new StatementCache(db);
  assert.equal(cache.get("SELECT 1").returnsRows, true);
  assert.equal(cache.get("CREATE TABLE t (a)").returnsRows, false);
  db.exec("CREATE TABLE t (a)");
  assert.equal(cache.get("INSERT INTO t VALUES (1) RETURNING a").returnsRows, true);
  assert.equal(cache.get("INSERT INTO t VALUES (1)").returnsRows, false);
  db.close();
});
