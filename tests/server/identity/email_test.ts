/** One form of an address: what cannot be told apart by a person is the same account and the same limit. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { normalEmail, parseEmail } from "../../../server/identity/email.ts";
import { VaultError } from "../../../shared/errors.ts";

Deno.test("normalEmail gives one form for capitals, spaces, wide letters and what cannot be seen", () => {
  const same = [
    "ADA@Example.COM",
    " ada@example.com\t",
    "a d a@example.com",
    "ａｄａ@example.com",
    "ada\u200b@example.com",
  ];
  for (const text of same) assert.equal(normalEmail(text), "ada@example.com", JSON.stringify(text));
});

Deno.test("normalEmail takes no text that is no address, nor letters that look like others", () => {
  const wrong = [
    "",
    "ada",
    "@example.com",
    "ada@",
    "ada@@example.com",
    "ada@-x.com",
    "аda@example.com",
    "ada@example..com",
  ];
  for (const text of [...wrong, `${"a".repeat(65)}@example.com`, `a@${"b".repeat(300)}.com`]) {
    assert.equal(normalEmail(text), undefined, text);
  }
});

Deno.test("normalEmail is settled after once, whatever comes", () => {
  fc.assert(fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.emailAddress()), (text) => {
    const once = normalEmail(text);
    if (once !== undefined) assert.equal(normalEmail(once), once);
  }));
});

Deno.test("parseEmail says what is wrong without quoting it", () => {
  assert.throws(() => parseEmail("my-password"), (error: unknown) => {
    assert.ok(error instanceof VaultError);
    return error.code === "request.invalid" && !error.message.includes("my-password");
  });
});
