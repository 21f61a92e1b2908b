/** `cortex admin rotate-key` as a real process, against a server that the test plays. */

import assert from "node:assert/strict";
import { describe } from "../../../cli/admin/rotation_watch.ts";
import type { KekRotationProgress } from "../../../shared/api/kek_rotation.ts";
import { EXIT } from "../../../shared/errors.ts";
import { programCommand } from "../../support/programs.ts";
import { Terminal } from "../../support/terminal.ts";
import { CliHome } from "../support/cli_home.ts";
import { type Answer, FakeServer, refusal } from "../support/fake_server.ts";

const TOKEN = { CORTEX_ADMIN_TOKEN: "admin-token-of-the-test" };
const PRESENT = "the present words";
const NEXT = "the next words";

const RUNNING: KekRotationProgress = {
  state: "running",
  kek_version: 2,
  rows_total: 1_000,
  rows_rewrapped: 400,
  rows_remaining: 600,
  secrets_rewrapped: 397,
  begun_at: "2026-11-23 08:00:00",
  completed_at: null,
  unreadable: [],
  message: "The key is being rotated",
};
const COMPLETED: KekRotationProgress = {
  ...RUNNING,
  state: "completed",
  rows_rewrapped: 1_000,
  rows_remaining: 0,
  completed_at: "2026-11-23 08:00:05",
  message: "The key was rotated; all older recovery shares are void",
};

/** Begins a rotation, and tells of it as it goes on. */
function rotating(...progress: KekRotationProgress[]): Answer {
  return ({ method, path }) => {
    if (path !== "/admin/rotate-key") return undefined;
    if (method === "GET") return Response.json(progress.length > 1 ? progress.shift() : progress[0]);
    const { kek_version, ...rest } = RUNNING;
    return Response.json({ rotated: false, new_kek_version: kek_version, ...rest }, { status: 202 });
  };
}

const rotate = (url: string, ...more: string[]) => ["admin", "rotate-key", "--url", url, ...more];

const shell = (words: readonly string[]) => words.map((word) => `'${word}'`).join(" ");

Deno.test("rotate-key sends both passwords, watches until the end, and says that older shares are void", async () => {
  await using home = await CliHome.create();
  await using server = await FakeServer.start(rotating(RUNNING, COMPLETED));
  await Deno.writeTextFile(`${home.work}/next`, `${NEXT}\n`, { mode: 0o600 });
  const env = { ...TOKEN, CORTEX_KEK_PASSWORD: PRESENT };
  const { code, stdout, stderr } = await home.cortex(rotate(server.url, "--new-password-file", "next"), {
    env,
  });
  assert.equal(code, 0, stderr);
  assert.equal(stdout, "");
  assert.match(stderr, /Version 2 of the key has begun: the new password opens the vault from now on\n/);
  assert.match(
    stderr,
    /older recovery shares are void\.\nKey version 2: 1000 rows re-wrapped; begun .*complete/,
  );
  assert.deepEqual(server.seen.map(({ method }) => method), ["POST", "GET", "GET"]);
  assert.deepEqual(server.seen[0]?.body, {
    new_kek_password: NEXT,
    wait: false,
    current_kek_password: PRESENT,
  });
  assert.ok(!(stdout + stderr).includes(NEXT) && !(stdout + stderr).includes(PRESENT));
});

Deno.test("A2: rotate-key --current-password-lost sends none, whatever the environment says", async () => {
  await using home = await CliHome.create();
  await using server = await FakeServer.start(rotating(COMPLETED));
  const env = { ...TOKEN, CORTEX_KEK_PASSWORD: PRESENT, CORTEX_NEW_KEK_PASSWORD: NEXT };
  const { code, stdout } = await home.cortex(rotate(server.url, "--current-password-lost", "--json"), {
    env,
  });
  assert.equal(code, 0);
  assert.deepEqual(JSON.parse(stdout), COMPLETED);
  assert.deepEqual(server.seen[0]?.body, { new_kek_password: NEXT, wait: false });
});

Deno.test("rotate-key asks a terminal for the present password and twice for the new one", async () => {
  await using home = await CliHome.create();
  await using server = await FakeServer.start(rotating(COMPLETED));
  const env = await home.environment({ ...TOKEN, SHELL: "/bin/sh", HISTFILE: "/dev/null" });
  await using terminal = new Terminal(env, home.work);
  await terminal.type(`${shell([...programCommand("cortex"), ...rotate(server.url)])}\r`);
  let seen = await terminal.waitFor(/Present unseal password \(empty if lost\): /);
  await terminal.type("\r");
  seen += await terminal.waitFor(/New unseal password: /);
  await terminal.type(`${NEXT}\r`);
  seen += await terminal.waitFor(/The same once more: /);
  await terminal.type(`${NEXT}\r`);
  seen += await terminal.waitFor(/recovery shares are void/);
  assert.ok(!seen.includes(NEXT));
  assert.deepEqual(server.seen[0]?.body, { new_kek_password: NEXT, wait: false });
});

