import assert from "node:assert/strict";
import { ClientAddress } from "../../../server/middleware/client_address.ts";
import { sealedDoor } from "../../../server/seal/door.ts";

const door = sealedDoor({
  addresses: new ClientAddress([]),
  log: { warn: () => {}, error: () => {} },
  status: () => ({ sealed: true, shares: null }),
  unseal: async () => ({ sealed: true, shares: null }),
});

const info = { remoteAddr: { hostname: "127.0.0.1" } };

Deno.test("sealedDoor tells browsers as a page that the vault is sealed, and everybody else as JSON", async () => {
  const page = await door.request("/ui/overview", { headers: { Accept: "text/html,*/*" } }, info);
  assert.equal(page.status, 503);
  assert.match(page.headers.get("Content-Security-Policy") ?? "", /default-src 'none'; script-src 'self'/);
  const text = await page.text();
  assert.match(text, /The vault is sealed.*cortex admin unseal/s);
  assert.doesNotMatch(text, /<input|<form/, "no page asks for what opens the vault");
  const style = /href="(\/assets\/[^"]+style\.css)"/.exec(text)?.[1] ?? "";
  assert.equal((await door.request(style, {}, info)).status, 200);
  const json = await door.request("/admin/secrets", {}, info);
  assert.equal(json.status, 503);
  assert.equal((await json.json()).error_code, "server_sealed");
  assert.equal((await door.request("/assets/0-x.css", {}, info)).status, 503);
});
