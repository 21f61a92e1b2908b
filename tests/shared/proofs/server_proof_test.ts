import assert from "node:assert/strict";
import type { AllowedCaller } from "../../../shared/caller/allowed_callers.ts";
import { keyFingerprint, publicKeyOf, signingKey } from "../../../shared/crypto/ed25519.ts";
import { sha256Hex } from "../../../shared/crypto/hash.ts";
import { toBase64Url } from "../../../shared/encoding.ts";
import {
  type AttestAnswerFields,
  attestAnswerMessage,
  type ServerProof,
  signAttestAnswer,
  signerOfAnswer,
} from "../../../shared/proofs/server_proof.ts";

const key = signingKey(new Uint8Array(32).fill(7));
const x = toBase64Url(publicKeyOf(key));
const FIELDS: AttestAnswerFields = {
  nonce: "0011223344556677",
  attestationPub: x,
  sessionId: "22222222-2222-4222-8222-222222222222",
  expiresIn: 86_400,
  accessToken: undefined,
};
const proof: ServerProof = { kid: "k", x, signature: signAttestAnswer(key, FIELDS) };

Deno.test("attestAnswerMessage is the documented text", () => {
  const start = `cortex/attest-answer/1|0011223344556677|${x}|22222222-2222-4222-8222-222222222222|86400|`;
  assert.equal(attestAnswerMessage(FIELDS), start);
  assert.equal(attestAnswerMessage({ ...FIELDS, accessToken: "a.b.c" }), start + sha256Hex("a.b.c"));
});

Deno.test("attestAnswerMessage covers the list of callers in any order, and no list is not an empty one", () => {
  const [one, other] = [{ sha256: "a".repeat(64), role: "caller" }, {
    sha256: "b".repeat(64),
    role: "parent",
  }] as const;
  const of = (...allowedCallers: AllowedCaller[]) => attestAnswerMessage({ ...FIELDS, allowedCallers });
  assert.equal(of(), `${attestAnswerMessage(FIELDS)}|${sha256Hex("")}`);
  assert.equal(of(one, other), of(other, one));
  assert.notEqual(of(one), of({ ...one, role: "parent" }));
  const listed = { ...FIELDS, allowedCallers: [one] };
  const signed = { ...proof, signature: signAttestAnswer(key, listed) };
  assert.equal(signerOfAnswer(signed, listed), keyFingerprint(publicKeyOf(key)));
  for (const allowedCallers of [undefined, [], [other], [one, other]]) {
    assert.equal(signerOfAnswer(signed, { ...FIELDS, allowedCallers }), undefined);
  }
});

Deno.test("signerOfAnswer names the key that signed exactly this answer, and no other", () => {
  assert.equal(signerOfAnswer(proof, FIELDS), keyFingerprint(publicKeyOf(key)));
  const changes: Partial<AttestAnswerFields>[] = [
    { nonce: "0011223344556678" },
    { attestationPub: "other" },
    { sessionId: "33333333-3333-4333-8333-333333333333" },
    { expiresIn: 86_401 },
    { accessToken: "a.b.c" },
    { allowedCallers: [] },
  ];
  for (const change of changes) assert.equal(signerOfAnswer(proof, { ...FIELDS, ...change }), undefined);
  const other = toBase64Url(publicKeyOf(signingKey(new Uint8Array(32).fill(8))));
  const proofs: Partial<ServerProof>[] = [
    { x: other },
    { x: "" },
    // A point of small order verifies anything.
    { x: toBase64Url(Uint8Array.of(1, ...new Uint8Array(31))) },
    { signature: "" },
    { signature: toBase64Url(new Uint8Array(64)) },
  ];
  for (const change of proofs) assert.equal(signerOfAnswer({ ...proof, ...change }, FIELDS), undefined);
});
