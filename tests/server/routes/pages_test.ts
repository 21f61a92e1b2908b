import assert from "node:assert/strict";
import { withHarness } from "../support/harness.ts";

Deno.test(
  "B17: who is not signed in is sent to the page that asks, and comes back to where they wanted to go",
  withHarness(async (h) => {
    const device = await h.stranger.get("/device?user_code=ABCD-2345");
    assert.equal(device.headers.get("Location"), "/ui/device?user_code=ABCD-2345");
    const page = await h.stranger.get("/ui/device?user_code=ABCD-2345");
    assert.equal(page.status, 303);
    assert.equal(page.headers.get("Location"), "/signin?next=%2Fui%2Fdevice%3Fuser_code%3DABCD-2345");
    assert.equal((await h.stranger.get("/")).headers.get("Location"), "/ui/overview");
  }),
);

Deno.test(
  "pageRoutes serves what pages load under addresses that name their content, and nothing else",
  withHarness(async (h) => {
    const { assetPath } = await import("../../../server/dashboard/assets.ts");
    for (const name of ["style.css", "dashboard.js", "htmx.js", "mark.svg"] as const) {
      const asset = await h.stranger.get(assetPath(name));
      assert.equal(asset.status, 200);
      assert.match(asset.headers.get("Cache-Control") ?? "", /immutable/);
      assert.equal(asset.headers.get("X-Content-Type-Options"), "nosniff");
    }
    assert.equal((await h.stranger.get("/assets/0000000000000000-style.css")).status, 404);
  }),
);
