/** Every command but `run` and `login`, as a real process. */

import { EXAMPLES } from "../../cli/help/examples.ts";
import { allCommands } from "../../cli/help/command_tree.ts";
import { programTree } from "../../cli/program.ts";
import assert from "node:assert/strict";
import { markLogin } from "../../cli/login_mark.ts";
import config from "../../deno.json" with { type: "json" };
import { decodeKeyText, publicKeyOf, signingKey, verifyingKey } from "../../shared/crypto/ed25519.ts";
import { fromBase64Url, toBase64Url } from "../../shared/encoding.ts";
import { EXIT } from "../../shared/errors.ts";
import { libc } from "../../shared/os/libc.ts";
import { verifyAuthProof } from "../../shared/proofs/auth_proof.ts";
import type { StatusAnswer } from "../../shared/socket/messages.ts";
import { CliHome } from "./support/cli_home.ts";
import { FakeDaemon } from "./support/fake_daemon.ts";
import { FakeServer, refusal } from "./support/fake_server.ts";

/** Opened before any test, because it stays open. */
libc();

const STATUS: StatusAnswer = {
  ok: true,
  session: { server_url: "https://vault.example", expires_at: "2027-01-01 00:00:00" },
  attest_session_id: "s-1",
  agent_id: "bot",
  server_url: "https://vault.example",
  version: "0.1.0",
  pid: 42,
  uptime_seconds: 300,
  binary_sha256: "ab".repeat(32),
  session_state: "attested",
  session_expires_at: "2026-12-01 00:00:00",
  hardening: [{ step: "not dumpable", done: true }, {
    step: "locked pages",
    done: false,
    reason: "no limit",
  }],
  projects: [{ project: "shop", token_expires_at: "2026-12-02 00:00:00" }],
  running_children: 1,
};

function keyFile(home: CliHome, agentId = "bot"): string {
  return `${home.home}/.cortex/agent-${agentId}.key`;
}

Deno.test("gen-key prints the public key alone and two notes, and keeps the private key private", async () => {
  await using home = await CliHome.create();
  const { code, stdout, stderr } = await home.cortex(["gen-key", "--agent-id", "bot"]);
  const text = await Deno.readTextFile(keyFile(home));
  assert.equal(code, 0);
  assert.equal(stdout, `${toBase64Url(publicKeyOf(signingKey(decodeKeyText(text) ?? new Uint8Array())))}\n`);
  assert.equal(stderr.trimEnd().split("\n").length, 2);
  assert.match(text, /^[\w-]{43}$/);
  assert.equal(((await Deno.stat(keyFile(home))).mode ?? 0) & 0o777, 0o600);
  assert.ok(!(stdout + stderr).includes(text));
});

Deno.test("B26: gen-key does not overwrite a key, unless it is forced to", async () => {
  await using home = await CliHome.create();
  const first = await home.cortex(["gen-key", "--agent-id", "bot", "--json"]);
  const second = await home.cortex(["gen-key", "--agent-id", "bot"]);
  assert.equal(second.code, EXIT.failure);
  assert.equal(second.stdout, "");
  assert.match(second.stderr, /--force/);
  const forced = await home.cortex(["gen-key", "--agent-id", "bot", "--force", "--json"]);
  assert.equal(forced.code, 0);
  assert.notEqual(JSON.parse(forced.stdout).agent_pub, JSON.parse(first.stdout).agent_pub);
  assert.equal(((await Deno.stat(keyFile(home))).mode ?? 0) & 0o777, 0o600);
});

Deno.test("gen-key --priv-key-file takes relative paths and names a directory that is missing", async () => {
  await using home = await CliHome.create();
  assert.equal((await home.cortex(["gen-key", "--agent-id", "bot", "--priv-key-file", "my.key"])).code, 0);
  assert.ok((await Deno.stat(`${home.work}/my.key`)).isFile);
  const { code, stderr } = await home.cortex([
    "gen-key",
    "--agent-id",
    "bot",
    "--priv-key-file",
    "no/my.key",
  ]);
  assert.equal(code, EXIT.failure);
  assert.match(stderr, /make the directory first/);
});

