/** `cortex admin recovery-shares` as a real process, against a server that the test plays. */

import assert from "node:assert/strict";
import { EXIT } from "../../../shared/errors.ts";
import { printRecoveryShare, SHARE_BODY_BYTES } from "../../../shared/recovery_share.ts";
import { programCommand } from "../../support/programs.ts";
import { Terminal } from "../../support/terminal.ts";
import { CliHome } from "../support/cli_home.ts";
import { type Answer, FakeServer, refusal } from "../support/fake_server.ts";

const SECRETS = {
  CORTEX_ADMIN_TOKEN: "admin-token-of-the-test",
  CORTEX_KEK_PASSWORD: "the operator's words",
};

const SHARES = [1, 2, 3].map((number) =>
  printRecoveryShare({
    setId: Uint8Array.of(1, 2, 3, 4, 5),
    keyTag: Uint8Array.of(6, 7, 8, 9),
    kekVersion: 1,
    threshold: 2,
    number,
    total: 3,
    body: new Uint8Array(SHARE_BODY_BYTES).fill(number * 40),
  })
);

const SET = { threshold: 2, shares_count: 3, kek_version: 1, created_at: "2026-11-23 08:00:00" };
const MADE = { ...SET, set_id: "0410-6105", shares: SHARES, older_sets: 0, warning: "Keep them apart" };

function answering(change: Record<string, unknown> = {}): Answer {
  return ({ path }) => path === "/admin/shamir/generate" ? Response.json({ ...MADE, ...change }) : undefined;
}

const generate = (
  url: string,
  ...more: string[]
) => ["admin", "recovery-shares", "generate", "--url", url, "--threshold", "2", "--shares", "3", ...more];

