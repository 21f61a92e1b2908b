import assert from "node:assert/strict";
import fc from "fast-check";
import { visible, visibleParts } from "../../../server/dashboard/visible.ts";

const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

Deno.test("visible leaves words of every script alone", () => {
  for (const text of ["web-shop", "Müller & Söhne <3", "项目一号", "مشروع", "🔑 deploy", ""]) {
    assert.equal(visible(text), text);
    assert.equal(visibleParts(text).some(({ mark }) => mark), false);
  }
});

Deno.test("visible shows what turns, hides or breaks a line by its number", () => {
  assert.equal(visible("safe\u202Etxt.exe"), "safe⟨U+202E⟩txt.exe");
  assert.equal(visible("a\u0000b\nc\u200Bd\u2028e\uFEFF"), "a⟨U+0000⟩b⟨U+000A⟩c⟨U+200B⟩d⟨U+2028⟩e⟨U+FEFF⟩");
  assert.equal(visible("\u{E0041}"), "⟨U+E0041⟩");
});

Deno.test("nothing unseen is left of any text, and its pieces say the same as the whole", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const shown = visible(text);
    assert.doesNotMatch(shown, UNSEEN);
    const pieces = visibleParts(text).map((part) => part.mark ? `⟨${part.text}⟩` : part.text).join("");
    assert.equal(pieces, shown);
  }));
});
