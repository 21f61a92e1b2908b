import assert from "node:assert/strict";
import { generateSeed, publicKeyOf, signingKey } from "../../../shared/crypto/ed25519.ts";
import { toBase64Url } from "../../../shared/encoding.ts";
import { readAllowedDaemons, signAllowedDaemons } from "../../../shared/release/allowed_daemons.ts";

const key = signingKey(generateSeed());
const publicKey = toBase64Url(publicKeyOf(key));
const LIST = {
  version: "1.2.3",
  daemons: { "x86_64-unknown-linux-gnu": "a".repeat(64), "aarch64-apple-darwin": "b".repeat(64) },
};

Deno.test("readAllowedDaemons reads what the key has signed, in any order of lines", () => {
  const signed = signAllowedDaemons(key, LIST);
  assert.deepEqual(readAllowedDaemons(JSON.stringify(signed), publicKey), signed);
  const reversed = { ...signed, daemons: Object.fromEntries(Object.entries(signed.daemons).reverse()) };
  assert.deepEqual(readAllowedDaemons(JSON.stringify(reversed), publicKey).daemons, LIST.daemons);
});

Deno.test("readAllowedDaemons refuses a list that was changed, widened, cut, or signed by somebody else", () => {
  const signed = signAllowedDaemons(key, LIST);
  const { "x86_64-unknown-linux-gnu": linux } = LIST.daemons;
  const changes = [
    { ...signed, version: "1.2.4" },
    { ...signed, daemons: { ...signed.daemons, "x86_64-apple-darwin": linux } },
    { ...signed, daemons: { "x86_64-unknown-linux-gnu": linux } },
    { ...signed, daemons: { ...signed.daemons, "x86_64-unknown-linux-gnu": "c".repeat(64) } },
    { ...signed, signature: signAllowedDaemons(signingKey(generateSeed()), LIST).signature },
    { ...signed, signature: "" },
  ];
  for (const change of changes) {
    assert.throws(() => readAllowedDaemons(JSON.stringify(change), publicKey), {
      code: "allowlist.untrusted",
    });
  }
  for (const text of ["", "{}", "[]", JSON.stringify({ ...signed, daemons: { x: "y" } })]) {
    assert.throws(() => readAllowedDaemons(text, publicKey), { code: "request.invalid" });
  }
  assert.throws(() => readAllowedDaemons(JSON.stringify(signed), "no key"), { code: "request.invalid" });
});
