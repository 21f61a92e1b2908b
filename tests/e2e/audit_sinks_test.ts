/** A real server with a real file beside its database, and what an operator sees of both. */

import assert from "node:assert/strict";
import { heldRow } from "../../server/audit/sinks/row_line.ts";
import { CliHome } from "../cli/support/cli_home.ts";
import { ServerFolder } from "../server/support/server_process.ts";

const TOKEN = "admin-token-of-this-test";
const SETTINGS = {
  ADMIN_TOKEN: TOKEN,
  CORTEX_KEK_PASSWORD: "pass word of the operator",
  CORTEX_AUDIT_FILE: "audit.jsonl",
  CORTEX_AUDIT_SINKS_REQUIRED: "file",
};

async function request(url: string, method: string, path: string, body?: unknown) {
  const answer = await fetch(url + path, {
    method,
    headers: { "X-Admin-Token": TOKEN, "Content-Type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, json: await answer.json() };
}

async function seqs(path: string): Promise<number[]> {
  const text = await Deno.readTextFile(path);
  return text.split("\n").flatMap((line) => heldRow(line)?.seq ?? []);
}

Deno.test("the file has every row over a kill and a restart, and releases stop when it is deleted", async () => {
  await using folder = await ServerFolder.make();
  await using home = await CliHome.create();
  const file = `${folder.path}/audit.jsonl`;
  const first = await folder.listen(SETTINGS);
  const secret = { key_path: "key", secret_type: "KEY_VALUE", value: "canary-value" };
  const { id } = (await request(first.url, "POST", "/admin/secrets", secret)).json;
  assert.equal((await request(first.url, "GET", `/admin/secrets/${id}`)).status, 200);
  await first.server.stop("SIGKILL");
  const second = await folder.listen(SETTINGS);
  assert.equal((await request(second.url, "GET", `/admin/secrets/${id}`)).json.value, "canary-value");
  const found = await seqs(file);
  assert.deepEqual(found, Array.from({ length: found.length }, (_, index) => index + 1));
  assert.equal((await Deno.readTextFile(file)).includes("canary-value"), false);

  const cli = (...words: string[]) =>
    home.cortex(["admin", ...words, "--url", second.url], { env: { CORTEX_ADMIN_TOKEN: TOKEN } });
  const well = await cli("audit-sinks");
  assert.equal(well.code, 0, well.stderr);
  assert.match(well.stdout, /^file {2}audit\.jsonl {2}required {2}row \d+, \d+ behind {2}ok\n$/);

  await Deno.remove(file);
  const refused = await request(second.url, "GET", `/admin/secrets/${id}`);
  assert.deepEqual([refused.status, refused.json.error_code], [503, "audit_sink_unavailable"]);
  assert.equal("value" in refused.json, false);
  await second.server.waitFor(/"audit sink failing"[^\n]*deleted or moved away/);
  const failing = await cli("audit-sinks");
  assert.equal(failing.code, 125);
  assert.match(
    failing.stdout,
    /FAILING since .* UTC: the file was deleted or moved away; restart the server/,
  );
  for (let found = false; !found;) {
    const { json } = await request(second.url, "GET", "/admin/audit-logs?action=audit_sink_failing");
    found = JSON.stringify(json).includes('"audit_sink_failing"');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.equal(await second.server.stop("SIGTERM"), 0);
});

Deno.test("cortex admin signing-keys lists, rotates and destroys, and says what ends", async () => {
  await using folder = await ServerFolder.make();
  await using home = await CliHome.create();
  const { CORTEX_AUDIT_FILE: _file, CORTEX_AUDIT_SINKS_REQUIRED: _required, ...settings } = SETTINGS;
  const { url } = await folder.listen(settings);
  const cli = (...words: string[]) =>
    home.cortex(["admin", "signing-keys", ...words, "--url", url], { env: { CORTEX_ADMIN_TOKEN: TOKEN } });
  const [before = ""] = (await cli("list")).stdout.split("  ");
  const rotated = await cli("rotate", "--immediate");
  assert.equal(rotated.code, 0, rotated.stderr);
  assert.match(rotated.stdout, /^[0-9a-f-]{36}\n$/);
  assert.match(rotated.stderr, /The new key SHA256:\S+ signs from /);
  const listed = (await cli("list")).stdout;
  assert.match(listed, / {2}signing {2}SHA256:.*0 logins, 0 signed project tokens\n.* {2}retired {2}SHA256:/);
  const unretired = await cli("destroy", rotated.stdout.trim());
  assert.equal(unretired.code, 125);
  assert.match(unretired.stderr, /Only a retired signing key can be destroyed/);
  const destroyed = await cli("destroy", before);
  assert.equal(destroyed.code, 0, destroyed.stderr);
  assert.equal(JSON.parse((await cli("list", "--json")).stdout).length, 1);
});
