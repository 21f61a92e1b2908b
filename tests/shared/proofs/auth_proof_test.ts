import assert from "node:assert/strict";
import fc from "fast-check";
import { publicKeyOf, SIGNATURE_BYTES, signingKey, verifyingKey } from "../../../shared/crypto/ed25519.ts";
import { fromBase64Url } from "../../../shared/encoding.ts";
import { authProofMessage, signAuthProof, verifyAuthProof } from "../../../shared/proofs/auth_proof.ts";

/** Section 12 of the wire contract: seed 32×0x07. */
const KEY = signingKey(new Uint8Array(32).fill(7));
const PUBLIC = verifyingKey(publicKeyOf(KEY));
const FIELDS = { ts: 1714248000, nonce: "0011223344556677", agentId: "my-agent" };
const PROOF = "jdMT-SwAh7PROIXWWUG1YSHJIZdIr2RsvUdnPi8KP5IS4CDgoGcPRjrfgPw2Z-fHy3ERwUlWjEs1_lwJvpMGCg";

Deno.test("the golden auth_proof of section 12 comes out", () => {
  assert.equal(authProofMessage(FIELDS), "1714248000|0011223344556677|my-agent|/agent/discover");
  assert.equal(signAuthProof(KEY, FIELDS), PROOF);
});

Deno.test("the golden auth_proof verifies", () => {
  assert.ok(verifyAuthProof(PUBLIC, FIELDS, fromBase64Url(PROOF) ?? new Uint8Array()));
});

Deno.test("any flipped bit of an auth_proof fails", () => {
  fc.assert(fc.property(fc.nat(SIGNATURE_BYTES - 1), fc.nat(7), (at, bit) => {
    const signature = Uint8Array.from(fromBase64Url(PROOF) ?? []);
    signature[at] = (signature[at] ?? 0) ^ (1 << bit);
    assert.ok(!verifyAuthProof(PUBLIC, FIELDS, signature));
  }));
});

Deno.test("an auth_proof is good for its own fields only", () => {
  const signature = fromBase64Url(PROOF) ?? new Uint8Array();
  for (const other of [{ ts: 1714248001 }, { nonce: "0011223344556678" }, { agentId: "my-agent2" }]) {
    assert.ok(!verifyAuthProof(PUBLIC, { ...FIELDS, ...other }, signature));
  }
});

Deno.test("a signature of a wrong length is refused, not an exception", () => {
  for (const length of [0, 63, 65]) assert.ok(!verifyAuthProof(PUBLIC, FIELDS, new Uint8Array(length)));
});
