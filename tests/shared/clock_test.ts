import assert from "node:assert/strict";
import fc from "fast-check";
import {
  formatOptionalTimestamp,
  formatTimestamp,
  parseTimestamp,
  SECOND,
  unixSeconds,
} from "../../shared/clock.ts";

Deno.test("a time printed and read again is the same to the second", () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 253_402_300_799 }), (seconds) => {
    assert.equal(parseTimestamp(formatTimestamp(seconds * SECOND)), seconds * SECOND);
  }));
});

Deno.test("parseTimestamp reads RFC 3339 with any offset", () => {
  assert.equal(parseTimestamp("2024-04-27T20:00:00Z"), Date.UTC(2024, 3, 27, 20));
  assert.equal(parseTimestamp("2024-04-27T20:00:00.5+02:00"), Date.UTC(2024, 3, 27, 18) + 500);
});

Deno.test("parseTimestamp refuses everything else", () => {
  for (const text of ["", "2024-04-27", "2024-13-01 00:00:00", "1714248000", "2024-04-27T20:00:00"]) {
    assert.equal(parseTimestamp(text), undefined, text);
  }
});

Deno.test("unixSeconds rounds down and an absent time stays absent", () => {
  assert.equal(unixSeconds(1_999), 1);
  assert.equal(formatOptionalTimestamp(null), null);
  assert.equal(formatOptionalTimestamp(0), "1970-01-01 00:00:00");
});