Deno.test("generate writes each share into a private file of its own and names the files", async () => {
  await using home = await CliHome.create();
  await using server = await FakeServer.start(answering());
  const { code, stdout, stderr } = await home.cortex(generate(server.url, "--out-dir", "shares"), {
    env: SECRETS,
  });
  assert.equal(code, 0, stderr);
  assert.deepEqual(server.seen.at(-1)?.body, {
    threshold: 2,
    shares: 3,
    password: SECRETS.CORTEX_KEK_PASSWORD,
  });
  const files = stdout.trimEnd().split("\n");
  assert.equal(files.length, 3);
  for (const [at, file] of files.entries()) {
    assert.equal(file, `${home.work}/shares/recovery-share-${at + 1}-of-3-0410-6105.txt`);
    assert.equal(((await Deno.stat(file)).mode ?? 0) & 0o777, 0o600);
    const lines = (await Deno.readTextFile(file)).trimEnd().split("\n");
    assert.equal(lines.at(-1), SHARES[at]);
    assert.match(lines.join("\n"), /^# Recovery share \d of 3, set 0410-6105.*\n# Any 2 shares /);
  }
  assert.equal(((await Deno.stat(`${home.work}/shares`)).mode ?? 0) & 0o777, 0o700);
  assert.match(stderr, /Set 0410-6105: any 2 of 3 shares open the vault/);
  for (const share of SHARES) assert.ok(!(stdout + stderr).includes(share));
});

Deno.test("generate puts no share into a pipe that nobody asked for, and makes none", async () => {
  await using home = await CliHome.create();
  await using server = await FakeServer.start(answering());
  const { code, stdout, stderr } = await home.cortex(generate(server.url), { env: SECRETS });
  assert.equal(code, EXIT.failure);
  assert.equal(stdout, "");
  assert.match(stderr, /no terminal.*--out-dir/);
  assert.deepEqual(server.seen, []);
});

Deno.test("generate --json prints the whole answer; with --out-dir it prints file names in place of shares", async () => {
  await using home = await CliHome.create();
  await using server = await FakeServer.start(answering());
  const plain = await home.cortex(generate(server.url, "--json"), { env: SECRETS });
  assert.deepEqual(JSON.parse(plain.stdout), MADE);
  const filed = await home.cortex(generate(server.url, "--json", "--out-dir", "out"), { env: SECRETS });
  const { files, ...rest } = JSON.parse(filed.stdout);
  assert.equal(files.length, 3);
  assert.equal("shares" in rest, false);
  assert.ok(!filed.stdout.includes(SHARES[0] ?? ""));
});

Deno.test("generate shows a terminal one share at a time and takes it off the screen", async () => {
  await using home = await CliHome.create();
  await using server = await FakeServer.start(answering({ older_sets: 2 }));
  await using terminal = new Terminal(
    await home.environment({ SHELL: "/bin/sh", HISTFILE: "/dev/null" }),
    home.work,
  );
  const command = [...programCommand("cortex"), ...generate(server.url)].map((part) => `'${part}'`).join(" ");
  await terminal.type(`${command}\r`);
  await terminal.waitFor(/Admin token: /);
  await terminal.type(`${SECRETS.CORTEX_ADMIN_TOKEN}\r`);
  await terminal.waitFor(/Unseal password of the vault: /);
  await terminal.type(`${SECRETS.CORTEX_KEK_PASSWORD}\r`);
  for (const [at, share] of SHARES.entries()) {
    const seen = await terminal.waitFor(/Press Enter once it is kept/);
    assert.ok(seen.includes(share));
    assert.equal(seen.includes("\x1b[2J\x1b[3J"), at > 0, "the one before is taken away first");
    for (const other of SHARES.filter((text) => text !== share)) assert.ok(!seen.includes(other));
    await terminal.type("\r");
  }
  const end = await terminal.waitFor(/Keep them apart/);
  assert.ok(end.includes("\x1b[2J\x1b[3J"));
  assert.match(end, /2 older sets open it as well/);
});

Deno.test("generate that is interrupted says which set was made and how far it got", async () => {
  await using home = await CliHome.create();
  await using server = await FakeServer.start(answering());
  await using terminal = new Terminal(
    await home.environment({ ...SECRETS, SHELL: "/bin/sh", HISTFILE: "/dev/null" }),
    home.work,
  );
  const command = [...programCommand("cortex"), ...generate(server.url)].map((part) => `'${part}'`).join(" ");
  await terminal.type(`${command}\r`);
  await terminal.waitFor(/Press Enter once it is kept/);
  await terminal.type("\x03");
  const seen = await terminal.waitFor(/generate another set/);
  assert.match(seen, /Set 0410-6105 was made, but only 1 of 3 of its shares were shown/);
});

Deno.test("generate says what the server refused", async () => {
  await using home = await CliHome.create();
  await using server = await FakeServer.start(() => refusal(403, "auth_password_wrong"));
  const { code, stderr } = await home.cortex(generate(server.url, "--json"), { env: SECRETS });
  assert.equal(code, EXIT.refused);
  assert.equal(JSON.parse(stderr).error_code, "auth_password_wrong");
});

Deno.test("generate needs a password and whole numbers before it asks the server for anything", async () => {
  await using home = await CliHome.create();
  await using server = await FakeServer.start(answering());
  const { CORTEX_ADMIN_TOKEN } = SECRETS;
  const lacking = await home.cortex(generate(server.url, "--json"), { env: { CORTEX_ADMIN_TOKEN } });
  assert.equal(lacking.code, EXIT.failure);
  assert.match(lacking.stderr, /no unseal password/);
  const wrong = await home.cortex(generate(server.url, "--threshold", "two"), { env: SECRETS });
  assert.match(wrong.stderr, /whole numbers/);
  assert.deepEqual(server.seen, []);
});

Deno.test("list says of each set whether it opens the vault", async () => {
  await using home = await CliHome.create();
  const sets = [
    { ...SET, set_id: "0410-6105", opens_vault: true },
    { ...SET, set_id: "AAAA-BBBB", opens_vault: false },
  ];
  await using server = await FakeServer.start(() => Response.json(sets));
  const list = ["admin", "recovery-shares", "list", "--url", server.url];
  const { stdout } = await home.cortex(list, { env: SECRETS });
  assert.match(
    stdout,
    /^0410-6105 {2}2 of 3 .*opens the vault\nAAAA-BBBB .*void since the key was rotated\n$/,
  );
  assert.deepEqual(JSON.parse((await home.cortex([...list, "--json"], { env: SECRETS })).stdout), sets);
});

Deno.test("check says whether a kept share is whole and still good, and sends it nowhere", async () => {
  await using home = await CliHome.create();
  const set = { ...SET, set_id: "0410-6105" };
  const answers: Record<string, unknown>[] = [{ ...set, opens_vault: true }];
  await using server = await FakeServer.start(() => Response.json(answers));
  const file = `${home.work}/share`;
  await Deno.writeTextFile(file, `# kept by Ada\n${SHARES[1]}\n`, { mode: 0o600 });
  const check = ["admin", "recovery-shares", "check", "--url", server.url, "--share-file", file];
  const good = await home.cortex(check, { env: SECRETS });
  assert.equal(good.code, 0, good.stderr);
  assert.match(good.stdout, /^Share 2 of 3, set 0410-6105: whole; 2 are needed\n.*opens the vault\n$/);
  answers[0] = { ...set, opens_vault: false };
  const stale = await home.cortex([...check, "--json"], { env: SECRETS });
  assert.equal(stale.code, EXIT.failure);
  assert.equal(JSON.parse(stale.stdout).state, "void");
  answers.pop();
  assert.match((await home.cortex(check, { env: SECRETS })).stdout, /does not know this set/);
  assert.deepEqual(server.seen.map(({ method, path, body }) => [method, path, body]), [
    ["GET", "/admin/shamir/sets", {}],
    ["GET", "/admin/shamir/sets", {}],
    ["GET", "/admin/shamir/sets", {}],
  ]);
});

Deno.test("check names the group of a share that was copied wrongly", async () => {
  await using home = await CliHome.create();
  const file = `${home.work}/share`;
  const text = SHARES[0] ?? "";
  const wrong = `${text.slice(0, 30)}${text[30] === "7" ? "8" : "7"}${text.slice(31)}`;
  await Deno.writeTextFile(file, wrong, { mode: 0o600 });
  const check = ["admin", "recovery-shares", "check", "--url", "http://127.0.0.1:1", "--share-file", file];
  const { code, stderr } = await home.cortex(check, { env: SECRETS });
  assert.equal(code, EXIT.failure);
  assert.match(stderr, /mistyped: look at group 6 of 22/);
  assert.ok(!stderr.includes(wrong.slice(30, 50)));
});
