import assert from "node:assert/strict";
import fc from "fast-check";
import { parseSigned } from "../../daemon/server_answers.ts";

Deno.test("parseSigned passes on what was signed and nothing that came beside it", () => {
  const more = { key: "canary", value: "canary", details: { a: "canary" } };
  for (
    const signed of [
      { kind: "aws", headers: [["Authorization", "x"]] },
      { kind: "webhook", headers: [] },
      { kind: "aws_presigned", query: "a=b" },
      { kind: "jwt", token: "a.b.c" },
      { kind: "hmac", mac: "AA==" },
    ]
  ) assert.deepEqual(parseSigned({ ...signed, ...more }), signed);
});

Deno.test("parseSigned takes nothing else for an answer", () => {
  const wrong = [{}, { kind: "jwt", mac: "AA==" }, { kind: "aws", headers: [["a"]] }, {
    kind: "aws",
    headers: [["a", 1]],
  }];
  for (const each of wrong) assert.equal(parseSigned(each), undefined);
  fc.assert(fc.property(fc.anything(), (value) => {
    assert.equal(parseSigned(value), undefined);
  }));
});
