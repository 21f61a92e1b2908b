/** `cortex daemon login` as a real process against a server that the test plays. */

import assert from "node:assert/strict";
import { DeviceAuthorizeRequest, DeviceTokenRequest } from "../../shared/api/device.ts";
import {
  decodeKeyText,
  keyFingerprint,
  publicKeyOf,
  signingKey,
  verifyingKey,
} from "../../shared/crypto/ed25519.ts";
import { EXIT } from "../../shared/errors.ts";
import { verifyDeviceInit, verifyDevicePoll } from "../../shared/proofs/device_proof.ts";
import { CliHome } from "./support/cli_home.ts";
import { FakeDaemon } from "./support/fake_daemon.ts";
import { type Answer, FakeServer, refusal } from "./support/fake_server.ts";

const CODE = {
  device_code: "ab".repeat(32),
  user_code: "ABCD-2345",
  verification_uri: "/device",
  verification_uri_complete: "/device?user_code=ABCD-2345",
  expires_in: 600,
  interval: 0.1,
};

/** A device flow whose polls are answered one after the other; the last answer stays. */
function flow(polls: readonly Answer[], code: Partial<typeof CODE> = {}): Answer {
  let poll = 0;
  return (seen, server) => {
    if (seen.path === "/device/authorize") return Response.json({ ...CODE, ...code });
    if (seen.path !== "/device/token") return undefined;
    const answer = polls[Math.min(poll++, polls.length - 1)];
    return answer?.(seen, server);
  };
}

const pending: Answer = () => refusal(401, "authorization_pending");

function approve(agentId: string, claims: Record<string, unknown> = {}): Answer {
  return async (_, server) =>
    Response.json({
      access_token: await server.token(agentId, claims),
      token_type: "Bearer",
      expires_in: 2_592_000,
      kid: (await server.publicJwk()).kid,
      namespace: "default",
    });
}

function login(server: FakeServer, ...more: string[]): string[] {
  return ["daemon", "login", "--url", server.url, "--agent-id", "bot", "--no-browser", ...more];
}

async function storedSession(home: CliHome): Promise<Record<string, unknown>> {
  return JSON.parse(await Deno.readTextFile(home.sessionFile));
}

async function mode(path: string): Promise<number> {
  return ((await Deno.lstat(path)).mode ?? 0) & 0o777;
}

Deno.test("login waits for the approval and stores the session, private from its first instant", async () => {
  await using home = await CliHome.create();
  await using server = await FakeServer.start(flow([pending, approve("bot")]));
  const { code, stdout, stderr } = await home.cortex(login(server));
  assert.equal(code, 0, stderr);
  assert.equal(stdout, "");
  const session = await storedSession(home);
  assert.equal(session.server_url, server.url);
  assert.equal(session.agent_id, "bot");
  assert.equal(session.expires_in, 2_592_000);
  assert.equal(session.server_fingerprint, await server.fingerprint());
  assert.equal(await mode(home.sessionFile), 0o600);
  assert.equal(await mode(`${home.home}/.cortex/agent-bot.key`), 0o600);
  assert.equal(await mode(`${home.home}/.cortex`), 0o700);
});

Deno.test("login shows code, link, fingerprint and the predecessor's line, and never the token", async () => {
  await using home = await CliHome.create();
  await using server = await FakeServer.start(flow([approve("bot")]));
  const { stdout, stderr } = await home.cortex(login(server));
  const { access_token } = await storedSession(home);
  assert.match(stderr, new RegExp(`^visit ${server.url}/device and approve user_code: ABCD-2345$`, "m"));
  assert.ok(stderr.includes(`${server.url}/device?user_code=ABCD-2345`));
  assert.match(stderr, /Fingerprint {2}SHA256:[\w-]{43}/);
  assert.match(stderr, /Next: cortex daemon start/);
  assert.ok(!(stdout + stderr).includes(String(access_token)));
  assert.ok(!(stdout + stderr).includes(CODE.device_code));
});