Deno.test("B23: gen-key refuses ids that would leave the directory or break the header", async () => {
  await using home = await CliHome.create();
  for (const id of ["../x", "a.b", ""]) {
    assert.notEqual((await home.cortex(["gen-key", "--agent-id", id])).code, 0);
  }
  assert.deepEqual([...Deno.readDirSync(`${home.home}/.cortex`)], []);
});

Deno.test("sign-proof prints one line of JSON that verifies, with a fresh nonce each time", async () => {
  await using home = await CliHome.create();
  const { stdout: agentPub } = await home.cortex(["gen-key", "--agent-id", "bot"]);
  const args = ["sign-proof", "--agent-id", "bot", "--priv-key-file", keyFile(home)];
  const proofs = [await home.cortex(args), await home.cortex(args)].map(({ stdout }) => JSON.parse(stdout));
  const key = verifyingKey(fromBase64Url(agentPub.trim()) ?? new Uint8Array());
  for (const { auth_proof, nonce, ts } of proofs) {
    assert.ok(
      verifyAuthProof(key, { ts, nonce, agentId: "bot" }, fromBase64Url(auth_proof) ?? new Uint8Array()),
    );
    assert.match(nonce, /^[0-9a-f]{16}$/);
  }
  assert.notEqual(proofs[0].nonce, proofs[1].nonce);
});

Deno.test("sign-proof refuses a key file that is missing, damaged or open to others", async () => {
  await using home = await CliHome.create();
  const sign = (file: string) => home.cortex(["sign-proof", "--agent-id", "bot", "--priv-key-file", file]);
  assert.equal((await sign(`${home.work}/none`)).code, EXIT.notReady);
  await Deno.writeTextFile(`${home.work}/bad`, "SECRET-not-a-key", { mode: 0o600 });
  const damaged = await sign(`${home.work}/bad`);
  assert.equal(damaged.code, EXIT.failure);
  assert.doesNotMatch(damaged.stderr, /SECRET/);
  await home.cortex(["gen-key", "--agent-id", "bot"]);
  await Deno.chmod(keyFile(home), 0o640);
  assert.match((await sign(keyFile(home))).stderr, /chmod 600/);
});

Deno.test("version and --version say the version of deno.json", async () => {
  await using home = await CliHome.create();
  const { stdout } = await home.cortex(["--version"]);
  assert.ok(stdout.startsWith(`cortex ${config.version} (`), stdout);
  assert.equal(JSON.parse((await home.cortex(["version", "--json"])).stdout).version, config.version);
});

Deno.test("every command has help with exit code 0 on standard output", async () => {
  await using home = await CliHome.create();
  const commands = ["run", "status", "daemon", "gen-key", "sign-proof", "discover", "version"];
  const verbs = ["login", "status", "logout", "start", "stop"].map((verb) => ["daemon", verb]);
  for (const command of [...commands.map((name) => [name]), ...verbs]) {
    const { code, stdout, stderr } = await home.cortex([...command, "--help"]);
    assert.deepEqual([code, stderr], [0, ""], command.join(" "));
    assert.match(stdout, new RegExp(`^Usage: cortex ${command.join(" ")}`), command.join(" "));
  }
  assert.equal((await home.cortex(["help", "run"])).stdout, (await home.cortex(["run", "--help"])).stdout);
});

Deno.test("the help of every command has an example, where the exit codes are, and the same words for help", async () => {
  await using home = await CliHome.create();
  const leaves = allCommands(programTree()).filter(({ commands }) => commands.length === 0);
  for (const { words, more } of leaves.filter(({ words }) => !["run", "ssh"].includes(words[1] ?? ""))) {
    assert.match(more, new RegExp(`^ {2}(.*\\| )?(source <\\()?${words.join(" ")}`, "m"), words.join(" "));
    assert.match(more, /cortex --help$/, words.join(" "));
  }
  for (const words of [["daemon", "--help"], ["admin", "grants", "add", "--help"]]) {
    assert.match((await home.cortex(words)).stdout, /^ {2}-h, --help +print help$/m);
  }
});

