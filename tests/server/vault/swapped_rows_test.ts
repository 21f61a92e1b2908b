/** Whoever writes into the database file can move sealed rows: no row opens in the place of another, whole or by halves. */

import assert from "node:assert/strict";
import { openEnvelope } from "../../../server/vault/envelope.ts";
import { SEALED_TABLE_NAMES } from "../../../server/vault/sealed_tables.ts";
import { withHarness } from "../support/harness.ts";
import { openAgain } from "../support/open_again.ts";
import { rawTables } from "../support/sealed_rows.ts";
import { seedSealedRows } from "../support/seed.ts";
import { TEST_PASSWORD } from "../support/vault_fixture.ts";

Deno.test(
  "B12: no row of any sealed table opens in the place of any other row, nor with half of it",
  withHarness(async (h) => {
    await seedSealedRows(h);
    const rows = rawTables(h.path);
    assert.deepEqual(
      [...new Set(rows.map(({ place }) => place.table))].sort(),
      [...SEALED_TABLE_NAMES].sort(),
    );
    const { opened: { keyring }, close } = await openAgain(h, TEST_PASSWORD);
    for (const { place, sealed: own } of rows) {
      assert.ok(openEnvelope(keyring, place, own) !== undefined, "in its own place a row opens");
      for (const { place: from, sealed } of rows) {
        if (from === place) continue;
        const way = `${from.table}/${from.id} in ${place.table}/${place.id}`;
        const { wrapped_dek, sealed_body } = sealed;
        assert.equal(openEnvelope(keyring, place, sealed), undefined, way);
        assert.equal(openEnvelope(keyring, place, { ...own, wrapped_dek }), undefined, `${way}, its key`);
        assert.equal(openEnvelope(keyring, place, { ...own, sealed_body }), undefined, `${way}, its body`);
      }
    }
    await close();
  }),
);
