/**
 * A server that takes requests signed by AWS Signature Version 4 and nothing else. What it checks with is written here
 * from the documentation alone, and shares no line with the signer.
 */

import { createHash, createHmac, timingSafeEqual } from "node:crypto";

export interface SigV4ServerOptions {
  readonly secret: string;
  readonly accessKeyId: string;
  readonly sessionToken?: string;
  /** Whether the service is S3, which writes paths in its own way. */
  readonly s3: boolean;
}

/** Starts one on a free port. Answers 200 with method and path, or 403 with the reason. */
export function startSigV4Server(options: SigV4ServerOptions) {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request, { remoteAddr }) => {
      void remoteAddr;
      const body = new Uint8Array(await request.arrayBuffer());
      const problem = check(request, body, options);
      const url = new URL(request.url);
      return problem === undefined
        ? new Response(`${request.method} ${url.pathname} ${body.byteLength}`)
        : new Response(problem, { status: 403 });
    },
  );
  return { url: `http://127.0.0.1:${server.addr.port}`, [Symbol.asyncDispose]: () => server.shutdown() };
}

const sha256 = (data: Uint8Array | string) => createHash("sha256").update(data).digest("hex");
const mac = (key: Uint8Array | string, data: string) => createHmac("sha256", key).update(data).digest();

function check(request: Request, body: Uint8Array, options: SigV4ServerOptions): string | undefined {
  const url = new URL(request.url);
  const raw = url.search.slice(1).split("&").filter((part) => part !== "");
  const query = new Map(raw.map((part) => {
    const [name = "", value = ""] = part.split("=");
    return [decodeURIComponent(name), decodeURIComponent(value)];
  }));
  const presigned = query.has("X-Amz-Signature");
  const authorization = request.headers.get("Authorization") ?? "";
  const field = (name: string) => new RegExp(`${name}=([^, ]+)`).exec(authorization)?.[1] ?? "";
  const credential = presigned ? query.get("X-Amz-Credential") ?? "" : field("Credential");
  const signedHeaders = presigned ? query.get("X-Amz-SignedHeaders") ?? "" : field("SignedHeaders");
  const signature = presigned ? query.get("X-Amz-Signature") ?? "" : field("Signature");
  const date = presigned ? query.get("X-Amz-Date") ?? "" : request.headers.get("X-Amz-Date") ?? "";
  const [id = "", day = "", region = "", service = "", end = ""] = credential.split("/");
  if (id !== options.accessKeyId || end !== "aws4_request") return "credential";
  const token = presigned
    ? query.get("X-Amz-Security-Token")
    : request.headers.get("X-Amz-Security-Token") ?? undefined;
  if (token !== options.sessionToken) return "session token";
  const at = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
  const life = presigned ? Number(query.get("X-Amz-Expires")) : 15 * 60;
  if (!(Math.abs(Date.now() - at) < life * 1000) || !date.startsWith(day)) return "date";
  const claimed = request.headers.get("X-Amz-Content-Sha256");
  const payload = presigned && options.s3 ? "UNSIGNED-PAYLOAD" : claimed ?? sha256(body);
  if (payload !== "UNSIGNED-PAYLOAD" && payload !== sha256(body)) return "payload";
  if (options.s3 && !presigned && claimed === null) return "x-amz-content-sha256 is missing";
  const headers = signedHeaders.split(";").map((name) =>
    `${name}:${name === "host" ? url.host : request.headers.get(name)?.trim().replace(/ +/g, " ")}\n`
  );
  const canonical = [
    request.method,
    options.s3 ? encodePath(decodeURIComponent(url.pathname)) : encodePath(url.pathname),
    raw.filter((part) => !part.startsWith("X-Amz-Signature=")).map((part) =>
      part.includes("=") ? part : `${part}=`
    )
      .sort().join("&"),
    headers.join(""),
    signedHeaders,
    payload,
  ].join("\n");
  const text = ["AWS4-HMAC-SHA256", date, `${day}/${region}/${service}/aws4_request`, sha256(canonical)].join(
    "\n",
  );
  const key = [region, service, "aws4_request"].reduce(
    (before, part) => mac(before, part),
    mac(`AWS4${options.secret}`, day),
  );
  const expected = mac(key, text);
  const given = Uint8Array.fromHex(/^[0-9a-f]{64}$/.test(signature) ? signature : "00".repeat(32));
  return timingSafeEqual(expected, given) ? undefined : `signature over\n${canonical}`;
}

/** "UriEncode", slashes kept. */
function encodePath(path: string): string {
  return path.split("/").map((part) =>
    encodeURIComponent(part).replace(
      /[!'()*]/g,
      (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
    )
  ).join("/");
}
