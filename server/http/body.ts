/**
 * Reads a request body: bounded in size and time, UTF-8, JSON that is not built to hurt. No error quotes any of it.
 */

import { VaultError } from "../../shared/errors.ts";
import { fromUtf8 } from "../../shared/encoding.ts";
import { scanJson, type ScanProblem } from "./json_scan.ts";

/** The predecessor's limit. A 1 MiB value fits, JSON escapes included, unless most of it needs escaping. */
export const MAX_BODY_BYTES = 2 * 1024 * 1024;
/** A body comes in one piece; who needs longer is holding a connection. */
export const BODY_TIMEOUT_MS = 15_000;

const NOTHING = new Uint8Array();
const SCAN_MESSAGES: Readonly<Record<ScanProblem, string>> = {
  too_deep: "The JSON is nested deeper than 64 levels; send a flatter body",
  too_many: "The JSON has more than 20,000 members; send it in parts",
  repeated_name: "The JSON names a field twice; send each field once",
};

/**
 * All bytes of a body.
 * @throws VaultError `request.too_large`, `request.timeout`
 */
export async function readBody(request: Request, timeoutMs = BODY_TIMEOUT_MS): Promise<Uint8Array> {
  if (Number(request.headers.get("Content-Length") ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  if (request.body === null) return NOTHING;
  const reader = request.body.getReader();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    reader.cancel().catch(() => {});
  }, timeoutMs);
  try {
    const body = await collect(reader);
    if (!late) return body;
  } catch (error) {
    // The caller hung up: nobody is left to answer, and it is no fault of the server.
    if (error instanceof VaultError) throw error;
  } finally {
    clearTimeout(timer);
  }
  throw new VaultError("request.timeout", "The body did not arrive whole and in time; send it again at once");
}

async function collect(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    length += part.value.byteLength;
    if (length > MAX_BODY_BYTES) {
      reader.cancel().catch(() => {});
      throw tooLarge();
    }
    chunks.push(part.value);
  }
  return chunks.length === 1 ? chunks[0] ?? NOTHING : join(chunks, length);
}

function join(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}

function tooLarge(): VaultError {
  return new VaultError("request.too_large", "The body is larger than 2 MiB; send it in parts");
}

/**
 * The JSON value of a body. An empty body is undefined.
 * @throws VaultError `request.malformed_json`
 */
export function parseJsonBody(bytes: Uint8Array): unknown {
  if (bytes.byteLength === 0) return undefined;
  const problem = scanJson(bytes);
  if (problem !== undefined) throw new VaultError("request.malformed_json", SCAN_MESSAGES[problem]);
  const text = fromUtf8(bytes);
  if (text === undefined) {
    throw new VaultError("request.malformed_json", "The body is not UTF-8; send it as UTF-8");
  }
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text.
    throw new VaultError("request.malformed_json", "The body is not valid JSON; send one JSON object");
  }
}

/** Whether a content type says JSON: `application/json` or `application/*+json`, parameters aside. */
export function isJsonContentType(header: string | null): boolean {
  if (header === "application/json") return true;
  const type = (header ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  return type === "application/json" || /^application\/[a-z0-9!#$&^_.+-]+\+json$/.test(type);
}
