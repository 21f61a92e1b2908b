import assert from "node:assert/strict";
import { generateSeed, keyFingerprint, publicKeyOf, signingKey } from "../../shared/crypto/ed25519.ts";
import { toBase64Url } from "../../shared/encoding.ts";
import { VaultError } from "../../shared/errors.ts";
import { signRunAnswer } from "../../shared/proofs/run_answer.ts";
import { parseRunAnswer } from "../../daemon/run_answer.ts";

const key = signingKey(generateSeed());
const signer = keyFingerprint(publicKeyOf(key));
const nonce = "0123456789abcdef0123456789abcdef";

function signed(release: unknown, by = key, over = nonce) {
  const answer = JSON.stringify(release);
  const proof = { kid: "k", x: toBase64Url(publicKeyOf(by)), signature: signRunAnswer(by, over, answer) };
  return { answer, server_proof: proof };
}

const RELEASE = {
  values: { A: { value: "one", delivery: "env" }, B: { value: "two", delivery: "file", read_once: true } },
  withheld: [{ name: "C", reason: "command_bound" }],
  more_granted: ["D"],
  command_sha256: null,
  search_path: null,
  environment: [],
};

function refusal(value: unknown, expected: string | undefined = signer): unknown {
  try {
    return parseRunAnswer(value, { nonce, signer: expected });
  } catch (error) {
    return error instanceof VaultError ? error.code : error;
  }
}

Deno.test("parseRunAnswer gives what a signed answer says", () => {
  const answer = parseRunAnswer(signed(RELEASE), { nonce, signer });
  assert.deepEqual(answer?.values.get("A"), {
    value: "one",
    isBase64: false,
    delivery: "env",
    readOnce: false,
  });
  assert.deepEqual(answer?.values.get("B"), {
    value: "two",
    isBase64: false,
    delivery: "file",
    readOnce: true,
  });
  assert.deepEqual(answer?.withheld, [{ name: "C", reason: "command_bound" }]);
  assert.deepEqual(answer?.moreGranted, ["D"]);
});

Deno.test("parseRunAnswer refuses an answer that is changed, replayed, or signed by another key", () => {
  const good = signed(RELEASE);
  const widened = { ...good, answer: good.answer.replace('"one"', '"two"') };
  assert.equal(refusal(widened), "server.untrusted");
  assert.equal(refusal(signed(RELEASE, key, "f".repeat(32))), "server.untrusted");
  assert.equal(refusal(signed(RELEASE, signingKey(generateSeed()))), "server.untrusted");
  assert.equal(refusal(good, "another fingerprint"), "server.untrusted");
  assert.throws(() => parseRunAnswer(good, { nonce, signer: undefined }), { code: "server.untrusted" });
});

Deno.test("parseRunAnswer takes nothing for an answer that is none", () => {
  for (const value of [null, {}, "x", { answer: 1 }, { answer: "{}", server_proof: {} }]) {
    assert.equal(refusal(value), undefined);
  }
  for (
    const values of [{ "A=B": RELEASE.values.A }, { A: { value: 1, delivery: "env" } }, { A: { value: "x" } }]
  ) {
    assert.equal(refusal(signed({ ...RELEASE, values })), undefined);
  }
});
