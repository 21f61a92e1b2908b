import assert from "node:assert/strict";
import fc from "fast-check";
import { errorFromAnswer, printableLine } from "../../../shared/client/answer_error.ts";
import { utf8 } from "../../../shared/encoding.ts";
import { VaultError } from "../../../shared/errors.ts";

Deno.test("printableLine gives one line that cannot move a terminal, whatever came", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), fc.nat(600), (text, limit) => {
    const line = printableLine(text, limit);
    assert.doesNotMatch(line, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    assert.ok(line.length <= limit);
  }));
  assert.equal(printableLine("a\x1b[31mred\u202egnp.exe\r\nb"), "a [31mred gnp.exe b");
});

Deno.test("errorFromAnswer makes an error of any bytes and any status", () => {
  const status = fc.integer({ min: 300, max: 599 });
  fc.assert(fc.property(status, fc.uint8Array(), (code, body) => {
    assert.ok(errorFromAnswer(code, new Headers(), body) instanceof VaultError);
  }));
  fc.assert(fc.property(status, fc.json(), (code, body) => {
    assert.ok(errorFromAnswer(code, new Headers(), utf8(body)) instanceof VaultError);
  }));
});

Deno.test("errorFromAnswer says the status where the server gave no reason", () => {
  const error = errorFromAnswer(500, new Headers(), utf8("<html>"));
  assert.equal(error.message, "The server answered 500 and gave no reason");
});

Deno.test("errorFromAnswer reads Retry-After in seconds and nothing else", () => {
  const retry = (value: string) =>
    errorFromAnswer(429, new Headers({ "Retry-After": value }), new Uint8Array()).retryAfter;
  assert.deepEqual([retry("60"), retry("-1"), retry("soon"), retry("1e9")], [
    60,
    undefined,
    undefined,
    undefined,
  ]);
});
