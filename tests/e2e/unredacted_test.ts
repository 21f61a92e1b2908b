/** Output that is not redacted: only where a policy of the agent allows it, and told of in the log. */

import assert from "node:assert/strict";
import { EXIT } from "../../shared/errors.ts";
import { AGENT, PROJECT, withMainJob } from "../support/main_job.ts";
import { expectOk } from "../support/wire_agent.ts";
import type { World } from "../support/world.ts";

const VALUE = "value-of-the-key-4711";
const PRINT = ["--", "sh", "-c", 'echo "$API_KEY"'];

const run = (world: World, ...options: string[]) =>
  world.cortex(["run", "--project", PROJECT, ...options, ...PRINT], { record: false });

async function allow(world: World, more: object): Promise<void> {
  const policy = { policy_name: crypto.randomUUID(), agent_pattern: AGENT, allowed_paths: ["*"] };
  await expectOk(world.admin("POST", "/admin/policies", { ...policy, ...more }));
}

async function details(world: World, query: string): Promise<{ unredacted?: boolean }[]> {
  const rows = await expectOk(world.admin("GET", `/admin/audit-logs?${query}`));
  return rows.json<{ details: { unredacted?: boolean } | null }[]>().map((row) => row.details ?? {});
}

Deno.test("--no-redact is refused where no policy allows it, and nothing starts", () =>
  withMainJob({ api_key: VALUE }, async (world) => {
    for (
      const policy of [undefined, {}, { allow_unredacted: false }, {
        agent_pattern: "another",
        allow_unredacted: true,
      }]
    ) {
      if (policy !== undefined) await allow(world, policy);
      const refused = await run(world, "--no-redact", "--json");
      assert.deepEqual([refused.code, refused.stdout], [EXIT.refused, ""]);
      assert.match(refused.stderr, /"run_unredacted_refused"/);
      assert.match(refused.stderr, /without --no-redact/);
    }
    const released = await details(world, "action=get_secrets&status=success");
    assert.ok(released.every(({ unredacted }) => unredacted === undefined));
  }));

Deno.test("--no-redact shows values as they are where a policy allows it; the log says so; other runs stay redacted", () =>
  withMainJob({ api_key: VALUE }, async (world) => {
    await allow(world, { allow_unredacted: true });
    assert.equal((await run(world, "--no-redact")).stdout, `${VALUE}\n`);
    const [newest] = await details(world, "action=get_secrets");
    assert.equal(newest?.unredacted, true);
    assert.equal((await run(world)).stdout, "[redacted:API_KEY]\n");
    const [after] = await details(world, "action=get_secrets");
    assert.equal(after?.unredacted, undefined);
  }));

Deno.test("a policy that no longer allows it counts from the next run on", () =>
  withMainJob({ api_key: VALUE }, async (world) => {
    await allow(world, { allow_unredacted: true });
    assert.equal((await run(world, "--no-redact")).code, 0);
    const [policy] = (await expectOk(world.admin("GET", "/admin/policies"))).json<
      { id: string; allow_unredacted: boolean }[]
    >();
    assert.equal(policy?.allow_unredacted, true);
    await expectOk(world.admin("PUT", `/admin/policies/${policy?.id}`, { allow_unredacted: false }));
    assert.equal((await run(world, "--no-redact")).code, EXIT.refused);
  }));
