/**
 * A server's error answer as a {@linkcode VaultError}. The text comes from the network: it is cut and cleaned before
 * a person may see it. A code this version does not know keeps its name in `details.wire_code`.
 */

import { codeFromWire, type ErrorCode, VaultError } from "../errors.ts";

/** The nearest code where the answer brings none, as the predecessor's answers often do. */
const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: "request.invalid",
  401: "auth.invalid",
  403: "auth.invalid",
  404: "request.route_not_found",
  405: "request.method_not_allowed",
  408: "request.timeout",
  413: "request.too_large",
  415: "request.unsupported_media_type",
  422: "request.invalid",
  429: "request.rate_limited",
  502: "server.unreachable",
  503: "server.busy",
  504: "server.unreachable",
};

/**
 * The error of an answer that is not 2xx. `details.http_status` is there when the code was guessed from the status:
 * a bare 409 of the predecessor's discover is `request.invalid` with `http_status` 409.
 */
export function errorFromAnswer(status: number, headers: Headers, body: Uint8Array): VaultError {
  if (status >= 300 && status < 400) {
    const message = "The server answers with a redirect, which is not followed; use the address it points to";
    return new VaultError("server.untrusted", message, { details: { http_status: status } });
  }
  const wire = parseBody(body);
  const known = typeof wire.error_code === "string" ? codeFromWire(wire.error_code) : undefined;
  const retryAfter = parseRetryAfter(headers.get("Retry-After"));
  const details = {
    ...asRecord(wire.details),
    ...(known === undefined ? guessed(status, wire.error_code) : {}),
  };
  return new VaultError(known ?? BY_STATUS[status] ?? fallback(status), messageOf(wire.error, status), {
    ...(Object.keys(details).length === 0 ? {} : { details }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  });
}

/** One line of text from outside, safe to print: no control characters, no escape sequences, not endless. */
export function printableLine(text: string, limit = 500): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").trim().slice(0, limit);
}

function guessed(status: number, wireCode: unknown): Record<string, unknown> {
  return typeof wireCode === "string"
    ? { http_status: status, wire_code: printableLine(wireCode, 64) }
    : { http_status: status };
}

function fallback(status: number): ErrorCode {
  return status >= 500 ? "server.internal" : "request.invalid";
}

function messageOf(text: unknown, status: number): string {
  const line = typeof text === "string" ? printableLine(text) : "";
  return line === "" ? `The server answered ${status} and gave no reason` : line;
}

function parseRetryAfter(value: string | null): number | undefined {
  return value !== null && /^\d{1,6}$/.test(value) ? Number(value) : undefined;
}

function parseBody(body: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    return asRecord(JSON.parse(new TextDecoder().decode(body)));
  } catch {
    return {};
  }
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}
