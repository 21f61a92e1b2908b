/** A host that pinned the server's key lives through a rotation of it, on real processes. */

import assert from "node:assert/strict";
import type { SigningKeySummary } from "../../shared/api/signing_keys.ts";
import { AGENT, PROJECT, withMainJob } from "../support/main_job.ts";
import type { World } from "../support/world.ts";

const run = (world: World) => world.cortex(["run", "--project", PROJECT, "--", "true"]);

const rotate = (world: World) => world.admin("POST", "/admin/signing-keys/rotate", { immediate: true });

function pinOf(world: World): { server_fingerprint: string; server_proof: string } {
  return JSON.parse(Deno.readTextFileSync(`${world.home}/.cortex/daemon-session.json`));
}

async function endSessions(world: World): Promise<void> {
  const sessions = (await world.admin("GET", "/admin/daemon-sessions")).json<
    { session_id: string; revoked_at: string | null }[]
  >();
  for (const { session_id, revoked_at } of sessions) {
    if (revoked_at === null) await world.admin("DELETE", `/admin/daemon-sessions/${session_id}`);
  }
}

Deno.test("a daemon follows a rotated signing key by itself, once it attests again", () =>
  withMainJob({ api_key: "value-of-the-key" }, async (world) => {
    const before = pinOf(world);
    assert.equal(before.server_proof, "required");
    const rotated = (await rotate(world)).json<
      { fingerprint: string; previous_kid: string }
    >();
    await endSessions(world);
    const after = await run(world);
    assert.equal(after.code, 0, after.stderr);
    assert.equal(pinOf(world).server_fingerprint, rotated.fingerprint);
    assert.notEqual(rotated.fingerprint, before.server_fingerprint);
  }));

Deno.test("a host that slept through two rotations and the end of its key's life logs in without a warning", () =>
  withMainJob({ api_key: "value-of-the-key" }, async (world) => {
    await world.stopDaemon();
    for (let count = 0; count < 2; count++) {
      const { previous_kid } = (await rotate(world)).json<
        { previous_kid: string }
      >();
      await world.admin("DELETE", `/admin/signing-keys/${previous_kid}?invalidate=true`);
    }
    const [key] = (await world.admin("GET", "/admin/signing-keys")).json<SigningKeySummary[]>();
    await world.login(AGENT);
    assert.equal(pinOf(world).server_fingerprint, key?.fingerprint);
  }));
