/**
 * Wire schemas of `POST /project/sign/:project`: what is to be signed, in its parts. The server puts together what it
 * signs, times included: nobody gets a signature over bytes of their own choice but by an HMAC, whose message they are.
 */

import * as z from "zod";
import type { Frozen } from "./frozen.ts";
import {
  HMAC_HASHES,
  HTTP_METHODS,
  JWT_ALGORITHMS,
  MAX_MESSAGE_BYTES,
  MAX_PRESIGN_SECONDS,
  WEBHOOK_FORMS,
} from "../signing/limits.ts";
import { oneLine } from "./text.ts";

/** More than any service of AWS takes. */
const MAX_QUERY_LENGTH = 16_384;

/** A name and its value. */
const pair = z.tuple([z.string(), z.string()]);
/** The name of a grant. */
const grantName = z.string().min(1).max(255);

const scopePart = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/);
const header = pair.refine(
  ([name, value]) =>
    /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/.test(name) && /^[\t\x20-\x7e]{0,8192}$/.test(value),
  "is no header: a token, and visible ASCII of at most 8192 characters",
);

export const AwsSignRequest = z.object({
  kind: z.literal("aws"),
  name: grantName.describe("Of the secret access key."),
  access_key_id: z.string().regex(/^\w{3,128}$/).optional().describe("The access key id itself."),
  access_key_id_name: grantName.optional().describe("The grant that has the access key id."),
  session_token_name: grantName.optional().describe(
    "The grant that has the session token of temporary credentials.",
  ),
  service: scopePart,
  region: scopePart,
  method: z.enum(HTTP_METHODS),
  host: z.string().max(255).regex(/^(?:\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/).describe(
    "As in the `Host` header.",
  ),
  path: z.string().max(4096).regex(/^\/[!-~]*$/).refine((path) => !/[?#]/.test(path), "holds a query")
    .describe("As it goes over the wire, without the query."),
  query: z.array(pair).max(256).refine(
    (pairs) => pairs.flat().join("").length <= MAX_QUERY_LENGTH,
    `has to have at most ${MAX_QUERY_LENGTH} characters`,
  ).describe("Decoded."),
  headers: z.array(header).max(64),
  payload_sha256: z.string().regex(/^(?:[0-9a-f]{64}|UNSIGNED-PAYLOAD)$/).describe(
    "Lower case hex, or `UNSIGNED-PAYLOAD`.",
  ),
  presign_seconds: z.int().min(1).max(MAX_PRESIGN_SECONDS).optional().describe(
    "The life of a presigned address; absent for a signature in headers.",
  ),
});
export type AwsSignRequest = z.infer<typeof AwsSignRequest>;

export const JwtSignRequest = z.object({
  kind: z.literal("jwt"),
  name: grantName,
  algorithm: z.enum(JWT_ALGORITHMS),
  claims: z.record(z.string(), z.unknown()).describe(
    "Everything but `iat` and `exp`, which are the server's.",
  ),
  ttl_seconds: z.int().min(1),
  key_id: oneLine(255).optional(),
});
export type JwtSignRequest = z.infer<typeof JwtSignRequest>;

export const HmacSignRequest = z.object({
  kind: z.literal("hmac"),
  name: grantName,
  hash: z.enum(HMAC_HASHES),
  message: z.string().max(4 * Math.ceil(MAX_MESSAGE_BYTES / 3)).describe("Base64."),
});
export type HmacSignRequest = z.infer<typeof HmacSignRequest>;

export const WebhookSignRequest = z.object({
  kind: z.literal("webhook"),
  name: grantName,
  form: z.enum(WEBHOOK_FORMS),
  message: z.string().max(4 * Math.ceil(MAX_MESSAGE_BYTES / 3)).describe("Base64 of the body."),
  message_id: z.string().regex(/^[A-Za-z0-9_-]{1,128}$/).optional().describe(
    "For the forms that have one; the server makes it up where it is left out.",
  ),
});
export type WebhookSignRequest = z.infer<typeof WebhookSignRequest>;

export const SignRequest = z.discriminatedUnion("kind", [
  AwsSignRequest,
  JwtSignRequest,
  HmacSignRequest,
  WebhookSignRequest,
]);
export type SignRequest = z.infer<typeof SignRequest>;
export type SignKind = SignRequest["kind"];

/** What was signed, ready to be sent. */
export const SignResponse = z.discriminatedUnion("kind", [
  z.object({
    kind: z.enum(["aws", "webhook"]),
    headers: z.array(pair).describe(
      "The headers that the signature adds to the request, or the headers of a webhook.",
    ),
  }),
  z.object({
    kind: z.literal("aws_presigned"),
    query: z.string().describe("The whole query of the presigned address."),
  }),
  z.object({ kind: z.literal("jwt"), token: z.string() }),
  z.object({
    kind: z.literal("hmac"),
    mac: z.string().describe("Base64."),
  }),
]);
export type SignResponse = Frozen<z.infer<typeof SignResponse>>;
