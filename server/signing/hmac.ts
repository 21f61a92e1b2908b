/**
 * HMACs of messages, and the headers of webhooks. A webhook's time and the text around its body are put together here:
 * who asks for a webhook cannot date it.
 */

import type { HmacSignRequest, WebhookSignRequest } from "../../shared/api/sign.ts";
import { MAX_MESSAGE_BYTES, type WebhookForm } from "../../shared/signing/limits.ts";
import { type Instant, unixSeconds } from "../../shared/clock.ts";
import { sha256Hex } from "../../shared/crypto/hash.ts";
import { hmac } from "../../shared/crypto/hmac.ts";
import { randomHex } from "../../shared/crypto/random.ts";
import { wipe } from "../../shared/crypto/wipe.ts";
import { fromBase64, fromUtf8, toBase64, toHex, utf8 } from "../../shared/encoding.ts";
import { VaultError } from "../../shared/errors.ts";
import { keyText, keyUnfit, type OpenedKeys, type SigningTask } from "./task.ts";

/** One MAC of a shorter key lets its holder try keys until one fits. */
const MIN_KEY_BYTES = 16;

type Headers = readonly (readonly [string, string])[];

interface Form {
  /** What the service signs before the body. */
  readonly before: (id: string, seconds: string) => string;
  readonly headers: (mac: Uint8Array, id: string, seconds: string) => Headers;
  readonly hasId?: true;
  /** The key behind the text that people copy. */
  readonly key?: (stored: Uint8Array) => Uint8Array;
}

/** Each as its documentation has it: "Validating webhook deliveries", "Verify webhook signatures manually", … */
const FORMS: Readonly<Record<WebhookForm, Form>> = {
  "github": {
    before: () => "",
    headers: (mac) => [["X-Hub-Signature-256", `sha256=${toHex(mac)}`]],
  },
  "stripe": {
    before: (_id, seconds) => `${seconds}.`,
    headers: (mac, _id, seconds) => [["Stripe-Signature", `t=${seconds},v1=${toHex(mac)}`]],
  },
  "slack": {
    before: (_id, seconds) => `v0:${seconds}:`,
    headers: (mac, _id, seconds) => [
      ["X-Slack-Request-Timestamp", seconds],
      ["X-Slack-Signature", `v0=${toHex(mac)}`],
    ],
  },
  "standard-webhooks": {
    before: (id, seconds) => `${id}.${seconds}.`,
    headers: (mac, id, seconds) => [
      ["webhook-id", id],
      ["webhook-timestamp", seconds],
      ["webhook-signature", `v1,${toBase64(mac)}`],
    ],
    hasId: true,
    key: decodedKey,
  },
};

/** The MAC of a message as it is. @throws VaultError `request.invalid` */
export function hmacTask({ hash, message }: HmacSignRequest): SigningTask {
  const bytes = readMessage(message);
  return {
    facts: { algorithm: `HMAC-${hash.toUpperCase()}`, message_sha256: sha256Hex(bytes) },
    make: ({ key }) => ({ kind: "hmac", mac: toBase64(hmac(hash, checkKey(key), bytes)) }),
  };
}

/** The headers of a webhook that is sent now. @throws VaultError `request.invalid` */
export function webhookTask({ form, message, message_id }: WebhookSignRequest, now: Instant): SigningTask {
  const bytes = readMessage(message);
  const { before, headers, hasId, key: keyOf = checkKey } = FORMS[form];
  const seconds = String(unixSeconds(now));
  const id = message_id ?? `msg_${randomHex(16)}`;
  if (hasId !== true && typeof message_id === "string") {
    throw new VaultError("request.invalid", "Webhooks of this form have no message id; leave it out");
  }
  return {
    facts: {
      algorithm: "HMAC-SHA256",
      webhook: form,
      ...(hasId === true ? { message_id: id } : {}),
      message_sha256: sha256Hex(bytes),
    },
    make: ({ key }: OpenedKeys) => {
      const signingKey = keyOf(key);
      const mac = hmac("sha256", signingKey, utf8(before(id, seconds)), bytes);
      if (signingKey !== key) wipe(signingKey);
      return { kind: "webhook", headers: headers(mac, id, seconds) };
    },
  };
}

function readMessage(base64: string): Uint8Array {
  const bytes = fromBase64(base64);
  if (bytes === undefined) {
    throw new VaultError("request.invalid", "The message is not base64; send it padded");
  }
  if (bytes.byteLength <= MAX_MESSAGE_BYTES) return bytes;
  throw new VaultError("request.too_large", "The message is longer than 1 MiB; sign its digest instead");
}

function checkKey(key: Uint8Array): Uint8Array {
  if (key.byteLength < MIN_KEY_BYTES) {
    throw keyUnfit(
      `The stored key has fewer than ${MIN_KEY_BYTES} bytes, which can be guessed; store a longer one`,
    );
  }
  if (fromUtf8(key)?.trimStart().startsWith("-----BEGIN ") === true) {
    throw keyUnfit("The stored key is a PEM file; it signs JWTs, an HMAC wants a shared secret");
  }
  return key;
}

/** `whsec_` and base64 of 24 to 64 bytes (Standard Webhooks, "Signature scheme"). */
function decodedKey(stored: Uint8Array): Uint8Array {
  const bytes = fromBase64(keyText(stored).trim().replace(/^whsec_/, ""));
  if (bytes !== undefined && bytes.byteLength >= 24 && bytes.byteLength <= 64) return bytes;
  throw keyUnfit("The stored key is not whsec_ and base64 of 24 to 64 bytes, as Standard Webhooks has it");
}
