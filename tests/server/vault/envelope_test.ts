import assert from "node:assert/strict";
import fc from "fast-check";
import { heapKeyStorage } from "../../../shared/crypto/key_storage.ts";
import { randomBytes } from "../../../shared/crypto/random.ts";
import { utf8 } from "../../../shared/encoding.ts";
import type { Place } from "../../../server/vault/associated_data.ts";
import { openEnvelope, sealEnvelope } from "../../../server/vault/envelope.ts";
import { Keyring } from "../../../server/vault/keyring.ts";

const PLACE: Place = { table: "secrets", id: "id-1", namespace: "default" };

function ring(...versions: number[]): Keyring {
  const keyring = new Keyring(heapKeyStorage);
  for (const version of versions) keyring.add(version, new Uint8Array(32).fill(version));
  return keyring;
}

function flip(bytes: Uint8Array, at: number, bit: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = (copy[at] ?? 0) ^ (1 << bit);
  return copy;
}

Deno.test("openEnvelope gives back any plaintext that sealEnvelope took", () => {
  const keyring = ring(1);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (plaintext) => {
    assert.deepEqual(
      openEnvelope(keyring, PLACE, sealEnvelope(keyring, PLACE, plaintext)),
      new Uint8Array(plaintext),
    );
  }));
});

Deno.test("B12: no byte of a blob can be changed", () => {
  const keyring = ring(1);
  const sealed = sealEnvelope(keyring, PLACE, utf8("sk-abc123"));
  for (const column of ["wrapped_dek", "sealed_body"] as const) {
    for (let at = 0; at < sealed[column].byteLength; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const changed = { ...sealed, [column]: flip(sealed[column], at, bit) };
        assert.equal(openEnvelope(keyring, PLACE, changed), undefined, `${column} byte ${at} bit ${bit}`);
      }
    }
  }
});

Deno.test("B12: a blob cut short or made longer does not open", () => {
  const keyring = ring(1);
  const sealed = sealEnvelope(keyring, PLACE, utf8("sk-abc123"));
  for (const column of ["wrapped_dek", "sealed_body"] as const) {
    const whole = sealed[column];
    for (let length = 0; length < whole.byteLength; length++) {
      assert.equal(
        openEnvelope(keyring, PLACE, { ...sealed, [column]: whole.subarray(0, length) }),
        undefined,
      );
    }
    const longer = Uint8Array.from([...whole, 0]);
    assert.equal(openEnvelope(keyring, PLACE, { ...sealed, [column]: longer }), undefined);
  }
});

Deno.test("B12: no blob opens in another row, table or namespace, nor do halves of two rows together", () => {
  const keyring = ring(1);
  const places: Place[] = ["secrets", "server_keys"].flatMap((table) =>
    ["id-1", "id-2"].flatMap((id) =>
      ["default", "prod"].map((namespace) => ({ table: table as Place["table"], id, namespace }))
    )
  );
  const sealed = places.map((place) =>
    sealEnvelope(keyring, place, utf8(`${place.table} ${place.id} ${place.namespace}`))
  );
  for (const [here, place] of places.entries()) {
    for (const [there, other] of sealed.entries()) {
      const own = sealed[here];
      assert.ok(own);
      assert.equal(openEnvelope(keyring, place, other) !== undefined, here === there);
      assert.equal(
        openEnvelope(keyring, place, { ...own, wrapped_dek: other.wrapped_dek }) !== undefined,
        here === there,
      );
      assert.equal(
        openEnvelope(keyring, place, { ...own, sealed_body: other.sealed_body }) !== undefined,
        here === there,
      );
    }
  }
});

Deno.test("B12: the key version in the column and the one in the blob have to agree", () => {
  const keyring = ring(1, 2);
  const sealed = sealEnvelope(keyring, PLACE, utf8("x"));
  assert.equal(sealed.kek_version, 2);
  assert.equal(openEnvelope(keyring, PLACE, { ...sealed, kek_version: 1 }), undefined);
});

Deno.test("A3: rows of the old KEK open beside those of the new one, until it is dropped", () => {
  const old = sealEnvelope(ring(1), PLACE, utf8("old"));
  const keyring = ring(1, 2);
  assert.deepEqual(openEnvelope(keyring, PLACE, old), utf8("old"));
  keyring.drop(1);
  assert.equal(openEnvelope(keyring, PLACE, old), undefined);
});

Deno.test("two sealings of one value share no bytes that tell so", () => {
  const keyring = ring(1);
  const one = sealEnvelope(keyring, PLACE, utf8("same"));
  const two = sealEnvelope(keyring, PLACE, utf8("same"));
  assert.notDeepEqual(one.sealed_body, two.sealed_body);
  assert.notDeepEqual(one.wrapped_dek.subarray(5), two.wrapped_dek.subarray(5));
});

Deno.test("B27: Keyring wipes the array it was given and forgets everything on wipe", () => {
  const kek = randomBytes(32);
  const keyring = new Keyring(heapKeyStorage);
  keyring.add(1, kek);
  assert.deepEqual(kek, new Uint8Array(32));
  keyring.wipe();
  assert.equal(keyring.use(1, () => "key"), undefined);
});
