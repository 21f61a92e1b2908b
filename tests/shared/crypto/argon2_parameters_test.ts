import assert from "node:assert/strict";
import fc from "fast-check";
import {
  DEFAULT_ARGON2,
  parseArgon2Parameters,
  printArgon2,
  readArgon2,
} from "../../../shared/crypto/argon2_parameters.ts";

Deno.test("parseArgon2Parameters reads KiB without a unit, and MiB and GiB with one, in any order", () => {
  assert.deepEqual(parseArgon2Parameters("m=262144,t=3,p=4"), DEFAULT_ARGON2);
  assert.deepEqual(parseArgon2Parameters("p=4, t=3, m=256MiB"), DEFAULT_ARGON2);
  assert.deepEqual(parseArgon2Parameters("m=1GiB"), { ...DEFAULT_ARGON2, memoryKib: 1024 * 1024 });
  assert.deepEqual(parseArgon2Parameters("t=5"), { ...DEFAULT_ARGON2, passes: 5 });
});

for (
  const text of [
    "",
    "fast",
    "m=1",
    "m=3GiB",
    "t=0",
    "t=65",
    "p=65,m=1GiB",
    "m=8,t=1",
    "t=1,t=2",
    "t=1MiB",
    "m=-1",
  ]
) {
  Deno.test(`parseArgon2Parameters refuses "${text}" and says what it wants`, () => {
    assert.equal(typeof parseArgon2Parameters(text), "string");
  });
}

Deno.test("readArgon2 reads what printArgon2 wrote", () => {
  const parameters = fc.record({
    memoryKib: fc.integer({ min: 1024, max: 2 * 1024 * 1024 }),
    passes: fc.integer({ min: 1, max: 64 }),
    lanes: fc.integer({ min: 1, max: 64 }),
  }, { noNullPrototype: true });
  fc.assert(fc.property(parameters, (wanted) => assert.deepEqual(readArgon2(printArgon2(wanted)), wanted)));
});

Deno.test("readArgon2 refuses parameters that somebody put into the database", () => {
  assert.throws(() => readArgon2('{"name":"argon2id","version":19,"m":8,"t":1,"p":1}'), /out of bounds/);
  assert.throws(() => readArgon2('{"name":"scrypt","version":19,"m":65536,"t":1,"p":1}'), /not one that/);
});
