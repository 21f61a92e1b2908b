import assert from "node:assert/strict";
import fc from "fast-check";
import { publicKeyOf, signingKey, verifyingKey } from "../../../shared/crypto/ed25519.ts";
import { sha256Hex } from "../../../shared/crypto/hash.ts";
import {
  attestationMessage,
  EMPTY_BODY_SHA256,
  parseAttestation,
  signAttestation,
  verifyAttestation,
} from "../../../shared/proofs/attestation.ts";

/** Section 12 of the wire contract. */
const KEY = signingKey(new Uint8Array(32).fill(7));
const PUBLIC = verifyingKey(publicKeyOf(KEY));
const SESSION = "22222222-2222-4222-8222-222222222222";
const JTI = "11111111-1111-4111-8111-111111111111";
const DISCOVER = {
  sessionId: SESSION,
  ts: 1714248000,
  jti: JTI,
  bodySha256: sha256Hex('{"hello":"world"}'),
  authTokenId: "agent:my-agent",
};
const REQUEST = { method: "POST", path: "/agent/discover" };
const HEADER =
  "22222222-2222-4222-8222-222222222222.1714248000.11111111-1111-4111-8111-111111111111.93a23971a914e5eacbf0a8d25154cda309c3c1c72fbb9914d47c60f3cb681588.agent:my-agent.tvx2DVVHyAiJzs5_qEKWJ0b2KKX6_Oc80UtwSJy7yt-DLq0jqItONMJFdqGjJoHCw7NIYhjh0Azi_d7sgUkFCw";

Deno.test("the golden attestation header of a POST comes out", () => {
  assert.equal(signAttestation(KEY, DISCOVER, REQUEST), HEADER);
});

Deno.test("the golden attestation of a GET signs the decoded path and the hash of no body", () => {
  const fields = { ...DISCOVER, bodySha256: EMPTY_BODY_SHA256, authTokenId: sha256Hex("ab".repeat(32)) };
  const request = { method: "GET", path: "/project/secrets/my app" };
  assert.equal(
    attestationMessage(fields, request),
    "1714248000|11111111-1111-4111-8111-111111111111|GET|/project/secrets/my app|e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855|271a413bd339c5709fdceaec41f14f11e9fbfb5042d72d331c65f32b284cd09a",
  );
  const signature = signAttestation(KEY, fields, request).split(".").at(-1);
  assert.equal(
    signature,
    "VwHZWZbHEIMMJtngvOi-Y17Ia_KqMLOIonjqWgrGg5oXWIbD8n6RFJHW5Gi6JOrcvK_bNuPxsqMI1_scaqleCQ",
  );
});

const fieldsArbitrary = fc.record({
  sessionId: fc.uuid(),
  ts: fc.integer({ min: 0, max: 999_999_999_999 }),
  jti: fc.uuid(),
  bodySha256: fc.uint8Array({ minLength: 1 }).map(sha256Hex),
  authTokenId: fc.stringMatching(/^(agent:[A-Za-z0-9_-]{1,64}|[0-9a-f]{64})$/),
});

Deno.test("a printed header is read back as the same fields and verifies", () => {
  fc.assert(fc.property(fieldsArbitrary, (fields) => {
    const parsed = parseAttestation(signAttestation(KEY, fields, REQUEST));
    assert.ok(parsed !== undefined);
    const { signature: _, ...read } = parsed;
    assert.deepEqual(read, { ...fields });
    assert.ok(verifyAttestation(PUBLIC, parsed, REQUEST));
  }));
});

Deno.test("any changed character of a header after the session id fails", () => {
  fc.assert(
    fc.property(fc.nat(HEADER.length - SESSION.length - 1), fc.constantFrom(..."aZ09.-_"), (offset, char) => {
      const at = SESSION.length + offset;
      if (HEADER[at] === char) return;
      const parsed = parseAttestation(HEADER.slice(0, at) + char + HEADER.slice(at + 1));
      assert.ok(parsed === undefined || !verifyAttestation(PUBLIC, parsed, REQUEST));
    }),
  );
});

Deno.test("a header is good for its own method and path only", () => {
  const parsed = parseAttestation(HEADER);
  assert.ok(parsed !== undefined);
  assert.ok(!verifyAttestation(PUBLIC, parsed, { ...REQUEST, method: "PUT" }));
  assert.ok(!verifyAttestation(PUBLIC, parsed, { ...REQUEST, path: "/agent/discover/" }));
});

Deno.test("parseAttestation never throws, whatever it is given", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    assert.doesNotThrow(() => parseAttestation(text));
  }));
  const parts = HEADER.split(".");
  for (const bad of ["", "......", parts.slice(1).join("."), HEADER.toUpperCase(), `${HEADER}=`]) {
    assert.equal(parseAttestation(bad), undefined);
  }
});