Deno.test("every example is of a command that there is, by its options and with its arguments", () => {
  const commands = allCommands(programTree());
  for (const [name, example] of Object.entries(EXAMPLES)) {
    const command = commands.find(({ words }) => words.slice(1).join(" ") === name);
    assert.ok(command, `there is no command ${name}`);
    assert.ok(example.startsWith(command.words.join(" ")), example);
    const known = command.options.flatMap(({ names }) => names);
    const typed = [...example.matchAll(/ (--?[a-z][a-z-]*)/g)].map(([, option = ""]) => option);
    assert.deepEqual(typed.filter((option) => !known.includes(option)), [], example);
    const wanted = [...command.usage.matchAll(/<([a-z0-9-]+)>/g)].length;
    const given = example.slice(command.words.join(" ").length).split(/ --?[a-z]/)[0]?.match(/\S+/g) ?? [];
    assert.equal(given.length, wanted, example);
  }
});

Deno.test("a mistake says which help to read, however deep the command", async () => {
  await using home = await CliHome.create();
  const cases = [
    [["admin", "secrets", "lst"], "admin secrets"],
    [["admin", "grants", "add", "--nope"], "admin grants add"],
    [["nope"], ""],
  ] as const;
  for (const [args, words] of cases) {
    const { stderr } = await home.cortex(args);
    assert.match(stderr, new RegExp(`See ${["cortex", words, "--help"].filter(Boolean).join(" ")}$`, "m"));
  }
});

Deno.test("help documents every exit code", async () => {
  await using home = await CliHome.create();
  const { stdout } = await home.cortex(["--help"]);
  for (const code of Object.values(EXIT)) {
    if (code !== 0) assert.match(stdout, new RegExp(`^ {2}${code} `, "m"));
  }
});

Deno.test("a mistyped command or option is a usage error, 2, and the nearest is suggested", async () => {
  await using home = await CliHome.create();
  const cases = [[["runn"], /Did you mean run\?/], [["daemon", "statsu"], /Did you mean status\?/], [
    ["status", "--jsn"],
    /Did you mean --json\?/,
  ], [["gen-key"], /--agent-id/]] as const;
  for (const [args, wanted] of cases) {
    const { code, stdout, stderr } = await home.cortex(args);
    assert.deepEqual([code, stdout], [EXIT.usage, ""]);
    assert.match(stderr, wanted);
  }
});

Deno.test("C6: status tells a running daemon with all that a person asks about, and exits 0", async () => {
  await using home = await CliHome.create();
  await using _daemon = new FakeDaemon(home.socket, (_, connection) => connection.line(STATUS));
  for (const command of [["status"], ["daemon", "status"]]) {
    const { code, stdout } = await home.cortex(command);
    assert.equal(code, 0);
    for (
      const text of [
        "running, pid 42",
        "https://vault.example as bot",
        "shop",
        "locked pages (no limit)",
        "ab".repeat(32),
      ]
    ) {
      assert.ok(stdout.includes(text), `${text} is missing in:\n${stdout}`);
    }
  }
});

Deno.test("C6: status exits 122 while the daemon is not ready, and says the problem", async () => {
  await using home = await CliHome.create();
  const problem = { error: "The binary is not on the allowlist", error_code: "binary_not_allowed" };
  await using _daemon = new FakeDaemon(
    home.socket,
    (_, connection) => connection.line({ ...STATUS, session_state: "refused", problem }),
  );
  const { code, stdout } = await home.cortex(["status"]);
  assert.equal(code, EXIT.notReady);
  assert.match(stdout, /not on the allowlist/);
});

