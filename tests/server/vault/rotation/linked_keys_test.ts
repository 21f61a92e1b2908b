import assert from "node:assert/strict";
import { randomBytes } from "../../../../shared/crypto/random.ts";
import { followToNew, followToOld, linkKeys } from "../../../../server/vault/rotation/linked_keys.ts";

const VERSIONS = { from: 4, to: 5 };

Deno.test("linkKeys leads from each key to the other and from no third one", () => {
  const [older, newer, other] = [randomBytes(32), randomBytes(32), randomBytes(32)];
  const { oldUnderNew, newUnderOld } = linkKeys(older, newer, VERSIONS);
  assert.deepEqual(followToOld(newer, oldUnderNew, VERSIONS), older);
  assert.deepEqual(followToNew(older, newUnderOld, VERSIONS), newer);
  for (const key of [older, other]) assert.equal(followToOld(key, oldUnderNew, VERSIONS), undefined);
  for (const key of [newer, other]) assert.equal(followToNew(key, newUnderOld, VERSIONS), undefined);
});

Deno.test("B12: the links of one rotation are not those of another, nor the one in place of the other", () => {
  const [older, newer] = [randomBytes(32), randomBytes(32)];
  const { oldUnderNew, newUnderOld } = linkKeys(older, newer, VERSIONS);
  for (const versions of [{ from: 4, to: 6 }, { from: 3, to: 5 }, { from: 5, to: 4 }]) {
    assert.equal(followToOld(newer, oldUnderNew, versions), undefined);
    assert.equal(followToNew(older, newUnderOld, versions), undefined);
  }
  assert.equal(followToOld(older, newUnderOld, VERSIONS), undefined);
  assert.equal(followToNew(newer, oldUnderNew, VERSIONS), undefined);
});
