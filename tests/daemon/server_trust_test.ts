/** The daemon checks the server at every attestation, and follows a rotated key from the one that the login pinned. */

import assert from "node:assert/strict";
import {
  generateSeed,
  keyFingerprint,
  publicKeyOf,
  type SigningKey,
  signingKey,
} from "../../shared/crypto/ed25519.ts";
import { toBase64Url } from "../../shared/encoding.ts";
import { type Handover, signHandover } from "../../shared/proofs/key_handover.ts";
import { signAttestAnswer } from "../../shared/proofs/server_proof.ts";
import { fakeAccessToken, type SeenRequest } from "./support/fake_server.ts";
import { AGENT, Stage } from "./support/stage.ts";

const fresh = () => signingKey(generateSeed());
const printOf = (key: SigningKey) => keyFingerprint(publicKeyOf(key));
const fileOf = (stage: Stage) => JSON.parse(Deno.readTextFileSync(stage.sessionFile));

/** A host that logged in to a server of this key, which proves itself by `provenBy`. */
function hostOf(
  pinned: SigningKey,
  provenBy: SigningKey | undefined,
  more: Record<string, string> = {},
): Stage {
  const stage = new Stage({ loggedIn: false });
  stage.server.provenBy = provenBy;
  stage.server.values = { KEY: "v" };
  stage.logIn(AGENT, stage.server.url, "1", { server_fingerprint: printOf(pinned), ...more });
  return stage;
}

function handover(from: SigningKey, to: SigningKey, signer = from): Handover {
  const fields = {
    from_kid: "old",
    from_x: toBase64Url(publicKeyOf(from)),
    to_kid: "new",
    to_x: toBase64Url(publicKeyOf(to)),
    at: 1_714_248_000,
  };
  return { ...fields, signature: toBase64Url(signHandover(signer, fields)) };
}

async function refused(stage: Stage): Promise<void> {
  const { error } = await stage.exec("true");
  assert.equal(error?.error_code, "server_untrusted");
  assert.equal((await stage.ask({ cmd: "status" }))["session_state"], "refused");
  assert.equal(stage.server.seen("/agent/discover").length, 0, "nothing was asked of that server");
}

const PROVES = { server_proof: "required" };

Deno.test("a server that proves itself by the pinned key is used, and has to do so from then on", async () => {
  const key = fresh();
  await using stage = hostOf(key, key);
  assert.deepEqual((await stage.exec("true")).exited, { code: 0 });
  assert.equal(fileOf(stage).server_proof, "required");
  stage.server.provenBy = undefined;
  stage.server.endSessions();
  assert.equal((await stage.exec("true")).error?.error_code, "server_untrusted");
  assert.equal(stage.server.seen("/daemon/attest").length, 2, "once, and again once it does not");
});

Deno.test("a server of another key is refused, and so is one that leaves the proof out", async () => {
  const key = fresh();
  for (const provenBy of [fresh(), undefined]) {
    await using stage = hostOf(key, provenBy, PROVES);
    await refused(stage);
  }
});

Deno.test("a rotated key is followed by the old one's statement, and pinned in its place", async () => {
  const [old, between, now] = [fresh(), fresh(), fresh()];
  await using stage = hostOf(old, now, PROVES);
  stage.server.handovers = [handover(between, now), handover(old, between)];
  assert.deepEqual((await stage.exec("true")).exited, { code: 0 });
  assert.equal(fileOf(stage).server_fingerprint, printOf(now));
  assert.equal(stage.server.seen("/daemon/attest").length, 1, "the session goes on under the changed login");
  stage.server.handovers = [];
  stage.server.endSessions();
  assert.deepEqual((await stage.exec("true")).exited, { code: 0 });
});

Deno.test("a statement that the pinned key did not sign leads nowhere", async () => {
  const [old, now] = [fresh(), fresh()];
  await using stage = hostOf(old, now, PROVES);
  stage.server.handovers = [handover(old, now, now)];
  await refused(stage);
  assert.equal(fileOf(stage).server_fingerprint, printOf(old));
});

Deno.test("an answer to another attestation proves nothing", async () => {
  const key = fresh();
  await using stage = hostOf(key, key, PROVES);
  assert.deepEqual((await stage.exec("true")).exited, { code: 0 });
  const [{ json }] = stage.server.seen("/daemon/attest") as [SeenRequest];
  const overheard = {
    nonce: String(json["proof_nonce"]),
    attestationPub: String(json["attestation_pub"]),
    sessionId: "session-1",
    expiresIn: 86_400,
    accessToken: undefined,
  };
  const old = { kid: "k", x: toBase64Url(publicKeyOf(key)), signature: signAttestAnswer(key, overheard) };
  stage.server.endSessions();
  stage.server.answerOnce("/daemon/attest", {
    status: 200,
    body: { session_id: "session-1", expires_in: 86_400, server_proof: old },
  });
  assert.equal((await stage.exec("true")).error?.error_code, "server_untrusted");
});

Deno.test("a renewed token and a new key are taken over together", async () => {
  const [old, now] = [fresh(), fresh()];
  await using stage = hostOf(old, now, PROVES);
  stage.server.handovers = [handover(old, now)];
  const renewed = fakeAccessToken(AGENT, "renewed");
  stage.server.renewToken = renewed;
  assert.deepEqual((await stage.exec("true")).exited, { code: 0 });
  assert.deepEqual([fileOf(stage).access_token, fileOf(stage).server_fingerprint], [renewed, printOf(now)]);
});

Deno.test("the predecessor's server, which never proves itself, is used with a pin and without", async () => {
  await using pinned = hostOf(fresh(), undefined);
  assert.deepEqual((await pinned.exec("true")).exited, { code: 0 });
  assert.equal(fileOf(pinned).server_proof, undefined);
  await using unpinned = new Stage();
  assert.deepEqual((await unpinned.exec("true")).exited, { code: 0 });
});
