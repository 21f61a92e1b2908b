import assert from "node:assert/strict";
import { withAdminTokenFile } from "../../../server/boot/admin_token_file.ts";
import { readConfig, type ServerConfig } from "../../../server/config.ts";
import { withTempDir } from "../../support/paths.ts";

const TOKEN = "0123456789abcdef0123456789abcdef";

function configOf(path: string): ServerConfig {
  const env = { ADMIN_TOKEN_FILE: path };
  const result = readConfig({ args: [], env, dotenv: {}, isNetwork: () => true });
  return result.kind === "run" ? result.config : assert.fail(JSON.stringify(result));
}

async function tokenOf(content: string | Uint8Array<ArrayBuffer>, mode = 0o600): Promise<string | undefined> {
  let token: string | undefined;
  await withTempDir(async (folder) => {
    const path = `${folder}/admin-token`;
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    await Deno.writeFile(path, bytes, { mode });
    token = (await withAdminTokenFile(configOf(path))).adminToken;
  });
  return token;
}

Deno.test("withAdminTokenFile takes the line of a private file, also one that a group may read as systemd has it", async () => {
  assert.equal(await tokenOf(`${TOKEN}\n`), TOKEN);
  assert.equal(await tokenOf(TOKEN, 0o440), TOKEN);
});

Deno.test("withAdminTokenFile refuses what is no token, and never says what it read", async () => {
  const refused: [string | Uint8Array<ArrayBuffer>, RegExp][] = [
    ["", /visible ASCII/],
    [`${TOKEN} ${TOKEN}`, /visible ASCII/],
    [`${TOKEN}\n${TOKEN}`, /visible ASCII/],
    [Uint8Array.of(0xff, 0xfe), /ADMIN_TOKEN_FILE is not UTF-8/],
    ["short", /fewer than 16 characters/],
    [TOKEN.repeat(1_000), /ADMIN_TOKEN_FILE is too long/],
  ];
  for (const [content, reason] of refused) {
    const error = await tokenOf(content).catch((caught: Error) => caught);
    assert.ok(error instanceof Error && reason.test(error.message), String(error));
    assert.ok(!error.message.includes("short") && !error.message.includes(TOKEN));
  }
  await assert.rejects(tokenOf(TOKEN, 0o644), /open to other users/);
  await assert.rejects(withAdminTokenFile(configOf("/nowhere/at/all")), /it does not exist/);
});
