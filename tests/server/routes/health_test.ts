import assert from "node:assert/strict";
import { expectOk } from "../support/expect.ts";
import { withHarness } from "../support/harness.ts";

Deno.test(
  "GET /healthz answers as long as the process does, without a row in the log",
  withHarness(async (h) => {
    const before = (await h.auditRows()).length;
    assert.deepEqual(expectOk(await h.stranger.get("/healthz")), { status: "ok" });
    await h.ledger.close();
    expectOk(await h.stranger.get("/healthz"));
    assert.equal((await h.auditRows()).length, before);
  }),
);

Deno.test(
  "GET /readyz answers 200 while the database takes writes, 503 once it does not",
  withHarness(async (h) => {
    assert.equal(expectOk(await h.stranger.get("/readyz"))["status"], "ready");
    await h.ledger.close();
    h.clock.advance(1_000);
    assert.equal((await h.stranger.get("/readyz")).status, 503);
  }),
);

Deno.test(
  "GET /healthz and /readyz are never rate limited: supervisors poll them",
  withHarness(async (h) => {
    for (let count = 0; count < 400; count++) {
      const path = count % 2 === 0 ? "/healthz" : "/readyz";
      assert.equal((await h.stranger.get(path)).status, 200);
    }
  }),
);
