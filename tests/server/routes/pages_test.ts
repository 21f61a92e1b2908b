import assert from "node:assert/strict";
import { withHarness } from "../support/harness.ts";

for (const [path, what] of [["/", "pending-grants"], ["/device?user_code=ABCD-2345", "by-code"]] as const) {
  Deno.test(
    `B17: GET ${path} says what to do next, asks for no token and runs no script`,
    withHarness(async (h) => {
      const page = await h.stranger.get(path);
      assert.equal(page.status, 200);
      assert.match(page.headers.get("Content-Type") ?? "", /^text\/html/);
      assert.match(page.headers.get("Content-Security-Policy") ?? "", /default-src 'none'/);
      assert.ok(page.text.includes(what));
      assert.doesNotMatch(page.text, /<form|<input|<script|ABCD-2345/);
    }),
  );
}
