import assert from "node:assert/strict";
import fc from "fast-check";
import { publicKeyOf, signingKey, verifyingKey } from "../../../shared/crypto/ed25519.ts";
import { toBase64Url } from "../../../shared/encoding.ts";
import {
  deviceInitMessage,
  devicePollMessage,
  INIT_NONCE,
  signDeviceInit,
  signDevicePoll,
  verifyDeviceInit,
  verifyDevicePoll,
} from "../../../shared/proofs/device_proof.ts";

const KEY = signingKey(new Uint8Array(32).fill(7));
const PUBLIC = verifyingKey(publicKeyOf(KEY));
const INIT = {
  ts: 1714248000,
  nonce: "00112233445566778899aabbccddeeff",
  agentId: "my-agent",
  agentPub: toBase64Url(publicKeyOf(KEY)),
  namespace: "staging",
  hostname: "host|with|bars",
};
const POLL = { ts: 1714248005, deviceCode: "ab".repeat(32) };

Deno.test("the signed texts of the device flow are as documented", () => {
  assert.equal(
    deviceInitMessage(INIT),
    "cortex/device-init/1|1714248000|00112233445566778899aabbccddeeff|my-agent|6kpsY-KcUgq-9VB7Ey7F-ZVHdq6-vnuSQh7qaRRG0iw|staging|host|with|bars",
  );
  assert.equal(devicePollMessage(POLL), `cortex/device-poll/1|1714248005|${"ab".repeat(32)}`);
});

Deno.test("absent fields of an init count as empty", () => {
  const { ts, nonce, agentPub } = INIT;
  assert.equal(
    deviceInitMessage({ ts, nonce, agentPub }),
    `cortex/device-init/1|${ts}|${nonce}||${agentPub}||`,
  );
});

Deno.test("proofs verify for their own fields and for no others", () => {
  const init = signDeviceInit(KEY, INIT);
  const poll = signDevicePoll(KEY, POLL);
  assert.ok(verifyDeviceInit(PUBLIC, INIT, init));
  assert.ok(verifyDevicePoll(PUBLIC, POLL, poll));
  const others = [{ ts: 1 }, { nonce: "ff".repeat(8) }, { agentId: "b" }, { namespace: "prod" }, {
    hostname: "x",
  }];
  for (const other of others) assert.ok(!verifyDeviceInit(PUBLIC, { ...INIT, ...other }, init));
  assert.ok(!verifyDevicePoll(PUBLIC, { ...POLL, ts: POLL.ts + 1 }, poll));
  assert.ok(!verifyDevicePoll(PUBLIC, { ...POLL, deviceCode: "cd".repeat(32) }, poll));
});

Deno.test("a proof of one step is none of the other", () => {
  const fields = { ts: 1, deviceCode: "x" };
  assert.ok(!verifyDevicePoll(PUBLIC, fields, signDeviceInit(KEY, INIT)));
  assert.ok(!verifyDeviceInit(PUBLIC, INIT, signDevicePoll(KEY, fields)));
});

Deno.test("any changed character of a proof fails, and garbage is refused quietly", () => {
  const proof = signDeviceInit(KEY, INIT);
  fc.assert(fc.property(fc.nat(proof.length - 1), fc.constantFrom(..."Az0-_=."), (at, char) => {
    if (proof[at] === char) return;
    assert.ok(!verifyDeviceInit(PUBLIC, INIT, proof.slice(0, at) + char + proof.slice(at + 1)));
  }));
  fc.assert(fc.property(fc.string(), (text) => assert.ok(!verifyDeviceInit(PUBLIC, INIT, text))));
});

Deno.test("a nonce holds no bar, so that no field can grow into the next", () => {
  assert.ok(INIT_NONCE.test(INIT.nonce));
  for (const bad of ["", "0011|2233445566", "00".repeat(7), "ZZ".repeat(8), `${INIT.nonce}\n`]) {
    assert.ok(!INIT_NONCE.test(bad), bad);
  }
});