Deno.test("B17: login proves its key at the start and at every poll", async () => {
  await using home = await CliHome.create();
  await using server = await FakeServer.start(flow([pending, approve("bot")]));
  await home.cortex(login(server, "--namespace", "staging", "--device-name", "Desk"));
  const seed = decodeKeyText(await Deno.readTextFile(`${home.home}/.cortex/agent-bot.key`));
  const publicKey = publicKeyOf(signingKey(seed ?? new Uint8Array()));
  const request = DeviceAuthorizeRequest.parse(
    server.seen.find(({ path }) => path === "/device/authorize")?.body,
  );
  assert.equal(request.client_id, "cortex-cli");
  assert.equal(request.namespace, "staging");
  assert.equal(request.device_name, "Desk");
  assert.ok(verifyDeviceInit(verifyingKey(publicKey), {
    ts: request.init_ts ?? 0,
    nonce: request.init_nonce ?? "",
    agentId: request.agent_id ?? "",
    agentPub: request.agent_pub ?? "",
    namespace: request.namespace ?? "",
    hostname: request.hostname ?? "",
  }, request.init_proof ?? ""));
  const polls = server.seen.filter(({ path }) => path === "/device/token").map(({ body }) =>
    DeviceTokenRequest.parse(body)
  );
  assert.equal(polls.length, 2);
  for (const { poll_ts, poll_proof, device_code } of polls) {
    assert.ok(
      verifyDevicePoll(
        verifyingKey(publicKey),
        { ts: poll_ts ?? 0, deviceCode: device_code },
        poll_proof ?? "",
      ),
    );
  }
});

Deno.test("login --json gives two lines: the code, then the end; no token in either", async () => {
  await using home = await CliHome.create();
  await using server = await FakeServer.start(flow([approve("bot")]));
  const { code, stdout } = await home.cortex(login(server, "--json"));
  const [first, second] = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.equal(code, 0);
  assert.equal(first.status, "waiting_for_approval");
  assert.equal(first.user_code, CODE.user_code);
  assert.equal(first.verification_uri_complete, `${server.url}/device?user_code=ABCD-2345`);
  assert.match(first.fingerprint, /^SHA256:/);
  assert.deepEqual([second.ok, second.status, second.daemon], [true, "logged_in", "not_running"]);
  assert.equal(second.access_token, undefined);
});

Deno.test("a denied login exits 121 and stores nothing but the key", async () => {
  await using home = await CliHome.create();
  await using server = await FakeServer.start(flow([pending, () => refusal(401, "access_denied")]));
  const { code, stderr } = await home.cortex(login(server));
  assert.equal(code, EXIT.refused);
  assert.match(stderr, /Ask them before trying again/);
  await assert.rejects(Deno.lstat(home.sessionFile), Deno.errors.NotFound);
});

Deno.test("a code that dies exits 121, by the server's word or by its own life", async () => {
  await using home = await CliHome.create();
  await using told = await FakeServer.start(flow([() => refusal(401, "expired_token")]));
  await using silent = await FakeServer.start(flow([pending], { expires_in: 1 }));
  for (const server of [told, silent]) {
    const { code, stderr } = await home.cortex(login(server));
    assert.equal(code, EXIT.refused);
    assert.match(stderr, /Start the login again/);
  }
});

Deno.test("a token that the server's own key did not sign is refused, and nothing is stored", async () => {
  await using home = await CliHome.create();
  await using impostor = await FakeServer.start(() => undefined);
  await using server = await FakeServer.start(
    flow([async () => Response.json({ access_token: await impostor.token("bot"), expires_in: 1 })]),
  );
  const { code, stderr } = await home.cortex(login(server));
  assert.equal(code, EXIT.refused);
  assert.match(stderr, /does not verify/);
  await assert.rejects(Deno.lstat(home.sessionFile), Deno.errors.NotFound);
});

Deno.test("B10: a token of another kind is no login: audience, issuer and end are checked", async () => {
  await using home = await CliHome.create();
  for (const claims of [{ aud: "cortex-cli" }, { iss: "someone" }, { exp: 1 }]) {
    await using server = await FakeServer.start(flow([approve("bot", claims)]));
    assert.equal((await home.cortex(login(server))).code, EXIT.refused, JSON.stringify(claims));
  }
});

