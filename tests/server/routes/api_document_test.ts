import assert from "node:assert/strict";
import { withHarness } from "../support/harness.ts";
import { expectOk } from "../support/expect.ts";

Deno.test(
  "GET /openapi.json and GET /docs need no credentials, and are sent once to who asks again",
  withHarness(async ({ stranger }) => {
    for (const [path, type] of [["/openapi.json", "application/json"], ["/docs", "text/html"]] as const) {
      const first = await stranger.get(path);
      assert.equal(first.status, 200);
      assert.equal(first.headers.get("Content-Type")?.split(";")[0], type);
      assert.equal(first.headers.get("Cache-Control"), "private, no-cache");
      const tag = first.headers.get("ETag") ?? "";
      assert.match(tag, /^W\/"[0-9a-f]{32}"$/);
      for (const known of [tag, `"other", ${tag}`]) {
        const again = await stranger.get(path, { headers: { "If-None-Match": known } });
        assert.deepEqual([again.status, again.text, again.headers.get("ETag")], [304, "", tag]);
      }
      const other = await stranger.get(path, { headers: { "If-None-Match": '"other"' } });
      assert.deepEqual([other.status, other.text === first.text], [200, true]);
    }
  }),
);

Deno.test(
  "GET /docs is packed for who takes gzip, and is the same inside",
  withHarness(async ({ app, stranger }) => {
    const plain = await stranger.get("/docs");
    const packed = await app.request("/docs", { headers: { "Accept-Encoding": "br, gzip" } });
    assert.equal(packed.headers.get("Content-Encoding"), "gzip");
    const bytes = await packed.bytes();
    assert.ok(bytes.byteLength * 4 < plain.text.length);
    const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    assert.equal(await new Response(unpacked).text(), plain.text);
  }),
);

Deno.test(
  "GET /openapi.json is limited by address, as every public route is",
  withHarness(async ({ stranger }) => {
    const answers = [];
    for (let time = 0; time < 301; time++) answers.push((await stranger.get("/openapi.json")).status);
    assert.deepEqual([answers.indexOf(429), answers.length], [300, 301]);
  }),
);

Deno.test(
  "GET /docs loads nothing of other sites, runs no inline code, and says of each operation what there is to say",
  withHarness(async ({ stranger }) => {
    const { text, headers } = await stranger.get("/docs");
    const policy = headers.get("Content-Security-Policy") ?? "";
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /unsafe|https?:|\*/);
    const loaded = [
      ...text.matchAll(/<(?:script|link|img|iframe|form)\b[^>]*?(?:src|href|action)="([^"]*)"/g),
    ];
    assert.ok(loaded.length >= 3);
    for (const [, address = ""] of loaded) assert.match(address, /^\/(?!\/)/);
    assert.doesNotMatch(text, /<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=/);
    const { paths } = expectOk<{ paths: Record<string, Record<string, { operationId: string }>> }>(
      await stranger.get("/openapi.json"),
    );
    for (const { operationId } of Object.values(paths).flatMap((item) => Object.values(item))) {
      assert.ok(text.includes(`id="${operationId}"`), `${operationId} is not on the page`);
    }
  }),
);
