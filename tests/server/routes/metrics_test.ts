/** `/metrics`: the format that Prometheus reads, who may scrape, and what no label tells. */

import assert from "node:assert/strict";
import { expectError, expectOk } from "../support/expect.ts";
import { type Harness, withHarness } from "../support/harness.ts";
import { seedAgent, seedSecret } from "../support/seed.ts";

const LINE = /^([a-z_]+)(?:\{([a-z_]+="[^"\n]*"(?:,[a-z_]+="[^"\n]*")*)\})? (-?[0-9.e+]+)$/;

async function scrape(h: Harness): Promise<Map<string, number>> {
  const { status, text } = await h.admin.get("/metrics");
  assert.equal(status, 200, text);
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => {
    const [, name, labels, value] = LINE.exec(line) ?? assert.fail(`no sample: ${line}`);
    return [labels === undefined ? `${name}` : `${name}{${labels}}`, Number(value)];
  }));
}

Deno.test(
  "GET /metrics tells what there is and what waits, as it is now",
  withHarness(async (h) => {
    await seedSecret(h, "a");
    await seedAgent(h, "bot");
    const first = await scrape(h);
    assert.equal(first.get("cortex_secrets"), 1);
    assert.equal(first.get("cortex_agents"), 1);
    assert.equal(first.get("cortex_frozen"), 0);
    assert.equal(first.get("cortex_kek_version"), 1);
    assert.equal(first.get('cortex_waiting{what="access"}'), 0);
    assert.ok((first.get("cortex_database_bytes") ?? 0) > 0);
    await h.admin.post("/admin/agents/bot/freeze");
    const second = await scrape(h);
    assert.equal(second.get("cortex_frozen"), 1);
    assert.equal(second.get('cortex_events_last_day{kind="agent_frozen"}'), 1);
    assert.ok((second.get("cortex_audit_rows") ?? 0) > (first.get("cortex_audit_rows") ?? 0));
    h.clock.advance(25 * 3_600_000);
    assert.equal((await scrape(h)).get('cortex_events_last_day{kind="agent_frozen"}'), undefined);
  }),
);

Deno.test(
  "GET /metrics counts requests by route and status, and names nothing that a caller chose",
  withHarness(async (h) => {
    await h.admin.get("/admin/secrets/canary-of-a-caller");
    await h.stranger.get("/project/secrets/canary-of-a-caller");
    await h.stranger.get("/canary-of-a-caller");
    const samples = await scrape(h);
    assert.equal(samples.get('cortex_http_requests_total{route="GET /admin/secrets/:id",status="404"}'), 1);
    assert.equal(
      samples.get('cortex_http_requests_total{route="GET /project/secrets/:project",status="401"}'),
      1,
    );
    assert.equal(samples.get('cortex_http_request_duration_seconds_count{caller="project"}'), 1);
    assert.doesNotMatch((await h.admin.get("/metrics")).text, /canary/);
  }),
);

Deno.test(
  "GET /metrics is for who may see the vault; a scrape leaves no row, a refused one does",
  withHarness(async (h) => {
    expectError(await h.stranger.get("/metrics"), 401, "auth_required");
    const rows = (await h.auditRows()).length;
    expectOk(await h.admin.get("/admin/overview"));
    await scrape(h);
    assert.deepEqual((await h.auditRows()).slice(rows).map(({ action }) => action), ["read_overview"]);
    const refused = (await h.auditRows()).filter(({ action }) => action === "read_metrics");
    assert.deepEqual(refused.map(({ status }) => status), ["denied:auth_required"]);
  }),
);

Deno.test(
  "GET /metrics tells when the last backup that succeeded ended, and 0 where there was none",
  withHarness(async (h) => {
    const row = {
      principal: "admin",
      action: "backup",
      origin: { requestId: null, sourceIp: null, caller: {} },
    };
    const name = "cortex_last_backup_timestamp_seconds";
    await h.ledger.commit((tx) => tx.audit({ ...row, status: "failed" }));
    assert.equal((await scrape(h)).get(name), 0);
    await h.ledger.commit((tx) => tx.audit({ ...row, status: "success" }));
    assert.equal((await scrape(h)).get(name), h.clock.now() / 1_000);
  }),
);
