import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type DaemonSession,
  parseSession,
  readSession,
  writeSession,
} from "../../../shared/client/session_file.ts";
import { VaultError } from "../../../shared/errors.ts";
import { libc } from "../../../shared/os/libc.ts";

/** Opened before any test, because it stays open. */
libc();

const SESSION: DaemonSession = {
  access_token: "a.b.c",
  expires_in: 2_592_000,
  server_url: "https://vault.example",
  agent_id: "bot",
  namespace: "default",
  kid: "k",
  server_fingerprint: "SHA256:x",
  issued_at: "2026-01-01 00:00:00",
  expires_at: "2026-02-01 00:00:00",
};

async function withFolder(body: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function isUnsafe(error: unknown): boolean {
  return error instanceof VaultError && error.code === "client.file_unsafe";
}

Deno.test("a session written is read back, from a 0600 file in a 0700 directory", () =>
  withFolder((folder) => {
    const path = `${folder}/.cortex/daemon-session.json`;
    writeSession(path, SESSION);
    assert.deepEqual(readSession(path), SESSION);
    assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
    assert.equal((Deno.statSync(`${folder}/.cortex`).mode ?? 0) & 0o777, 0o700);
  }));

Deno.test("writing a session again replaces it and leaves nothing beside it", () =>
  withFolder((folder) => {
    const path = `${folder}/.cortex/daemon-session.json`;
    writeSession(path, SESSION);
    writeSession(path, { ...SESSION, agent_id: "other" });
    assert.equal(readSession(path)?.agent_id, "other");
    assert.deepEqual([...Deno.readDirSync(`${folder}/.cortex`)].map(({ name }) => name), [
      "daemon-session.json",
    ]);
  }));

Deno.test("no session file is no session", () =>
  withFolder((folder) => assert.equal(readSession(`${folder}/none`), undefined)));

Deno.test("B26: a session that others could read, or behind a link, is refused", () =>
  withFolder((folder) => {
    const path = `${folder}/.cortex/daemon-session.json`;
    writeSession(path, SESSION);
    Deno.symlinkSync(path, `${folder}/link`);
    assert.throws(() => readSession(`${folder}/link`), isUnsafe);
    Deno.chmodSync(path, 0o644);
    assert.throws(() => readSession(path), isUnsafe);
  }));

Deno.test("a damaged session says to log in again and does not quote itself", () =>
  withFolder((folder) => {
    Deno.writeTextFileSync(`${folder}/session`, '{"access_token":"CANARY"', { mode: 0o600 });
    assert.throws(
      () => readSession(`${folder}/session`),
      (error) =>
        error instanceof VaultError && /log ?in/.test(error.message) && !error.message.includes("CANARY"),
    );
  }));

Deno.test("parseSession reads the predecessor's three fields", () => {
  const text = '{"access_token":"t","expires_in":0,"server_url":"https://x"}';
  assert.deepEqual(parseSession(text), { access_token: "t", expires_in: 0, server_url: "https://x" });
});

Deno.test("parseSession never throws and never gives half a session", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
    const session = parseSession(text);
    if (session !== undefined) {
      assert.ok(session.access_token !== "" && typeof session.server_url === "string");
    }
  }));
});
