import assert from "node:assert/strict";
import fc from "fast-check";
import {
  generateSeed,
  keyFingerprint,
  publicKeyOf,
  type SigningKey,
  signingKey,
} from "../../../shared/crypto/ed25519.ts";
import { toBase64Url } from "../../../shared/encoding.ts";
import {
  followsFrom,
  type Handover,
  handoverMessage,
  parseHandovers,
  signHandover,
  verifyHandover,
} from "../../../shared/proofs/key_handover.ts";

const fresh = () => signingKey(generateSeed());
const printOf = (key: SigningKey) => keyFingerprint(publicKeyOf(key));

function handover(from: SigningKey, to: SigningKey, signer = from): Handover {
  const fields = {
    from_kid: "old",
    from_x: toBase64Url(publicKeyOf(from)),
    to_kid: "new",
    to_x: toBase64Url(publicKeyOf(to)),
    at: 1_714_248_000,
  };
  return { ...fields, signature: toBase64Url(signHandover(signer, fields)) };
}

Deno.test("handoverMessage is the documented text", () => {
  const fields = { from_kid: "a", from_x: "X", to_kid: "b", to_x: "Y", at: 7 };
  assert.equal(handoverMessage(fields), "cortex/key-handover/1|a|X|b|Y|7");
});

Deno.test("followsFrom takes the pinned key itself, and keys it vouched for over any number of steps", () => {
  const keys = Array.from({ length: 5 }, fresh);
  const chain = keys.slice(1).map((key, index) => handover(keys[index] ?? key, key));
  const prints = keys.map(printOf);
  for (const [from, pinned] of prints.entries()) {
    for (const [to, wanted] of prints.entries()) {
      assert.equal(followsFrom(pinned, wanted, chain.toReversed()), to >= from, `${from} to ${to}`);
    }
  }
});

Deno.test("followsFrom refuses a statement of anybody but the key before", () => {
  const [pinned, attacker, wanted] = [fresh(), fresh(), fresh()];
  const forged = [handover(pinned, wanted, attacker), handover(attacker, wanted)];
  assert.equal(followsFrom(printOf(pinned), printOf(wanted), forged), false);
  assert.equal(followsFrom(printOf(pinned), printOf(wanted), []), false);
});

Deno.test("followsFrom ends on statements that go in a circle", () => {
  const [one, two, other] = [fresh(), fresh(), fresh()];
  assert.equal(followsFrom(printOf(one), printOf(other), [handover(one, two), handover(two, one)]), false);
});

Deno.test("verifyHandover refuses any changed field", () => {
  const good = handover(fresh(), fresh());
  assert.ok(verifyHandover(good));
  const other = toBase64Url(publicKeyOf(fresh()));
  const changes: Partial<Handover>[] = [
    { from_kid: "x" },
    { from_x: other },
    { to_kid: "x" },
    { to_x: other },
    { at: good.at + 1 },
    { signature: toBase64Url(new Uint8Array(64)) },
    { signature: "" },
    { from_x: toBase64Url(new Uint8Array(32)) },
  ];
  for (const change of changes) assert.equal(verifyHandover({ ...good, ...change }), false);
});

Deno.test("parseHandovers takes what it can of any JSON, and never throws", () => {
  const good = handover(fresh(), fresh());
  assert.deepEqual(parseHandovers({ keys: [], cortex_handovers: [good, null, 1, { ...good, at: "7" }] }), [
    good,
  ]);
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    assert.ok(Array.isArray(parseHandovers(value)));
    assert.equal(followsFrom("a", "b", parseHandovers({ cortex_handovers: value })), false);
  }));
});
