import assert from "node:assert/strict";
import { chainEnd, type KnownEnds } from "../../../server/audit/chain_end.ts";
import { GENESIS } from "../../../server/audit/chain.ts";

const end = (seq: number, byte = seq) => ({ seq, mac: new Uint8Array(32).fill(byte) });
const record = (seq: number, genuine = true) => ({ ...end(seq), genuine });
const NOTHING: KnownEnds = { last: undefined, record: undefined, written: undefined, hasLog: true };

Deno.test("chainEnd is the newest row where row, record and memory say the same", () => {
  const known = { ...NOTHING, last: end(7), record: record(7), written: end(7) };
  assert.deepEqual(chainEnd(known), end(7));
  assert.deepEqual(chainEnd({ ...known, written: undefined }), end(7));
});

Deno.test("chainEnd of a vault that is being made is the beginning", () => {
  assert.deepEqual(chainEnd({ ...NOTHING, hasLog: false }), GENESIS);
});

Deno.test("B14: chainEnd goes on from what was cut off, as the record or the server remembers it", () => {
  assert.deepEqual(chainEnd({ ...NOTHING, last: end(5), record: record(7) }), end(7));
  assert.deepEqual(chainEnd({ ...NOTHING, record: record(7) }), end(7));
  assert.deepEqual(chainEnd({ ...NOTHING, last: end(5), record: record(5), written: end(7) }), end(7));
  assert.deepEqual(chainEnd({ ...NOTHING, written: end(7) }), end(7));
});

Deno.test("B14: chainEnd leaves a number out where nobody remembers how many there were", () => {
  assert.deepEqual(chainEnd({ ...NOTHING, last: end(5) }), { ...end(5), seq: 6 });
  assert.deepEqual(chainEnd({ ...NOTHING, last: end(5), record: record(9, false) }), { ...end(5), seq: 6 });
  assert.deepEqual(chainEnd(NOTHING), { ...GENESIS, seq: 1 });
});

Deno.test("chainEnd goes on behind rows that were put in, so that nobody stops the server with one", () => {
  assert.deepEqual(chainEnd({ ...NOTHING, last: end(9), record: record(7), written: end(7) }), end(9));
});
