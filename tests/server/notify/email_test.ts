import assert from "node:assert/strict";
import fc from "fast-check";
import { emailMessage } from "../../../server/notify/email.ts";
import { CHANNEL_CONFIGS } from "../../../shared/api/channels.ts";

const PARTS = { from: "vault@example.org", to: "ops@example.org", now: 0 };

function split(message: string) {
  const at = message.indexOf("\r\n\r\n");
  return { headers: message.slice(0, at).split("\r\n"), body: message.slice(at + 4) };
}

Deno.test("emailMessage puts no text of a stranger into a header, whatever it is", () => {
  const plain = split(emailMessage({ ...PARTS, text: "x" })).headers.map((line) => line.split(":")[0]);
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const { headers, body } = split(emailMessage({ ...PARTS, text }));
    assert.deepEqual(headers.map((line) => line.split(":")[0]), plain);
    for (const line of headers) assert.match(line, /^[\x20-\x7e]{1,300}$/);
    assert.match(body, /^([A-Za-z0-9+/=]{1,76}\r\n)+$/);
  }));
});

Deno.test("emailMessage keeps the text, with its first line as the subject", () => {
  const { headers, body } = split(emailMessage({ ...PARTS, text: "Title\n\n.\nBcc: x@y\nZoë" }));
  assert.ok(headers.includes("Subject: Title"));
  assert.ok(headers.includes("Date: Thu, 01 Jan 1970 00:00:00 +0000"));
  const bytes = Uint8Array.fromBase64(body.replaceAll("\r\n", ""));
  assert.equal(new TextDecoder().decode(bytes), "Title\r\n\r\n.\r\nBcc: x@y\r\nZoë\r\n");
});

Deno.test("an e-mail channel takes no address or account that could be a header or an option", () => {
  const takes = (config: unknown) => CHANNEL_CONFIGS.email.safeParse(config).success;
  assert.ok(takes({ to: "ops+vault@mail.example.org", account: "work", from: "vault@example.org" }));
  const wrong = ["a@b\r\nBcc: c@d", "a b@c", "a@b,c@d", "<a@b>", "no address", "a@b>", "a@-\n"];
  assert.deepEqual(wrong.filter((to) => takes({ to })), []);
  assert.deepEqual(["--config", "-x", "a b", ""].filter((account) => takes({ to: "a@b", account })), []);
});