Deno.test("C6: status without a daemon says so, tells the login, and exits 122", async () => {
  await using home = await CliHome.create();
  const none = await home.cortex(["status"]);
  assert.equal(none.code, EXIT.notReady);
  assert.match(none.stdout, /not running[^]*Next +cortex daemon login/);
  const session = {
    access_token: "CANARY.token.x",
    expires_in: 1,
    server_url: "https://v.example",
    agent_id: "bot",
  };
  await Deno.writeTextFile(home.sessionFile, JSON.stringify(session), { mode: 0o600 });
  const stopped = await home.cortex(["status"]);
  assert.match(stopped.stdout, /https:\/\/v\.example as bot[^]*Next +cortex daemon start/);
  const json = await home.cortex(["status", "--json"]);
  assert.deepEqual(JSON.parse(json.stdout).running, false);
  assert.doesNotMatch(stopped.stdout + json.stdout, /CANARY/);
});

Deno.test("B3: a token in the daemon's answer, as the predecessor's sends it, is never shown", async () => {
  await using home = await CliHome.create();
  const leaky = {
    ok: true,
    session: { access_token: "CANARY", server_url: "https://v.example" },
    attest_session_id: "s",
  };
  await using _daemon = new FakeDaemon(
    home.socket,
    (_, connection) => connection.line({ ...leaky, agent_id: "bot" }),
  );
  for (const args of [["status"], ["status", "--json"], ["daemon", "status", "--json"]]) {
    const { code, stdout, stderr } = await home.cortex(args);
    assert.equal(code, 0);
    assert.doesNotMatch(stdout + stderr, /CANARY/);
  }
});

Deno.test("stop asks the daemon to end and waits until it is gone; without one it says so", async () => {
  await using home = await CliHome.create();
  const none = await home.cortex(["daemon", "stop"]);
  assert.deepEqual([none.code, /No daemon runs/.test(none.stderr)], [0, true]);
  const commands: unknown[] = [];
  const daemon = new FakeDaemon(home.socket, async (request, connection) => {
    commands.push(request.cmd);
    await connection.line({ ok: true });
    if (commands.length === 2) daemon.close();
  });
  await using _daemon = daemon;
  const { code, stdout } = await home.cortex(["daemon", "stop", "--json"]);
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(stdout), { ok: true, was_running: true });
  assert.deepEqual(commands, ["stop", "status"]);
});

Deno.test("start leaves a daemon that runs alone", async () => {
  await using home = await CliHome.create();
  await using daemon = new FakeDaemon(home.socket, (_, connection) => connection.line(STATUS));
  const { code, stdout } = await home.cortex(["daemon", "start", "--json"]);
  assert.equal(code, 0);
  assert.equal(JSON.parse(stdout).started, false);
  assert.ok(daemon.requests.every(({ cmd }) => cmd === "status"));
});

Deno.test("start waits for a login that is under way in another terminal, and for no other", async () => {
  await using home = await CliHome.create();
  let asked = 0;
  const loggedOut = { ...STATUS, session: null, server_url: "", session_state: "logged_out" };
  await using _daemon = new FakeDaemon(
    home.socket,
    (_, connection) => connection.line(++asked < 4 ? loggedOut : STATUS),
  );
  const alone = JSON.parse((await home.cortex(["daemon", "start", "--json"])).stdout);
  assert.deepEqual([alone.session_state, asked], ["logged_out", 2]);
  using _login = markLogin(`${home.home}/.cortex`);
  const waited = JSON.parse((await home.cortex(["daemon", "start", "--json"])).stdout);
  assert.equal(waited.session_state, "attested");
});

const DISCOVERED = {
  mapped_keys: {},
  full_matched: true,
  project_token: "ab".repeat(32),
  token_expires_at: "2027-01-01 00:00:00",
  unmatched_keys: ["OTHER"],
};

function discover(url: string, ...more: string[]): string[] {
  return ["discover", "--project", "my shop", "--url", url, "--agent-id", "bot", ...more];
}

