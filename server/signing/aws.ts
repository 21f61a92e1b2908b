/**
 * AWS Signature Version 4. The request comes in its parts and the time is the server's: what is signed is put together
 * here, so that a signature is always one over the request that the audit row tells of, at the time of the row. A signer
 * of given bytes could be made to derive signing keys, or to sign for days to come.
 *
 * Source: "Create a signed AWS API request" (IAM User Guide) and "Authenticating Requests: Using Query Parameters" (S3).
 */

import type { AwsSignRequest } from "../../shared/api/sign.ts";
import { UNSIGNED_PAYLOAD } from "../../shared/signing/limits.ts";
import type { Instant } from "../../shared/clock.ts";
import { sha256Hex } from "../../shared/crypto/hash.ts";
import { hmac } from "../../shared/crypto/hmac.ts";
import { wipe } from "../../shared/crypto/wipe.ts";
import { toHex, utf8 } from "../../shared/encoding.ts";
import { VaultError } from "../../shared/errors.ts";
import { joinBytes } from "../../shared/bytes.ts";
import {
  canonicalQuery,
  isS3Like,
  normalPath,
  type QueryPair,
  s3Path,
} from "../../shared/signing/aws_uri.ts";
import { keyText, keyUnfit, type OpenedKeys, type SigningTask } from "./task.ts";

const ALGORITHM = "AWS4-HMAC-SHA256";
/** Headers that are the signer's to set, or that a client or proxy changes on the way. */
const NOT_THE_CALLERS: ReadonlySet<string> = new Set([
  "authorization",
  "connection",
  "expect",
  "host",
  "transfer-encoding",
  "user-agent",
  "x-amz-content-sha256",
  "x-amz-date",
  "x-amz-security-token",
  "x-amzn-trace-id",
]);

type Headers = readonly (readonly [string, string])[];

/** What a signature holds for: a day, a region and a service. */
interface Scope {
  readonly service: string;
  readonly region: string;
  /** `YYYYMMDDTHHMMSSZ`. */
  readonly time: string;
}

/** Names of grants whose values are parts of what is printed: an admin says by the name that they may be. */
export const PUBLIC_PARTS = {
  access_key_id: { suffix: "AWS_ACCESS_KEY_ID", form: /^\w{16,128}$/, words: "an access key id" },
  session_token: { suffix: "AWS_SESSION_TOKEN", form: /^[!-~]{64,4096}$/, words: "a session token" },
} as const;
export type PublicPart = keyof typeof PUBLIC_PARTS;

/** The text of a part, which has to look like one: what is stored under a wrong name is not printed. */
export function publicText(part: PublicPart, bytes: Uint8Array): string {
  const { form, words } = PUBLIC_PARTS[part];
  const text = keyText(bytes);
  if (form.test(text)) return text;
  throw keyUnfit(`What is stored under the name of ${words} does not look like one`);
}

/** @throws VaultError `request.invalid` for a header or a query that is the signer's */
export function awsTask(request: AwsSignRequest, now: Instant): SigningTask {
  checkParts(request);
  const { service, region, method, host, path, query, payload_sha256, presign_seconds } = request;
  const scope = { service, region, time: amzTime(now) };
  const operation = request.headers.find(([name]) => name.toLowerCase() === "x-amz-target")?.[1];
  return {
    facts: {
      algorithm: ALGORITHM,
      service,
      region,
      method,
      host,
      path,
      query_names: query.map(([name]) => name),
      signed_headers: namesToSign(request, scope),
      payload_sha256,
      ...(operation === undefined ? {} : { operation }),
      ...(presign_seconds === undefined ? {} : { presign_seconds }),
      ...(request.access_key_id === undefined ? {} : { access_key_id: request.access_key_id }),
    },
    make: (opened) => {
      checkSecret(keyText(opened.key));
      const keys = request.access_key_id === undefined
        ? opened
        : { ...opened, accessKeyId: request.access_key_id };
      return presign_seconds === undefined
        ? { kind: "aws", headers: signedHeaders(request, scope, keys) }
        : { kind: "aws_presigned", query: presignedQuery(request, scope, keys, presign_seconds) };
    },
  };
}

function checkParts(request: AwsSignRequest): void {
  const { headers, query, access_key_id, access_key_id_name } = request;
  if ((access_key_id === undefined) === (access_key_id_name === undefined)) {
    throw invalid("Say either access_key_id or access_key_id_name");
  }
  const wrong = headers.find(([name]) => NOT_THE_CALLERS.has(name.toLowerCase()));
  if (wrong !== undefined) {
    throw invalid(`The header ${wrong[0].toLowerCase()} is not the caller's to sign; leave it out`);
  }
  if (
    query.some(([name]) =>
      /^x-amz-(algorithm|credential|date|expires|signedheaders|signature|security-token)$/i.test(name)
    )
  ) {
    throw invalid("The address is signed already; give it as it was before");
  }
}

/** Before anything is derived from it. */
function checkSecret(secret: string): void {
  if (/^[!-~]{16,256}$/.test(secret) && !secret.startsWith("-----BEGIN")) return;
  throw keyUnfit("The stored value is no secret access key: 16 to 256 visible characters without spaces");
}

