import assert from "node:assert/strict";
import { findHimalaya } from "../../../server/notify/himalaya.ts";
import { libc } from "../../../shared/os/libc.ts";
import { nativeArena } from "../../../shared/os/native_arena.ts";
import { withTempDir } from "../../support/paths.ts";
import { ServerFolder } from "../support/server_process.ts";

/** Opened before any test, because they stay open. */
libc();
nativeArena();

const RECORD = 'cat > "$HOME/mail"; env > "$HOME/env"; echo "$@" > "$HOME/args"';

async function install(folder: string, script: string): Promise<string> {
  await Deno.writeTextFile(`${folder}/himalaya`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return `${folder}:/usr/bin:/bin`;
}

function running(script: string, text = "hello\r\n", timeoutMs = 20_000) {
  return async (check: (result: unknown, folder: string) => Promise<void> | void) => {
    await withTempDir(async (folder) => {
      const environment = { PATH: await install(folder, script), HOME: folder, ADMIN_TOKEN: "canary" };
      const send = findHimalaya({ environment, timeoutMs });
      await check(await send?.(text, "work"), folder);
    });
  };
}

Deno.test("himalaya gets the message, its account, and no setting of the server", async () => {
  await running(RECORD)(async (result, folder) => {
    assert.deepEqual(result, { delivered: true, result: "himalaya ended with exit code 0" });
    assert.equal(await Deno.readTextFile(`${folder}/mail`), "hello\r\n");
    assert.equal(await Deno.readTextFile(`${folder}/args`), "message send --account work\n");
    assert.doesNotMatch(await Deno.readTextFile(`${folder}/env`), /canary/);
  });
});

Deno.test("himalaya that fails is told by its exit code, not by what it prints", async () => {
  await running("echo password; echo password >&2; exit 7", "x".repeat(300_000))((result) =>
    assert.deepEqual(result, { delivered: false, result: "himalaya ended with exit code 7" })
  );
});

Deno.test("himalaya that hangs, and what it started, is ended in time", async () => {
  await running("sleep 1000 & sleep 1000", "x".repeat(300_000), 200)((result) =>
    assert.deepEqual(result, { delivered: false, result: "himalaya did not end in time" })
  );
});

Deno.test("findHimalaya finds no program where there is none, or a relative path leads to it", async () => {
  await withTempDir(async (folder) => {
    await Deno.writeTextFile(`${folder}/himalaya`, "not executable", { mode: 0o644 });
    assert.equal(findHimalaya({ environment: { PATH: `${folder}:.::` } }), undefined);
  });
});

Deno.test("a real server without permissions sends e-mail by the himalaya on its PATH", async () => {
  await using folder = await ServerFolder.make();
  const token = "admin-token-of-the-notification-test";
  const { url } = await folder.listen({
    ADMIN_TOKEN: token,
    CORTEX_KEK_PASSWORD: "a password of the notification test",
    PATH: `${await install(folder.path, RECORD)}:${Deno.env.get("PATH")}`,
  });
  const post = async (path: string, body: unknown) => {
    const headers = { "X-Admin-Token": token, "Content-Type": "application/json" };
    const answer = await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) });
    return await answer.json();
  };
  const config = { to: "ops@example.org", account: "work" };
  const { id } = await post("/admin/notification-channels", { channel_type: "email", name: "mail", config });
  const outcome = await post(`/admin/notification-channels/${id}/test`, {});
  assert.deepEqual(outcome, {
    queued: true,
    delivered: true,
    result: "himalaya ended with exit code 0",
    name: "mail",
  });
  assert.match(await Deno.readTextFile(`${folder.path}/mail`), /^From: CortexAuth <ops@example.org>\r\nTo: /);
  assert.doesNotMatch(await Deno.readTextFile(`${folder.path}/env`), /ADMIN_TOKEN|KEK_PASSWORD/);
});

Deno.test("himalaya that is broken off ends at once, and one that never began does too", async () => {
  await withTempDir(async (folder) => {
    const environment = { PATH: await install(folder, "sleep 1000"), HOME: folder };
    const send = findHimalaya({ environment });
    const stop = new AbortController();
    const outcome = send?.("hello", undefined, stop.signal);
    stop.abort();
    assert.equal((await outcome)?.delivered, false);
    assert.equal((await send?.("hello", undefined, stop.signal))?.delivered, false);
  });
});