Deno.test("discover sends a proof and names without values, and keeps the predecessor's outputs", async () => {
  await using home = await CliHome.create();
  await using server = await FakeServer.start(() => Response.json(DISCOVERED));
  await home.cortex(["gen-key", "--agent-id", "bot"]);
  await Deno.writeTextFile(`${home.work}/.env`, "API_KEY=canary\nOTHER=canary\n");
  const { code, stdout, stderr } = await home.cortex(discover(server.url, "--regenerate"));
  assert.equal(code, 0, stderr);
  assert.equal(stdout, `${DISCOVERED.project_token}\n`);
  assert.match(stderr, /no grant for OTHER/);
  const file = `${home.home}/.cortex-token-my shop`;
  assert.equal(await Deno.readTextFile(file), DISCOVERED.project_token);
  assert.equal(((await Deno.stat(file)).mode ?? 0) & 0o777, 0o600);
  const { auth_proof: _, ts: _ts, nonce: _nonce, ...body } = server.seen[0]?.body ?? {};
  assert.deepEqual(body, {
    agent_id: "bot",
    context: { project_name: "my shop", file_content: "API_KEY=\nOTHER=\n" },
    regenerate_token: true,
  });
});

Deno.test("B26: discover replaces a symbolic link at its token file instead of writing through it", async () => {
  await using home = await CliHome.create();
  await using server = await FakeServer.start(() => Response.json(DISCOVERED));
  await home.cortex(["gen-key", "--agent-id", "bot"]);
  await Deno.writeTextFile(`${home.folder}/victim`, "untouched");
  await Deno.symlink(`${home.folder}/victim`, `${home.home}/.cortex-token-my shop`);
  await home.cortex(discover(server.url));
  assert.equal(await Deno.readTextFile(`${home.folder}/victim`), "untouched");
});

Deno.test("A14: a server that wants attestation sends discover's user to cortex run", async () => {
  await using home = await CliHome.create();
  await using server = await FakeServer.start(() => refusal(401, "attestation_required"));
  await home.cortex(["gen-key", "--agent-id", "bot"]);
  const { code, stdout, stderr } = await home.cortex(discover(server.url));
  assert.deepEqual([code, stdout], [EXIT.refused, ""]);
  assert.match(stderr, /Use cortex run/);
});

Deno.test("discover tells a pending approval like run, with the server's address", async () => {
  await using home = await CliHome.create();
  const details = { grant_id: "g-1", requested_keys: ["a"] };
  await using server = await FakeServer.start(() => refusal(403, "pending_approval", { details }));
  await home.cortex(["gen-key", "--agent-id", "bot"]);
  const { code, stderr } = await home.cortex(discover(server.url));
  assert.equal(code, EXIT.pendingApproval);
  assert.match(stderr, /\[cortex-cli\] grant_id: g-1/);
  assert.ok(stderr.includes(`approve with: cortex admin approvals approve g-1 --url ${server.url}, or at`));
});

Deno.test("colours stay away from pipes", async () => {
  await using home = await CliHome.create();
  const { stdout, stderr } = await home.cortex(["status", "--nope"]);
  assert.ok(!(stdout + stderr).includes("\x1b"));
});

Deno.test("--json tells failures of every command as one line of JSON on standard error", async () => {
  await using home = await CliHome.create();
  const cases = [
    ["gen-key", "--agent-id", "a.b", "--json"],
    ["daemon", "login", "--url", "nonsense", "--json"],
    ["discover", "--project", "p", "--url", "http://127.0.0.1:1", "--agent-id", "none", "--json"],
    ["status", "--json", "--nope"],
    ["run", "--json"],
  ];
  for (const args of cases) {
    const { code, stdout, stderr } = await home.cortex(args);
    const told = JSON.parse(stderr);
    assert.notEqual(code, 0, args.join(" "));
    assert.equal(stdout, "");
    assert.deepEqual([told.ok, typeof told.error, typeof told.error_code], [false, "string", "string"]);
  }
});
