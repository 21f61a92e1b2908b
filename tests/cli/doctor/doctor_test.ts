/** `cortex doctor` on set-ups that are broken in one way each: the cause is named, with what to do. */

import assert from "node:assert/strict";
import { VERSION } from "../../../shared/version.ts";
import { type ErrorCode, wireCode } from "../../../shared/errors.ts";
import { libc } from "../../../shared/os/libc.ts";
import { CliHome } from "../support/cli_home.ts";
import { FakeDaemon } from "../support/fake_daemon.ts";
import { FakeServer } from "../support/fake_server.ts";

/** Opened before any test, because it stays open. */
libc();

const HOUR_MS = 3_600_000;
const HASH = "ab".repeat(32);

const HEALTHY = {
  ok: true,
  session: null,
  attest_session_id: "s",
  agent_id: "bot",
  version: VERSION,
  pid: 42,
  uptime_seconds: 1,
  binary_sha256: HASH,
  session_state: "attested",
  hardening: [{ step: "not dumpable", done: true }],
  projects: [],
  running_children: 0,
};

interface SetUp {
  readonly session?: Readonly<Record<string, unknown>> | string | null;
  /** What the daemon says; null for none. */
  readonly daemon?: Readonly<Record<string, unknown>> | null;
  readonly ready?: () => Response;
  readonly mode?: number;
  readonly break?: (home: CliHome) => Promise<void> | void;
}

interface Finding {
  readonly check: string;
  readonly verdict: string;
  readonly says: string;
  readonly fix?: string;
}

const keyOf = ({ home }: CliHome) => `${home}/.cortex/agent-bot.key`;

/** A daemon that the server does not let in, by the codes that a server answers with. */
const refused = (code: ErrorCode): SetUp => ({
  daemon: {
    session_state: "refused",
    problem: { error: `because of ${code}`, error_code: wireCode(code) },
  },
});

/** A server that says it is not ready, as one does. */
const notReady = (code: ErrorCode): SetUp => ({
  ready: () => Response.json({ error: `because of ${code}`, error_code: wireCode(code) }, { status: 503 }),
});

/** Everything is in order but for what the set-up says. */
async function examine(
  setUp: SetUp,
): Promise<{ readonly code: number; readonly findings: readonly Finding[] }> {
  await using home = await CliHome.create();
  const ready = setUp.ready ?? (() => Response.json({ ok: true }));
  await using server = await FakeServer.start(({ path }) => path === "/readyz" ? ready() : undefined);
  const session = setUp.session === undefined ? {} : setUp.session;
  if (session !== null) {
    const fields = {
      access_token: "secret-token-canary",
      expires_in: 1,
      server_url: server.url,
      agent_id: "bot",
    };
    const text = typeof session === "string" ? session : JSON.stringify({ ...fields, ...session });
    await Deno.writeTextFile(home.sessionFile, text, { mode: 0o600 });
    await Deno.writeTextFile(keyOf(home), "", { mode: 0o600 });
  }
  const { daemon = {} } = setUp;
  await using fake = daemon === null
    ? undefined
    : new FakeDaemon(home.socket, (_request, connection) => connection.line({ ...HEALTHY, ...daemon }));
  if (fake !== undefined) await Deno.chmod(home.socket, 0o600);
  await setUp.break?.(home);
  const { code, stdout, stderr } = await home.cortex(["doctor", "--json"]);
  assert.ok(!(stdout + stderr).includes("secret-token-canary"));
  assert.equal(stderr, "");
  return { code, findings: JSON.parse(stdout).findings };
}

const at = (ms: number) => new Date(Date.now() + ms).toISOString().slice(0, 19).replace("T", " ");

Deno.test("cortex doctor finds nothing where everything is in order", async () => {
  const { code, findings } = await examine({ session: { expires_at: at(30 * 24 * HOUR_MS) } });
  assert.deepEqual(findings.filter(({ verdict }) => verdict !== "ok"), []);
  assert.equal(code, 0);
});

