import assert from "node:assert/strict";
import {
  agentKeyPath,
  createAgentKey,
  listAgentKeys,
  readAgentKey,
  replaceAgentKey,
} from "../../../shared/client/agent_key_file.ts";
import { publicKeyOf } from "../../../shared/crypto/ed25519.ts";
import { toBase64Url } from "../../../shared/encoding.ts";
import { VaultError } from "../../../shared/errors.ts";
import { parseAgentId } from "../../../shared/names.ts";
import { libc } from "../../../shared/os/libc.ts";

/** Opened before any test, because it stays open. */
libc();

async function withFolder(body: (folder: string) => void): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function isUnsafe(error: unknown): boolean {
  return error instanceof VaultError && error.code === "client.file_unsafe";
}

Deno.test("the golden key file of section 12 is read, with and without white space", () =>
  withFolder((folder) => {
    for (
      const text of [
        "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc",
        " BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc\n",
      ]
    ) {
      Deno.writeTextFileSync(`${folder}/key`, text, { mode: 0o600 });
      const key = readAgentKey(`${folder}/key`);
      assert.ok(key !== undefined);
      assert.equal(toBase64Url(publicKeyOf(key)), "6kpsY-KcUgq-9VB7Ey7F-ZVHdq6-vnuSQh7qaRRG0iw");
    }
  }));

Deno.test("a created key is read back from 43 characters in a 0600 file", () =>
  withFolder((folder) => {
    const path = agentKeyPath(folder, parseAgentId("bot"));
    const created = createAgentKey(path);
    const read = readAgentKey(path);
    assert.ok(read !== undefined);
    assert.deepEqual(publicKeyOf(read), publicKeyOf(created));
    assert.match(Deno.readTextFileSync(path), /^[\w-]{43}$/);
    assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
  }));

Deno.test("B26: a key is never overwritten by creating, nor written through a link", () =>
  withFolder((folder) => {
    const path = `${folder}/agent-bot.key`;
    createAgentKey(path);
    const before = Deno.readTextFileSync(path);
    assert.throws(() => createAgentKey(path), isUnsafe);
    assert.equal(Deno.readTextFileSync(path), before);
    Deno.symlinkSync(`${folder}/nowhere`, `${folder}/agent-link.key`);
    assert.throws(() => createAgentKey(`${folder}/agent-link.key`), isUnsafe);
  }));

Deno.test("replaceAgentKey makes another key in the same place", () =>
  withFolder((folder) => {
    const path = `${folder}/agent-bot.key`;
    const first = publicKeyOf(createAgentKey(path));
    assert.notDeepEqual(publicKeyOf(replaceAgentKey(path)), first);
    assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
  }));

Deno.test("a file that holds no key is refused and not quoted", () =>
  withFolder((folder) => {
    Deno.writeTextFileSync(`${folder}/key`, "CANARY", { mode: 0o600 });
    assert.throws(
      () => readAgentKey(`${folder}/key`),
      (error) => isUnsafe(error) && error instanceof Error && !error.message.includes("CANARY"),
    );
  }));

Deno.test("listAgentKeys finds key files by their names only", () =>
  withFolder((folder) => {
    for (const name of ["agent-b.key", "agent-a.key", "agent-x.y.key", "other.key", "agent-.key"]) {
      Deno.writeTextFileSync(`${folder}/${name}`, "");
    }
    assert.deepEqual(listAgentKeys(folder), ["a", "b"]);
    assert.deepEqual(listAgentKeys(`${folder}/none`), []);
  }));
