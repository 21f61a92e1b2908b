import assert from "node:assert/strict";
import { buildPatterns } from "../../daemon/redaction/patterns.ts";
import { utf8 } from "../../shared/encoding.ts";
import { isRedactable } from "../../shared/redactable.ts";

Deno.test("isRedactable refuses values that would turn ordinary output into noise", () => {
  for (const value of ["e", "true", "8080", "localhost", "--------", "00000000", "12345678", "PASSWORD"]) {
    assert.equal(isRedactable(utf8(value)), false, value);
  }
  assert.equal(isRedactable(utf8("x8$kq2-Z")), true);
});

Deno.test("isRedactable is the rule of the redactor as well", () => {
  const flag = { name: "FLAG", value: utf8("true") };
  assert.deepEqual(buildPatterns([flag]), { patterns: [], unprotected: ["FLAG"] });
});
