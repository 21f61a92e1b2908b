/** A server that dies at the one durable step of making shares. */

import assert from "node:assert/strict";
import type { GeneratedShares, RecoverySetSummary } from "../../../../shared/api/recovery.ts";
import { listenAndCrashAt } from "../../support/crashing.ts";
import { ServerFolder } from "../../support/server_process.ts";

const TOKEN = "admin-token-of-the-crash-test";
const SETTINGS = { ADMIN_TOKEN: TOKEN, CORTEX_KEK_PASSWORD: "the password" };
const REQUEST = { threshold: 2, shares: 3, password: SETTINGS.CORTEX_KEK_PASSWORD };

async function ask<Shape>(url: string, method: string, path: string, body?: unknown): Promise<Shape> {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { "X-Admin-Token": TOKEN, "Content-Type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return await answer.json();
}

const sets = (url: string) => ask<RecoverySetSummary[]>(url, "GET", "/admin/shamir/sets");

Deno.test("a server killed at recovery_shares.recorded gave no share away, and its log knows of the set", async () => {
  await using folder = await ServerFolder.make();
  const dying = await listenAndCrashAt("recovery_shares.recorded", folder, SETTINGS, 2);
  const first = await ask<GeneratedShares>(dying.url, "POST", "/admin/shamir/generate", REQUEST);
  assert.equal(first.shares.length, 3);
  await assert.rejects(ask(dying.url, "POST", "/admin/shamir/generate", REQUEST), "no answer came");
  assert.equal(await dying.server.ended(), 137);

  const { server, url } = await folder.listen(SETTINGS);
  const recorded = await sets(url);
  assert.equal(recorded.length, 2);
  const rows = await ask<{ resource_path: string }[]>(
    url,
    "GET",
    "/admin/audit-logs?action=shamir_generate",
  );
  assert.deepEqual(
    rows.map(({ resource_path }) => resource_path).sort(),
    recorded.map(({ set_id }) => set_id).sort(),
  );
  const third = await ask<GeneratedShares>(url, "POST", "/admin/shamir/generate", REQUEST);
  assert.equal(third.older_sets, 2);
  await server.stop("SIGTERM");
  assert.ok(!server.output().includes("was changed outside"), "the chain of the log is whole");

  await Deno.mkdir(`${folder.path}/shares`);
  for (const text of first.shares.slice(1)) {
    await Deno.writeTextFile(`${folder.path}/shares/${text.slice(-4)}`, text, { mode: 0o600 });
  }
  const recovered = await folder.listen({
    ADMIN_TOKEN: TOKEN,
    CORTEX_RECOVERY_MODE: "1",
    CORTEX_RECOVERY_SHARES_DIR: `${folder.path}/shares`,
  });
  assert.equal((await sets(recovered.url)).length, 3);
});
