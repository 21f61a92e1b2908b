import assert from "node:assert/strict";
import fc from "fast-check";
import {
  bodyAssociatedData,
  dekAssociatedData,
  encodeFields,
  type Place,
  sentinelAssociatedData,
} from "../../../server/vault/associated_data.ts";
import { SEALED_TABLE_NAMES } from "../../../server/vault/sealed_tables.ts";

const place = fc.record<Place>({
  table: fc.constantFrom(...SEALED_TABLE_NAMES),
  id: fc.string({ maxLength: 8 }),
  namespace: fc.string({ maxLength: 8 }),
});

Deno.test("B12: encodeFields gives different lists of fields different bytes", () => {
  const fields = fc.array(fc.string({ maxLength: 6 }), { maxLength: 4 });
  fc.assert(fc.property(fields, fields, (left, right) => {
    const same = encodeFields(left).toHex() === encodeFields(right).toHex();
    assert.equal(same, JSON.stringify(left) === JSON.stringify(right));
  }));
});

Deno.test("B12: associated data differs wherever table, id, namespace, key version or use differ", () => {
  fc.assert(fc.property(place, place, fc.nat(), fc.nat(), (left, right, one, two) => {
    const samePlace = JSON.stringify(left) === JSON.stringify(right);
    assert.equal(bodyAssociatedData(left).toHex() === bodyAssociatedData(right).toHex(), samePlace);
    assert.equal(
      dekAssociatedData(left, one).toHex() === dekAssociatedData(right, two).toHex(),
      samePlace && one === two,
    );
    assert.notEqual(bodyAssociatedData(left).toHex(), dekAssociatedData(right, one).toHex());
    assert.notEqual(sentinelAssociatedData(one).toHex(), dekAssociatedData(left, one).toHex());
  }));
});

Deno.test("bodyAssociatedData is what stored rows were sealed with", () => {
  const bytes = bodyAssociatedData({ table: "secrets", id: "a", namespace: "b" });
  const text = "\0\0\0\x14cortexauth/sealed/v1\0\0\0\x04body\0\0\0\x07secrets\0\0\0\x01a\0\0\0\x01b";
  assert.equal(new TextDecoder().decode(bytes), text);
});