Deno.test("rotate-key that is interrupted says that the rotation goes on, and ends", async () => {
  await using home = await CliHome.create();
  await using server = await FakeServer.start(rotating(RUNNING));
  const env = await home.environment({
    ...TOKEN,
    CORTEX_KEK_PASSWORD: PRESENT,
    CORTEX_NEW_KEK_PASSWORD: NEXT,
    SHELL: "/bin/sh",
    HISTFILE: "/dev/null",
  });
  await using terminal = new Terminal(env, home.work);
  await terminal.type(`${shell([...programCommand("cortex"), ...rotate(server.url)])}\r`);
  await terminal.waitFor(/rotating the key: 400 of 1,000 rows/);
  await terminal.type("\x03");
  await terminal.waitFor(/the rotation goes on in the server: cortex admin rotate-key --status/);
  await terminal.type("echo code=$?\r");
  const [, code] = /code=(\d+)/.exec(await terminal.waitFor(/code=\d+\r?\n/)) ?? [];
  assert.equal(Number(code), EXIT.failure);
});

Deno.test("rotate-key waits for a server that is away for a moment", async () => {
  await using home = await CliHome.create();
  const busy = refusal(503, "server_stopping");
  const going = rotating(COMPLETED);
  let looks = 0;
  await using server = await FakeServer.start((seen, played) =>
    seen.method === "GET" && looks++ < 1 ? busy : going(seen, played)
  );
  const env = { ...TOKEN, CORTEX_KEK_PASSWORD: PRESENT, CORTEX_NEW_KEK_PASSWORD: NEXT };
  const { code, stderr } = await home.cortex(rotate(server.url), { env });
  assert.equal(code, 0, stderr);
  assert.equal(looks, 2);
});

Deno.test("rotate-key names rows that do not open, and fails", async () => {
  await using home = await CliHome.create();
  const unreadable = [{ table: "secrets", id: "a-row" }];
  const blocked: KekRotationProgress = {
    ...RUNNING,
    state: "blocked",
    unreadable,
    message: "Some do not open",
  };
  await using server = await FakeServer.start(rotating(blocked));
  const env = { ...TOKEN, CORTEX_KEK_PASSWORD: PRESENT, CORTEX_NEW_KEK_PASSWORD: NEXT };
  const { code, stderr } = await home.cortex(rotate(server.url), { env });
  assert.equal(code, EXIT.failure);
  assert.match(stderr, /row a-row of secrets does not open/);
  const status = await home.cortex(rotate(server.url, "--status"), { env });
  assert.equal(status.code, EXIT.failure);
  assert.equal(server.seen.filter(({ method }) => method === "POST").length, 1, "--status begins nothing");
});

Deno.test("rotate-key says what the server refused, and needs a new password before it asks for anything", async () => {
  await using home = await CliHome.create();
  await using server = await FakeServer.start(() => refusal(409, "kek_rotation_running"));
  const lacking = await home.cortex(rotate(server.url), { env: { ...TOKEN, CORTEX_KEK_PASSWORD: PRESENT } });
  assert.equal(lacking.code, EXIT.failure);
  assert.match(lacking.stderr, /no new password/);
  assert.deepEqual(server.seen, []);
  const env = { ...TOKEN, CORTEX_KEK_PASSWORD: PRESENT, CORTEX_NEW_KEK_PASSWORD: NEXT };
  const refused = await home.cortex(rotate(server.url, "--json"), { env });
  assert.equal(refused.code, EXIT.failure);
  assert.equal(JSON.parse(refused.stderr).error_code, "kek_rotation_running");
});

Deno.test("describe gives rate and time to go once it has seen rows done", () => {
  const first = { atMs: 1_000, remaining: 1_000 };
  assert.equal(
    describe(RUNNING, undefined, { atMs: 1, remaining: 600 }),
    "rotating the key: 400 of 1,000 rows",
  );
  assert.equal(
    describe(RUNNING, first, { atMs: 3_000, remaining: 600 }),
    "rotating the key: 400 of 1,000 rows, 200 rows/s, 3 s to go",
  );
  assert.equal(
    describe(RUNNING, first, { atMs: 3_000, remaining: 1_000 }),
    "rotating the key: 400 of 1,000 rows",
  );
});
