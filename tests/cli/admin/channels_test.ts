/** `cortex admin channels` as a real process, against a real server and a real receiver. */

import assert from "node:assert/strict";
import { EXIT } from "../../../shared/errors.ts";
import { programCommand } from "../../support/programs.ts";
import { Terminal } from "../../support/terminal.ts";
import { CliHome } from "../support/cli_home.ts";
import { FakeServer } from "../support/fake_server.ts";
import { withTempDir } from "../../support/paths.ts";
import { World } from "../../support/world.ts";

const KEY = "canary-key-in-the-path";

async function withWorld(
  run: (world: World, channels: Channels, got: string[], url: string) => Promise<void>,
) {
  await withTempDir(async (folder) => {
    await using world = new World({ folder, serverEnv: { CORTEX_NOTIFY_ALLOW_PRIVATE: "1" } });
    await world.startServer();
    const got: string[] = [];
    await using server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen: () => {} },
      async (request) => {
        got.push(await request.text());
        return new Response("", { status: request.url.endsWith("/bad") ? 503 : 200 });
      },
    );
    const channels: Channels = (...words) =>
      world.cortex(["admin", "channels", ...words, "--url", world.url], {
        env: { CORTEX_ADMIN_TOKEN: world.adminToken },
      });
    await run(world, channels, got, `http://127.0.0.1:${server.addr.port}`);
  });
}

type Channels = (...words: string[]) => ReturnType<World["cortex"]>;

Deno.test("channels are added from a file, tried, listed without their configuration, and removed", async () => {
  await withWorld(async (world, channels, got, url) => {
    const file = `${world.folder}/slack.json`;
    await Deno.writeTextFile(file, JSON.stringify({ webhook_url: `${url}/${KEY}` }), { mode: 0o600 });
    const add = ["add", "ops", "--type", "slack", "--config-file", file, "--severity", "alarm", "warning"];
    const added = await channels(...add);
    assert.equal(added.code, 0, added.stderr);
    assert.match(added.stdout, /^[0-9a-f-]{36}\n$/);
    const tested = await channels("test", "ops");
    assert.equal(tested.code, 0);
    assert.match(tested.stderr, /arrived: HTTP 200/);
    assert.match(got[0] ?? "", /CortexAuth test/);
    const listed = await channels("list");
    assert.match(listed.stdout, /ops {2}slack {2}alarm, warning {2}everything/);
    assert.equal((await channels("remove", "ops")).code, 0);
    assert.match((await channels("list")).stderr, /Nobody is told/);
    assert.doesNotMatch(world.transcript.join(""), new RegExp(KEY));
  });
});

Deno.test("channels test and deliveries say what came back, by the exit code too", async () => {
  await withWorld(async (world, channels, _got, url) => {
    const file = `${world.folder}/hook.json`;
    const config = { url: `${url}/bad`, secret: "secret-of-the-webhook" };
    await Deno.writeTextFile(file, JSON.stringify(config), { mode: 0o600 });
    await channels("add", "hook", "--type", "webhook", "--config-file", file);
    assert.match((await channels("deliveries", "hook")).stderr, /not been told anything/);
    const tested = await channels("test", "hook", "--json");
    assert.equal(tested.code, EXIT.failure);
    const answer = { name: "hook", queued: true, delivered: false, result: "HTTP 503" };
    assert.deepEqual(JSON.parse(tested.stdout), answer);
  });
});

Deno.test("channels add refuses what is not a configuration and repeats nothing of it", async () => {
  await withWorld(async (world, channels) => {
    const file = `${world.folder}/config.json`;
    const tryAdd = async (text: string) => {
      await Deno.writeTextFile(file, text, { mode: 0o600 });
      const { code, stderr } = await channels("add", "ops", "--type", "telegram", "--config-file", file);
      assert.notEqual(code, 0);
      return stderr;
    };
    assert.match(await tryAdd(`{"bot_token": ${KEY}`), /is not JSON/);
    assert.match(await tryAdd(`{"bot_token": "${KEY}", "chat_id": "1"}`), /needs another bot_token/);
    const asked = await channels("add", "ops", "--type", "telegram");
    assert.match(asked.stderr, /--config-file/);
    assert.doesNotMatch(world.transcript.join(""), new RegExp(KEY));
  });
});

Deno.test("channels add asks a terminal for each field, and shows nothing of what is typed", async () => {
  await using home = await CliHome.create();
  const created = { id: "11111111-1111-4111-8111-111111111111", name: "ops", channel_type: "webhook" };
  await using server = await FakeServer.start(() => Response.json(created, { status: 201 }));
  const token = { CORTEX_ADMIN_TOKEN: "admin-token-of-the-test" };
  const env = await home.environment({ ...token, SHELL: "/bin/sh", HISTFILE: "/dev/null" });
  await using terminal = new Terminal(env, home.work);
  const words = ["admin", "channels", "add", "ops", "--type", "webhook", "--url", server.url];
  await terminal.type(`${[...programCommand("cortex"), ...words].map((word) => `'${word}'`).join(" ")}\r`);
  let seen = await terminal.waitFor(/url: /);
  await terminal.type(`https://hooks.example/${KEY}\r`);
  seen += await terminal.waitFor(/secret: /);
  await terminal.type(`${KEY}\r`);
  seen += await terminal.waitFor(/Try it/);
  assert.ok(!seen.includes(KEY));
  const config = { url: `https://hooks.example/${KEY}`, secret: KEY };
  assert.deepEqual(server.seen[0]?.body, { channel_type: "webhook", name: "ops", config });
});
