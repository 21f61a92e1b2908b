import assert from "node:assert/strict";
import { BackOff } from "../../daemon/back_off.ts";
import { VaultError } from "../../shared/errors.ts";
import { verifyAttestProof } from "../../shared/proofs/attest_proof.ts";
import { publicKeyOf, signingKey, verifyingKey } from "../../shared/crypto/ed25519.ts";
import { fromBase64Url } from "../../shared/encoding.ts";
import { fakeAccessToken, wireFailure } from "./support/fake_server.ts";
import { AGENT, Stage } from "./support/stage.ts";
import { until } from "./support/until.ts";

const HOUR = 3_600_000;

Deno.test("A4: the session is renewed at two thirds of its life, and runs go on for weeks", async () => {
  await using stage = new Stage();
  stage.server.values = { KEY: "v" };
  await until(() => stage.server.seen("/daemon/attest").length === 1);
  await until(() => stage.timers.waiting.includes(16 * HOUR));
  for (let renewals = 1; renewals <= 30; renewals++) {
    stage.timers.advance(16 * HOUR);
    await until(() => stage.timers.waiting.includes(16 * HOUR));
    assert.equal(stage.server.seen("/daemon/attest").length, 1 + renewals);
  }
  assert.deepEqual((await stage.exec("true")).exited, { code: 0 });
});

Deno.test("A4: a session that the server ended is opened again and the request repeated, unseen by the caller", async () => {
  await using stage = new Stage();
  assert.deepEqual((await stage.exec("true")).exited, { code: 0 });
  stage.server.endSessions();
  assert.deepEqual((await stage.exec("true")).exited, { code: 0 });
  assert.equal(stage.server.seen("/daemon/attest").length, 2);
});

Deno.test("a session that ends again and again is not asked for more than once a request", async () => {
  await using stage = new Stage();
  await stage.exec("true");
  for (let times = 0; times < 2; times++) {
    stage.server.answerOnce("/project/secrets", wireFailure(401, "attestation_session_ended"));
  }
  assert.equal((await stage.exec("true")).error?.error_code, "attestation_session_ended");
});

Deno.test("a signature of before the server's start is made once more, after the wait it names", async () => {
  await using stage = new Stage();
  await stage.exec("true");
  const details = { reason: "before_server_start" };
  const answer = { ...wireFailure(401, "attestation_expired", { details }), headers: { "Retry-After": "3" } };
  stage.server.answerOnce("/project/secrets", answer);
  const run = stage.exec("true");
  await until(() => stage.timers.waiting.includes(3_000));
  stage.timers.advance(3_000);
  assert.deepEqual((await run).exited, { code: 0 });
});

Deno.test("the server may be away at the start: status says so, tries are spaced, and it is used when it comes", async () => {
  await using stage = new Stage({ loggedIn: false });
  await stage.server.goAway();
  stage.logIn(AGENT);
  const failed = await stage.exec("true");
  assert.equal(failed.error?.error_code, "server_unreachable");
  const status = await stage.ask({ cmd: "status" });
  assert.equal(status["session_state"], "connecting");
  stage.server.comeBack();
  // Full jitter with random() = 1: one second, the first step.
  await until(() => stage.timers.waiting.some((wait) => wait <= 2_000));
  stage.timers.advance(2_000);
  await until(() => stage.server.seen("/daemon/attest").length === 1);
});

Deno.test("a sealed server and one that refuses are told apart, and a refusal is looked at again", async () => {
  await using stage = new Stage({ loggedIn: false });
  stage.server.answerOnce("/daemon/attest", wireFailure(503, "server_sealed"));
  stage.logIn(AGENT);
  assert.equal((await stage.exec("true")).error?.error_code, "server_sealed");
  assert.equal((await stage.ask({ cmd: "status" }))["session_state"], "connecting");
  stage.server.answerOnce("/daemon/attest", wireFailure(403, "binary_not_allowed"));
  assert.equal((await stage.exec("true")).error?.error_code, "binary_not_allowed");
  assert.equal((await stage.ask({ cmd: "status" }))["session_state"], "refused");
  stage.timers.advance(5 * 60_000);
  await until(() => stage.server.seen("/daemon/attest").length === 3);
});

Deno.test("A15: the daemon starts without a login, says so, and notices one without a restart", async () => {
  await using stage = new Stage({ loggedIn: false });
  assert.equal((await stage.exec("true")).error?.error_code, "client_not_logged_in");
  const before = await stage.ask({ cmd: "status" });
  assert.deepEqual([before["ok"], before["session_state"], before["session"]], [true, "logged_out", null]);
  stage.logIn(AGENT);
  assert.deepEqual((await stage.exec("true")).exited, { code: 0 });
  const after = await stage.ask({ cmd: "status" });
  assert.deepEqual([after["session_state"], after["agent_id"]], ["attested", AGENT]);
});

Deno.test("A15: reload uses a new login at once, and a logout ends what the old one could do", async () => {
  await using stage = new Stage({ loggedIn: false });
  assert.equal((await stage.ask({ cmd: "reload" }))["error_code"], "client_not_logged_in");
  stage.logIn(AGENT);
  assert.deepEqual((await stage.ask({ cmd: "reload" }))["agent_id"], AGENT);
  stage.writeKey("second-agent");
  stage.logIn("second-agent");
  assert.deepEqual((await stage.ask({ cmd: "reload" }))["agent_id"], "second-agent");
  Deno.removeSync(stage.sessionFile);
  assert.equal((await stage.exec("true")).error?.error_code, "client_not_logged_in");
});