/** The headers that the signature covers, known before the session token is. */
function namesToSign(request: AwsSignRequest, scope: Scope): readonly string[] {
  const { headers, host, session_token_name, presign_seconds } = request;
  const sessionToken = session_token_name === undefined ? undefined : "";
  const added = presign_seconds === undefined ? addedHeaders(request, scope, sessionToken) : [];
  return canonicalHeaders([...headers, ...added], host).names;
}

function addedHeaders(
  { payload_sha256, service }: AwsSignRequest,
  { time }: Scope,
  sessionToken: string | undefined,
): Headers {
  const saysPayload = isS3Like(service) || payload_sha256 === UNSIGNED_PAYLOAD;
  return [
    ["X-Amz-Date", time],
    ...(saysPayload ? [["X-Amz-Content-Sha256", payload_sha256] as const] : []),
    ...(sessionToken === undefined ? [] : [["X-Amz-Security-Token", sessionToken] as const]),
  ];
}

/** What goes out with the request beside the caller's own headers; `Host` is the client's to send. */
function signedHeaders(request: AwsSignRequest, scope: Scope, keys: OpenedKeys): Headers {
  const { payload_sha256 } = request;
  const added = addedHeaders(request, scope, keys.sessionToken);
  const { names, lines } = canonicalHeaders([...request.headers, ...added], request.host);
  const query = canonicalQuery(request.query);
  const signature = sign(
    canonicalRequest(request, { query, names, lines, payload: payload_sha256 }),
    scope,
    keys.key,
  );
  const credential = `${keys.accessKeyId}/${scopeText(scope)}`;
  const authorization = `${ALGORITHM} Credential=${credential}, SignedHeaders=${
    names.join(";")
  }, Signature=${signature}`;
  return [...added, ["Authorization", authorization]];
}

/** The whole query of the address that is good for itself. */
function presignedQuery(request: AwsSignRequest, scope: Scope, keys: OpenedKeys, seconds: number): string {
  const { names, lines } = canonicalHeaders(request.headers, request.host);
  const pairs: QueryPair[] = [
    ...request.query,
    ["X-Amz-Algorithm", ALGORITHM],
    ["X-Amz-Credential", `${keys.accessKeyId}/${scopeText(scope)}`],
    ["X-Amz-Date", scope.time],
    ["X-Amz-Expires", String(seconds)],
    ["X-Amz-SignedHeaders", names.join(";")],
    ...(keys.sessionToken === undefined ? [] : [["X-Amz-Security-Token", keys.sessionToken] as const]),
  ];
  const query = canonicalQuery(pairs);
  // S3 does not know the body of an address that was signed before there was one.
  const payload = isS3Like(request.service) ? UNSIGNED_PAYLOAD : request.payload_sha256;
  const signature = sign(canonicalRequest(request, { query, names, lines, payload }), scope, keys.key);
  return `${query}&X-Amz-Signature=${signature}`;
}

interface CanonicalParts {
  readonly query: string;
  readonly names: readonly string[];
  readonly lines: string;
  readonly payload: string;
}

function canonicalRequest(request: AwsSignRequest, { query, names, lines, payload }: CanonicalParts): string {
  const path = isS3Like(request.service) ? s3Path(request.path) : normalPath(request.path);
  return [request.method, path, query, lines, names.join(";"), payload].join("\n");
}

/** Names in lower case and order; values trimmed, runs of spaces as one, those of one name joined as they came. */
function canonicalHeaders(headers: Headers, host: string): { names: readonly string[]; lines: string } {
  const values = Map.groupBy(
    [["host", host] as const, ...headers].map(([name, value]) => ({
      name: name.toLowerCase(),
      value: value.trim().replace(/[ \t]+/g, " "),
    })),
    ({ name }) => name,
  );
  const names = [...values.keys()].sort();
  const line = (name: string) => `${name}:${(values.get(name) ?? []).map(({ value }) => value).join(",")}\n`;
  return { names, lines: names.map(line).join("") };
}

function sign(request: string, scope: Scope, secret: Uint8Array): string {
  const text = [ALGORITHM, scope.time, scopeText(scope), sha256Hex(request)].join("\n");
  const key = signingKey(scope, secret);
  const signature = toHex(hmac("sha256", key, utf8(text)));
  wipe(key);
  return signature;
}

/** Good for one day, region and service only. */
function signingKey({ time, region, service }: Scope, secret: Uint8Array): Uint8Array {
  let key: Uint8Array = joinBytes(utf8("AWS4"), secret);
  for (const part of [time.slice(0, 8), region, service, "aws4_request"]) {
    const next = hmac("sha256", key, utf8(part));
    wipe(key);
    key = next;
  }
  return key;
}

function scopeText({ time, region, service }: Scope): string {
  return `${time.slice(0, 8)}/${region}/${service}/aws4_request`;
}

function amzTime(now: Instant): string {
  return new Date(now).toISOString().replace(/[-:]|\.\d{3}/g, "");
}

function invalid(message: string): VaultError {
  return new VaultError("request.invalid", message);
}
