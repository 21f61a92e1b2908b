import assert from "node:assert/strict";
import { ServerFolder } from "../support/server_process.ts";

Deno.test("a real server tells a webhook of a rotated signing key, with its permissions given up", async () => {
  await using folder = await ServerFolder.make();
  const told = Promise.withResolvers<Record<string, unknown>>();
  const target = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    async (request) => {
      told.resolve(await request.json());
      return new Response();
    },
  );
  const token = "admin-token-of-the-notification-test";
  const { url } = await folder.listen({
    ADMIN_TOKEN: token,
    CORTEX_KEK_PASSWORD: "a password of the notification test",
    CORTEX_NOTIFY_ALLOW_PRIVATE: "1",
  });
  const post = async (path: string, body: unknown) => {
    const headers = { "X-Admin-Token": token, "Content-Type": "application/json" };
    const answer = await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) });
    assert.ok(answer.ok, await answer.text());
  };
  const config = { url: `http://127.0.0.1:${target.addr.port}/`, secret: "secret-of-the-webhook" };
  await post("/admin/notification-channels", { channel_type: "webhook", name: "ops", config });
  await post("/admin/signing-keys/rotate", {});
  assert.equal((await told.promise)["kind"], "signing_key_rotated");
  await target.shutdown();
});
