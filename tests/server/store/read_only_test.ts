import assert from "node:assert/strict";
import { systemClock } from "../../../shared/clock.ts";
import { openReadOnly } from "../../../server/store/read_only.ts";
import { openStore } from "../../../server/store/store.ts";
import { withTempDir } from "../../support/paths.ts";

async function namesIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(folder)) names.push(name);
  return names.sort();
}

Deno.test("openReadOnly leaves a database that lay alone as it was, and nothing beside it", () =>
  withTempDir(async (folder) => {
    const path = `${folder}/vault.db`;
    await (await openStore(path, systemClock)).close();
    const before = [await namesIn(folder), await Deno.readFile(path)];
    {
      using store = openReadOnly(path);
      assert.equal(store.auditPages.first(), undefined);
    }
    assert.deepEqual([await namesIn(folder), await Deno.readFile(path)], before);
  }));

Deno.test("openReadOnly takes nothing away from whoever else has the database open", () =>
  withTempDir(async (folder) => {
    const path = `${folder}/vault.db`;
    const store = await openStore(path, systemClock);
    const before = await namesIn(folder);
    openReadOnly(path)[Symbol.dispose]();
    assert.deepEqual(await namesIn(folder), before);
    await store.close();
  }));

Deno.test("openReadOnly of what is no vault leaves nothing behind either", () =>
  withTempDir(async (folder) => {
    const path = `${folder}/other.db`;
    await Deno.writeTextFile(path, "no database");
    assert.throws(() => openReadOnly(path), /no vault/);
    assert.deepEqual(await namesIn(folder), ["other.db"]);
    assert.equal(await Deno.readTextFile(path), "no database");
  }));
