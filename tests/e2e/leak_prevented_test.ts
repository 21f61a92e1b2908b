/** A program that prints its key: the agent sees a mark, people hear of it. */

import assert from "node:assert/strict";
import { PROJECT, withMainJob } from "../support/main_job.ts";
import { expectOk } from "../support/wire_agent.ts";
import type { World } from "../support/world.ts";

interface Row {
  readonly status: string;
  readonly resource_path: string;
  readonly details: { readonly leaks: readonly string[] };
}

async function leakRows(world: World): Promise<Row[]> {
  return (await expectOk(world.admin("GET", "/admin/audit-logs?action=leak_prevented"))).json<Row[]>();
}

Deno.test("a printed value is in the audit log by its name, for each stream, and never by itself", async () => {
  await withMainJob({ api_key: "value-of-the-key-4711" }, async (world) => {
    const script = 'echo "$API_KEY"; echo "$API_KEY" >&2; printf "%s" "$API_KEY" | base64';
    const run = await world.cortex(["run", "--project", PROJECT, "--", "sh", "-c", script]);
    assert.equal(run.stdout, "[redacted:API_KEY]\n[redacted:API_KEY]\n");
    let rows = await leakRows(world);
    while (rows.length === 0) rows = await leakRows(world);
    assert.deepEqual(rows.map(({ status, resource_path }) => [status, resource_path]), [["alarm", "sh"]]);
    assert.deepEqual([...rows[0]?.details.leaks ?? []].sort(), ["API_KEY:stderr:1", "API_KEY:stdout:2"]);
    assert.ok(!JSON.stringify(rows).includes("4711"));

    await world.cortex(["run", "--project", PROJECT, "--", "sh", "-c", "echo nothing to hide"]);
    assert.equal((await leakRows(world)).length, 1);
  });
});
