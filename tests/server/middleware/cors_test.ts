import assert from "node:assert/strict";
import { withHarness } from "../support/harness.ts";

const ORIGIN = "https://dashboard.example";
const configured = { config: { dashboardOrigins: [ORIGIN] } };

Deno.test(
  "Cors: without configured origins there are no headers for anybody",
  withHarness(async (h) => {
    const answer = await h.stranger.get("/healthz", { headers: { Origin: ORIGIN } });
    assert.deepEqual([...answer.headers.keys()].filter((name) => name.startsWith("access-control")), []);
    assert.match(answer.headers.get("Vary") ?? "", /origin/);
  }),
);

Deno.test(
  "Cors: a configured origin is echoed, without credentials",
  withHarness(async (h) => {
    const answer = await h.admin.get("/admin/agents", { headers: { Origin: ORIGIN } });
    assert.equal(answer.headers.get("Access-Control-Allow-Origin"), ORIGIN);
    assert.equal(answer.headers.get("Access-Control-Allow-Credentials"), null);
    const refused = await h.stranger.get("/admin/agents", { headers: { Origin: ORIGIN } });
    assert.equal(
      refused.headers.get("Access-Control-Allow-Origin"),
      ORIGIN,
      "a page may read why it was refused",
    );
  }, configured),
);

Deno.test(
  "Cors: a preflight names methods and headers",
  withHarness(async (h) => {
    const headers = { Origin: ORIGIN, "Access-Control-Request-Method": "PUT" };
    const answer = await h.stranger.send("OPTIONS", "/admin/secrets/x", { headers });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("Access-Control-Allow-Methods"), "GET,POST,PUT,DELETE");
    assert.match(
      answer.headers.get("Access-Control-Allow-Headers") ?? "",
      /x-admin-token.*x-daemon-attestation/,
    );
  }, configured),
);

Deno.test(
  "Cors: another origin, a subdomain and null are not echoed",
  withHarness(async (h) => {
    for (
      const origin of [
        "https://evil.example",
        "https://x.dashboard.example",
        "null",
        `${ORIGIN}.evil.example`,
      ]
    ) {
      const answer = await h.stranger.get("/healthz", { headers: { Origin: origin } });
      assert.equal(answer.headers.get("Access-Control-Allow-Origin"), null);
    }
  }, configured),
);