Deno.test("a server whose key changed since the last login is refused loudly before anybody is asked", async () => {
  await using home = await CliHome.create();
  await using server = await FakeServer.start(flow([approve("bot")]));
  await home.cortex(login(server));
  await server.changeKey();
  server.seen.length = 0;
  const changed = await home.cortex(login(server));
  assert.equal(changed.code, EXIT.refused);
  assert.match(changed.stderr, /IS NOT THE ONE OF YOUR LAST LOGIN/);
  assert.deepEqual(server.seen.map(({ path }) => path), ["/.well-known/jwks.json"]);
  assert.equal((await home.cortex(login(server, "--trust-new-key"))).code, 0);
  assert.equal((await storedSession(home)).server_fingerprint, await server.fingerprint());
});

Deno.test("an impostor that lists the pinned key beside its own is refused when it signs", async () => {
  await using home = await CliHome.create();
  await using server = await FakeServer.start(flow([approve("bot")]));
  await home.cortex(login(server));
  server.otherKeys.push(await server.publicJwk());
  await server.changeKey();
  const { code, stderr } = await home.cortex(login(server));
  assert.equal(code, EXIT.refused);
  assert.match(stderr, /IS NOT THE ONE OF YOUR LAST LOGIN/);
});

Deno.test("B26: login uses an existing key again and never overwrites it", async () => {
  await using home = await CliHome.create();
  await using server = await FakeServer.start(flow([approve("bot")]));
  await home.cortex(["gen-key", "--agent-id", "bot"]);
  const before = await Deno.readTextFile(`${home.home}/.cortex/agent-bot.key`);
  await home.cortex(login(server));
  assert.equal(await Deno.readTextFile(`${home.home}/.cortex/agent-bot.key`), before);
});

Deno.test("B26: login refuses a key that others could have read", async () => {
  await using home = await CliHome.create();
  await using server = await FakeServer.start(flow([approve("bot")]));
  await home.cortex(["gen-key", "--agent-id", "bot"]);
  await Deno.chmod(`${home.home}/.cortex/agent-bot.key`, 0o644);
  const { code, stderr } = await home.cortex(login(server));
  assert.equal(code, EXIT.failure);
  assert.match(stderr, /can be read by others/);
});

Deno.test("B26: login never writes through a symbolic link", async () => {
  await using home = await CliHome.create();
  await using server = await FakeServer.start(flow([approve("bot")]));
  await Deno.writeTextFile(`${home.folder}/victim`, "untouched");
  await Deno.symlink(`${home.folder}/victim`, home.sessionFile);
  const { code, stderr } = await home.cortex(login(server));
  assert.equal(code, EXIT.failure);
  assert.match(stderr, /symbolic link/);
  assert.equal(await Deno.readTextFile(`${home.folder}/victim`), "untouched");
});

Deno.test("B26: login takes others' rights off a loose ~/.cortex", async () => {
  await using home = await CliHome.create();
  await using server = await FakeServer.start(flow([approve("bot")]));
  await Deno.chmod(`${home.home}/.cortex`, 0o755);
  await home.cortex(login(server));
  assert.equal(await mode(`${home.home}/.cortex`), 0o700);
});

Deno.test("the predecessor's command line logs in the agent whose key gen-key made", async () => {
  await using home = await CliHome.create();
  await using server = await FakeServer.start(flow([approve("my-agent")]));
  await home.cortex(["gen-key", "--agent-id", "my-agent"]);
  const { code } = await home.cortex(["daemon", "login", "--url", server.url]);
  assert.equal(code, 0);
  assert.equal(server.seen.find(({ path }) => path === "/device/authorize")?.body.agent_id, "my-agent");
});

Deno.test("without a name the agent is called after user and host; with several keys it has to be said", async () => {
  await using home = await CliHome.create();
  await using server = await FakeServer.start(
    flow([approve(`tester-${Deno.hostname()}`.replace(/[^\w-]+/g, "-"))]),
  );
  assert.equal((await home.cortex(["daemon", "login", "--url", server.url])).code, 0);
  await Deno.remove(home.sessionFile);
  await home.cortex(["gen-key", "--agent-id", "second"]);
  const { code, stderr } = await home.cortex(["daemon", "login", "--url", server.url]);
  assert.equal(code, EXIT.failure);
  assert.match(stderr, /--agent-id/);
});

