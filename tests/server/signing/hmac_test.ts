/** RFC 4231's vectors, and webhooks checked by code that is written from each service's documentation alone. */

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import fc from "fast-check";
import { hmacTask, webhookTask } from "../../../server/signing/hmac.ts";
import { fromBase64, toBase64, utf8 } from "../../../shared/encoding.ts";
import { VaultError } from "../../../shared/errors.ts";
import { HMAC_HASHES, WEBHOOK_FORMS, type WebhookForm } from "../../../shared/signing/limits.ts";
import { sha256Hex } from "../../../shared/crypto/hash.ts";

type Hash = typeof HMAC_HASHES[number];

const macOf = (hash: Hash, key: Uint8Array, message: Uint8Array) => {
  const signed = hmacTask({ kind: "hmac", name: "K", hash, message: toBase64(message) }).make({ key });
  assert.ok(signed.kind === "hmac");
  return fromBase64(signed.mac)?.toHex();
};

/** Key, data, SHA-256, SHA-512: test cases 1, 3, 4, 6 and 7 (the others have keys or outputs that we do not take). */
const RFC_4231: readonly (readonly [Uint8Array, Uint8Array, string, string])[] = [
  [
    new Uint8Array(20).fill(0x0b),
    utf8("Hi There"),
    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
    "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854",
  ],
  [
    new Uint8Array(20).fill(0xaa),
    new Uint8Array(50).fill(0xdd),
    "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
    "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb",
  ],
  [
    Uint8Array.from({ length: 25 }, (_, at) => at + 1),
    new Uint8Array(50).fill(0xcd),
    "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
    "b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3dba91ca5c11aa25eb4d679275cc5788063a5f19741120c4f2de2adebeb10a298dd",
  ],
  [
    new Uint8Array(131).fill(0xaa),
    utf8("Test Using Larger Than Block-Size Key - Hash Key First"),
    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598",
  ],
  [
    new Uint8Array(131).fill(0xaa),
    utf8(
      "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.",
    ),
    "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
    "e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944b6022cac3c4982b10d5eeb55c3e4de15134676fb6de0446065c97440fa8c6a58",
  ],
];

Deno.test("hmacTask gives the MACs of RFC 4231", () => {
  for (const [key, data, with256, with512] of RFC_4231) {
    assert.equal(macOf("sha256", key, data), with256);
    assert.equal(macOf("sha512", key, data), with512);
  }
  // RFC 2202, test case 1.
  assert.equal(
    macOf("sha1", new Uint8Array(20).fill(0x0b), utf8("Hi There")),
    "b617318655057264e28bc0b6fb378c8ef146be00",
  );
});

const NOW = 1_614_265_330_000;
const BODY = utf8('{"test": 2432232314}');

function webhook(form: WebhookForm, key: string, body = BODY, now = NOW, message_id?: string) {
  const message = toBase64(body);
  const id = message_id === undefined ? {} : { message_id };
  const signed = webhookTask({ kind: "webhook", name: "K", form, message, ...id }, now).make({
    key: utf8(key),
  });
  assert.ok(signed.kind === "webhook");
  return Object.fromEntries(signed.headers);
}

Deno.test("webhookTask signs the example in GitHub's documentation", () => {
  assert.deepEqual(webhook("github", "It's a Secret to Everybody", utf8("Hello, World!")), {
    "X-Hub-Signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
  });
});

Deno.test("webhookTask signs the example in Slack's documentation", () => {
  const body =
    "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V" +
    "&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=" +
    "https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=" +
    "398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
  assert.deepEqual(webhook("slack", "8f742231b10e8888abcd99yyyzzz85a5", utf8(body), 1_531_420_618_000), {
    "X-Slack-Request-Timestamp": "1531420618",
    "X-Slack-Signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
  });
});

Deno.test("webhookTask signs the example of Standard Webhooks", () => {
  const key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  assert.deepEqual(webhook("standard-webhooks", key, BODY, NOW, "msg_p5jXN8AQM9LWM0D4loKWxJek"), {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  });
  assert.match(webhook("standard-webhooks", key)["webhook-id"] ?? "", /^msg_[0-9a-f]{32}$/);
});

/** As a receiver is told to verify it. */
function verifyStripe(header: string, body: Uint8Array, secret: string): boolean {
  const elements = header.split(",").map((element) => element.split("="));
  const timestamp = elements.find(([name]) => name === "t")?.[1] ?? "";
  const expected = createHmac("sha256", secret).update(`${timestamp}.`).update(body).digest("hex");
  return elements.some(([name, value]) => name === "v1" && value === expected);
}

Deno.test("webhookTask signs what Stripe's receivers verify, dated by the server", () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.string({ minLength: 16 }), fc.nat(4e9), (body, secret, seconds) => {
      const header = webhook("stripe", secret, body, seconds * 1000 + 999)["Stripe-Signature"] ?? "";
      assert.ok(header.startsWith(`t=${seconds},v1=`));
      assert.ok(verifyStripe(header, body, secret));
      assert.ok(!verifyStripe(header, Uint8Array.of(...body, 0), secret));
    }),
  );
});

Deno.test("neither task takes a key that is short, a PEM file or no webhook key, and neither quotes it", () => {
  const keys: readonly (readonly [WebhookForm, string])[] = [
    ["github", "canary"],
    ["stripe", "-----BEGIN PRIVATE KEY-----\ncanary"],
    ["standard-webhooks", "whsec_canarycanary"],
    ["standard-webhooks", "not base64 but canary, and long enough"],
  ];
  for (const [form, key] of keys) {
    assert.throws(() => webhook(form, key), (error) => {
      assert.ok(error instanceof VaultError && error.code === "sign.key_unfit");
      return !error.message.includes("canary");
    });
  }
  assert.throws(() => macOf("sha256", utf8("fifteen bytes !"), BODY), { code: "sign.key_unfit" });
});

Deno.test("the facts of a message are its digest and not the message", () => {
  const message = toBase64(utf8("canary-message"));
  const { facts } = hmacTask({ kind: "hmac", name: "K", hash: "sha512", message });
  assert.deepEqual(facts, { algorithm: "HMAC-SHA512", message_sha256: sha256Hex("canary-message") });
  for (const form of WEBHOOK_FORMS) {
    const task = webhookTask({ kind: "webhook", name: "K", form, message }, NOW);
    assert.equal(task.facts["webhook"], form);
    assert.equal(task.facts["message_sha256"], sha256Hex("canary-message"));
    assert.ok(!JSON.stringify(task.facts).includes("canary"));
  }
});

Deno.test("a message that is no base64, or an id where there is none, is refused before any key is open", () => {
  const wrong = { kind: "hmac", name: "K", hash: "sha256", message: "***" } as const;
  assert.throws(() => hmacTask(wrong), { code: "request.invalid" });
  assert.throws(() => webhook("github", "x".repeat(20), BODY, NOW, "msg_1"), { code: "request.invalid" });
});