Deno.test("C7: a renewed access token replaces the one in the file, 0600, and the session goes on", async () => {
  await using stage = new Stage({ loggedIn: false });
  const renewed = fakeAccessToken(AGENT, "renewed");
  stage.server.renewToken = renewed;
  stage.logIn(AGENT);
  assert.deepEqual((await stage.exec("true")).exited, { code: 0 });
  const file = JSON.parse(Deno.readTextFileSync(stage.sessionFile));
  assert.equal(file.access_token, renewed);
  assert.equal(file.expires_at, "2026-02-01 03:04:05");
  assert.equal((Deno.statSync(stage.sessionFile).mode ?? 0) & 0o777, 0o600);
  assert.equal(stage.server.seen("/daemon/attest").length, 1);
  stage.server.endSessions();
  assert.deepEqual((await stage.exec("true")).exited, { code: 0 });
  assert.equal(stage.server.seen("/daemon/attest")[1]?.headers.get("Authorization"), `Bearer ${renewed}`);
});

Deno.test("C7: a renewed token for another agent is not taken", async () => {
  await using stage = new Stage({ loggedIn: false });
  stage.server.renewToken = fakeAccessToken("somebody-else");
  stage.logIn(AGENT);
  assert.deepEqual((await stage.exec("true")).exited, { code: 0 });
  assert.equal(JSON.parse(Deno.readTextFileSync(stage.sessionFile)).access_token, fakeAccessToken(AGENT));
});

Deno.test("C7: nothing but the session, the key and the lock is ever on disk", async () => {
  await using stage = new Stage();
  stage.server.values = { KEY: "canary-value" };
  await stage.exec("true");
  const names = [...Deno.readDirSync(stage.folder)].map(({ name }) => name).sort();
  assert.deepEqual(names, [
    "agent-test-agent.key",
    "agent.sock",
    "agent.sock.lock",
    "agent.sock.ssh",
    "agent.sock.ssh.lock",
    "daemon-session.json",
  ]);
  assert.ok(!stage.logLines.join("\n").includes("canary-value"));
});

Deno.test("B2: the attest body is signed by the agent's key, with a fresh attestation key each time", async () => {
  await using stage = new Stage();
  await stage.exec("true");
  stage.server.endSessions();
  await stage.exec("true");
  const [first, second] = stage.server.seen("/daemon/attest").map(({ json }) => json);
  assert.ok(first && second);
  assert.notEqual(first["attestation_pub"], second["attestation_pub"]);
  const seed = fromBase64Url(Deno.readTextFileSync(`${stage.folder}/agent-${AGENT}.key`));
  const key = verifyingKey(publicKeyOf(signingKey(seed ?? new Uint8Array())));
  const fields = {
    ts: Number(first["proof_ts"]),
    nonce: String(first["proof_nonce"]),
    agentId: AGENT,
    attestationPub: String(first["attestation_pub"]),
    binarySha256: String(first["binary_sha256"]),
  };
  assert.equal(verifyAttestProof(key, fields, String(first["agent_proof"])), true);
});

Deno.test("A17: an access token whose agent id has a dot or a slash is no login", async () => {
  await using stage = new Stage({ loggedIn: false });
  for (const agentId of ["with.dot", "../escape", ""]) {
    stage.logIn(agentId);
    assert.equal((await stage.exec("true")).error?.error_code, "client_not_logged_in", agentId);
  }
});

Deno.test("B26: a session or key file that others may read, or that is a link, is refused and said", async () => {
  await using stage = new Stage({ loggedIn: false });
  stage.logIn(AGENT);
  const key = `${stage.folder}/agent-${AGENT}.key`;
  Deno.chmodSync(key, 0o644);
  assert.equal((await stage.exec("true")).error?.error_code, "client_file_unsafe");
  Deno.chmodSync(key, 0o600);
  Deno.chmodSync(stage.sessionFile, 0o640);
  assert.equal((await stage.exec("true")).error?.error_code, "client_file_unsafe");
  Deno.renameSync(stage.sessionFile, `${stage.folder}/elsewhere`);
  Deno.chmodSync(`${stage.folder}/elsewhere`, 0o600);
  Deno.symlinkSync(`${stage.folder}/elsewhere`, stage.sessionFile);
  assert.equal((await stage.exec("true")).error?.error_code, "client_file_unsafe");
});

Deno.test("B25: plain http to another host is refused before anything is sent", async () => {
  await using stage = new Stage({ loggedIn: false });
  stage.logIn(AGENT, "http://192.0.2.1:9");
  assert.equal((await stage.exec("true")).error?.error_code, "server_untrusted");
});

Deno.test("BackOff doubles to a minute, jitters, and keeps to what the server asks", () => {
  const low = new BackOff(() => 0);
  const high = new BackOff(() => 1);
  const steps = Array.from({ length: 9 }, () => [low.next(undefined), high.next(undefined)]);
  assert.deepEqual(steps[0], [500, 1_000]);
  assert.deepEqual(steps[3], [4_000, 8_000]);
  assert.deepEqual(steps[8], [30_000, 60_000]);
  assert.equal(high.next(new VaultError("server.busy", "Busy", { retryAfter: 90 })), 90_000);
  high.reset();
  assert.equal(high.next(undefined), 1_000);
});