Deno.test("an approval under another name takes the key along, so that the daemon finds it", async () => {
  await using home = await CliHome.create();
  await using server = await FakeServer.start(flow([approve("renamed")]));
  assert.equal((await home.cortex(login(server))).code, 0);
  const read = (name: string) => Deno.readTextFile(`${home.home}/.cortex/agent-${name}.key`);
  assert.equal(await read("renamed"), await read("bot"));
  assert.equal((await storedSession(home)).agent_id, "renamed");
});

Deno.test("A15: login tells a running daemon to take the new login over", async () => {
  await using home = await CliHome.create();
  await using server = await FakeServer.start(flow([approve("bot")]));
  await using daemon = new FakeDaemon(home.socket, (_, connection) => connection.line({ ok: true }));
  const { stderr } = await home.cortex(login(server));
  assert.deepEqual(daemon.requests, [{ cmd: "reload" }]);
  assert.match(stderr, /took the new login over/);
});

Deno.test("login refuses plain http to another machine and redirects anywhere", async () => {
  await using home = await CliHome.create();
  await using server = await FakeServer.start(flow([approve("bot")]));
  await using redirect = await FakeServer.start((_, own) =>
    new Response(null, { status: 307, headers: { Location: `${own.url}/elsewhere` } })
  );
  const plain = await home.cortex([
    "daemon",
    "login",
    "--url",
    "http://vault.example.com",
    "--agent-id",
    "bot",
  ]);
  assert.equal(plain.code, EXIT.refused);
  assert.match(plain.stderr, /INSECURE_HTTP=1/);
  const moved = await home.cortex(login(redirect));
  assert.equal(moved.code, EXIT.refused);
  assert.match(moved.stderr, /redirect/);
  assert.ok(!redirect.seen.some(({ path }) => path === "/elsewhere"));
  assert.equal(server.seen.length, 0);
});

Deno.test("login to a server that is not there exits 123 and names the address", async () => {
  await using home = await CliHome.create();
  const { code, stderr } = await home.cortex([
    "daemon",
    "login",
    "--url",
    "http://127.0.0.1:1",
    "--agent-id",
    "bot",
  ]);
  assert.equal(code, EXIT.unreachable);
  assert.match(stderr, /Cannot reach the server at http:\/\/127\.0\.0\.1:1/);
});

Deno.test("a link to another server is not shown and not opened", async () => {
  await using home = await CliHome.create();
  const foreign = { verification_uri_complete: "https://evil.example/device?x=1" };
  await using server = await FakeServer.start(flow([approve("bot")], foreign));
  const { stderr } = await home.cortex(login(server));
  assert.ok(!stderr.includes("evil.example"));
});

Deno.test("logout removes the session, keeps the key, and may be repeated", async () => {
  await using home = await CliHome.create();
  await using server = await FakeServer.start(flow([approve("bot")]));
  await home.cortex(login(server));
  const first = await home.cortex(["daemon", "logout", "--json"]);
  const second = await home.cortex(["daemon", "logout"]);
  assert.equal(JSON.parse(first.stdout).logged_out, true);
  assert.equal(second.code, 0);
  assert.match(second.stderr, /Nobody was logged in/);
  assert.ok((await Deno.lstat(`${home.home}/.cortex/agent-bot.key`)).isFile);
});

Deno.test("the fingerprint that login shows is the one of the key it keeps", async () => {
  await using home = await CliHome.create();
  await using server = await FakeServer.start(flow([approve("bot")]));
  const { stderr } = await home.cortex(login(server));
  const seed = decodeKeyText(await Deno.readTextFile(`${home.home}/.cortex/agent-bot.key`)) ??
    new Uint8Array();
  assert.ok(stderr.includes(keyFingerprint(publicKeyOf(signingKey(seed)))));
});
