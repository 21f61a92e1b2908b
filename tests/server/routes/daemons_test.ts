/** The daemon allowlist and sessions: section 2.5 of the wire contract. */

import assert from "node:assert/strict";
import { allPages, expectError, expectOk, lastRow } from "../support/expect.ts";
import { withHarness } from "../support/harness.ts";
import { seedAgent, seedSession } from "../support/seed.ts";

const [SHA, OTHER] = ["ab".repeat(32), "cd".repeat(32)];
const LIST = "/admin/allowed-daemon-versions";

Deno.test(
  "POST /admin/allowed-daemon-versions normalises the hash and lists it with a number for enabled",
  withHarness(async (h) => {
    const body = { binary_sha256: ` ${SHA.toUpperCase()} `, version: "0.1.0", description: "release" };
    assert.deepEqual(expectOk(await h.admin.post(LIST, body), 201), { binary_sha256: SHA, enabled: true });
    h.clock.advance(1_000);
    assert.equal(
      expectOk(await h.admin.post(LIST, { binary_sha256: OTHER, enabled: false }), 201)["enabled"],
      false,
    );
    assert.deepEqual(expectOk(await h.admin.get(LIST)), [
      {
        binary_sha256: OTHER,
        version: null,
        description: null,
        enabled: 0,
        created_at: "2026-01-02 03:04:06",
      },
      {
        binary_sha256: SHA,
        version: "0.1.0",
        description: "release",
        enabled: 1,
        created_at: "2026-01-02 03:04:05",
      },
    ]);
  }),
);

Deno.test(
  "POST /admin/allowed-daemon-versions refuses what is no hash, and a second time the same",
  withHarness(async (h) => {
    for (const binary_sha256 of ["", "xyz", SHA.slice(1), `${SHA}00`, "g".repeat(64)]) {
      expectError(await h.admin.post(LIST, { binary_sha256 }), 400, "request_invalid");
    }
    expectOk(await h.admin.post(LIST, { binary_sha256: SHA }), 201);
    expectError(await h.admin.post(LIST, { binary_sha256: SHA }), 409, "allowlist_exists");
  }),
);

Deno.test(
  "DELETE /admin/allowed-daemon-versions/:sha B7: ends the sessions of that binary",
  withHarness(async (h) => {
    const agent = await seedAgent(h, "bot");
    const [gone, kept] = [await seedSession(h, agent, SHA), await seedSession(h, agent, OTHER)];
    for (const binary_sha256 of [SHA, OTHER]) await h.admin.post(LIST, { binary_sha256 });
    const answer = expectOk(await h.admin.delete(`${LIST}/${SHA}`));
    assert.deepEqual(answer, { deleted: true, sessions_ended: 1, allowlist_enforced: true });
    const sessions = expectOk<Record<string, unknown>[]>(await h.admin.get("/admin/daemon-sessions"));
    const revoked = (id: string) => sessions.find((row) => row["session_id"] === id)?.["revoked_at"];
    assert.ok(revoked(gone));
    assert.equal(revoked(kept), null);
  }),
);

Deno.test(
  "DELETE /admin/allowed-daemon-versions/:sha B7: taking the last one off does not let every binary in",
  withHarness(async (h) => {
    await h.admin.post(LIST, { binary_sha256: SHA });
    assert.equal(expectOk(await h.admin.delete(`${LIST}/${SHA}`))["allowlist_enforced"], true);
    const rows = expectOk<Record<string, unknown>[]>(await h.admin.get(LIST));
    assert.deepEqual(rows.map((row) => row["enabled"]), [0]);
    assert.equal(expectOk(await h.admin.delete(`${LIST}/${SHA}`))["allowlist_enforced"], false);
    assert.deepEqual(expectOk(await h.admin.get(LIST)), []);
    expectError(await h.admin.delete(`${LIST}/${SHA}`), 404, "allowlist_not_found");
  }),
);

Deno.test(
  "DELETE /admin/allowed-daemon-versions/:sha takes the hash exactly",
  withHarness(async (h) => {
    await h.admin.post(LIST, { binary_sha256: SHA });
    expectError(await h.admin.delete(`${LIST}/${SHA.toUpperCase()}`), 404, "allowlist_not_found");
  }),
);

Deno.test(
  "GET /admin/daemon-sessions shows sessions newest first, ended ones too",
  withHarness(async (h) => {
    const agent = await seedAgent(h, "bot");
    const first = await seedSession(h, agent);
    h.clock.advance(1_000);
    await seedSession(h, agent);
    const rows = await allPages<Record<string, unknown>>(h, "/admin/daemon-sessions?limit=1");
    assert.deepEqual(rows[1], {
      session_id: first,
      agent_id: "bot",
      namespace: "default",
      binary_sha256: SHA,
      daemon_version: "0.1.0",
      daemon_pid: 42,
      daemon_uid: 1000,
      hostname: "build-host",
      created_at: "2026-01-02 03:04:05",
      expires_at: "2026-01-03 03:04:05",
      revoked_at: null,
      revoked_reason: null,
    });
  }),
);

Deno.test(
  "DELETE /admin/daemon-sessions/:id B7: revokes a session, once",
  withHarness(async (h) => {
    const id = await seedSession(h, await seedAgent(h, "bot"));
    assert.deepEqual(expectOk(await h.admin.delete(`/admin/daemon-sessions/${id}`)), {
      revoked: true,
      session_id: id,
    });
    assert.equal(expectOk(await h.admin.delete(`/admin/daemon-sessions/${id}`))["already_revoked"], true);
    expectError(await h.admin.delete("/admin/daemon-sessions/x"), 404, "daemon_session_not_found");
    const row = await lastRow(h, "daemon_session_revoke");
    assert.deepEqual([row.agent_id, row.resource_path], ["bot", id]);
  }),
);