const CASES: readonly [string, SetUp, Partial<Finding>, RegExp][] = [
  ["nobody is logged in", { session: null }, { check: "login", verdict: "failure" }, /cortex daemon login/],
  ["the login is damaged", { session: "{" }, { check: "login", verdict: "failure" }, /login/],
  [
    "the login has ended",
    { session: { expires_at: at(-HOUR_MS) } },
    { check: "login", verdict: "failure" },
    /login/,
  ],
  [
    "the login ends soon",
    { session: { expires_at: at(HOUR_MS) } },
    { check: "login", verdict: "warning" },
    /daemon/,
  ],
  ["no daemon runs", { daemon: null }, { check: "daemon", verdict: "failure" }, /cortex daemon start/],
  ["the daemon is of another version", { daemon: { version: "0.0.1" } }, {
    check: "daemon",
    verdict: "warning",
  }, /restart/],
  [
    "the daemon is not on the list of allowed ones",
    refused("daemon.binary_not_allowed"),
    { check: "session", verdict: "failure" },
    new RegExp(`cortex admin allowlist add ${HASH}`),
  ],
  [
    "the agent is frozen",
    refused("agent.frozen"),
    { check: "session", verdict: "failure" },
    /cortex admin agents unfreeze bot/,
  ],
  [
    "the server does not know the agent's key",
    refused("auth.invalid"),
    { check: "session", verdict: "failure" },
    /cortex daemon restart/,
  ],
  [
    "the daemon may not read the key",
    { daemon: { ...refused("client.file_unsafe").daemon, session_state: "logged_out" } },
    { check: "session", verdict: "failure" },
    /mend the file/,
  ],
  [
    "the daemon could not take a step of hardening",
    { daemon: { hardening: [{ step: "locked pages", done: false, reason: "no limit" }] } },
    { check: "hardening", verdict: "warning" },
    /reason/,
  ],
  ["the server is sealed", notReady("server.sealed"), {
    check: "server",
    verdict: "failure",
    says: "because of server.sealed",
  }, /cortex admin unseal/],
  ["the server cannot write its log", notReady("server.audit_unavailable"), {
    check: "server",
    verdict: "failure",
    says: "because of server.audit_unavailable",
  }, /operator/],
  [
    "the server does not answer",
    { session: { server_url: "http://127.0.0.1:9" } },
    { check: "server", verdict: "failure" },
    /address/,
  ],
  [
    "the clocks are apart",
    { ready: () => new Response("", { headers: { Date: new Date(Date.now() - HOUR_MS).toUTCString() } }) },
    { check: "clock", verdict: "failure" },
    /NTP/,
  ],
  [
    "the directory is open to others",
    { break: ({ home }) => Deno.chmod(`${home}/.cortex`, 0o755) },
    { check: "directory", verdict: "failure" },
    /chmod 700/,
  ],
  [
    "the session file is open to others",
    { break: ({ sessionFile }) => Deno.chmod(sessionFile, 0o644) },
    { check: "login", verdict: "failure" },
    /chmod 600 .*daemon-session\.json/,
  ],
  [
    "the key is missing",
    { break: (home) => Deno.remove(keyOf(home)) },
    { check: "key", verdict: "failure", says: "is missing" },
    /cortex daemon login/,
  ],
  [
    "the key is open to others",
    { break: (home) => Deno.chmod(keyOf(home), 0o640) },
    { check: "key", verdict: "failure" },
    /chmod 600 .*agent-bot\.key/,
  ],
  [
    "the socket is open to others",
    { break: ({ socket }) => Deno.chmod(socket, 0o666) },
    { check: "socket", verdict: "failure" },
    /restart/,
  ],
  [
    "something else lies in the socket's place",
    { daemon: null, break: ({ socket }) => Deno.writeTextFile(socket, "") },
    { check: "socket", verdict: "failure" },
    /move it away/,
  ],
];

for (const [title, setUp, expected, fix] of CASES) {
  Deno.test(`cortex doctor: ${title}`, async () => {
    const { code, findings } = await examine(setUp);
    const wrong = findings.filter(({ verdict }) => verdict !== "ok");
    const found = wrong.find(({ check }) => check === expected.check);
    assert.equal(found?.verdict, expected.verdict, JSON.stringify(wrong));
    assert.ok(found?.says.includes(expected.says ?? ""), found?.says);
    assert.match(found?.fix ?? "", fix);
    // Through a wrong socket no daemon is heard.
    const others = wrong.filter((each) =>
      each !== found && !(found?.check === "socket" && each.check === "daemon")
    );
    assert.deepEqual(others, [], "nothing else is wrong");
    assert.equal(code, wrong.some(({ verdict }) => verdict === "failure") ? 122 : 0);
  });
}

Deno.test("cortex daemon logs prints the last lines, and says where else to look", async () => {
  await using home = await CliHome.create();
  assert.match((await home.cortex(["daemon", "logs"])).stderr, /journalctl/);
  await Deno.writeTextFile(`${home.home}/.cortex/daemon.log`, "one\ntwo\n\x1b[2Jthree\n");
  assert.equal((await home.cortex(["daemon", "logs", "-n", "2"])).stdout, "two\n [2Jthree\n");
  assert.equal((await home.cortex(["daemon", "logs", "-n", "x"])).code, 125);
});
