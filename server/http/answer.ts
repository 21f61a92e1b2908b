/** Answers: JSON, lists with a `Link` to their next page, errors. The common headers are on every one of them. */

import { httpStatus, toWireError, VaultError } from "../../shared/errors.ts";
import { NO_STORE, SECURITY_HEADERS } from "../middleware/headers.ts";
import { Page } from "../services/paging.ts";
import type { Incoming } from "./incoming.ts";

const JSON_TYPE = "application/json";

function commonHeaders(requestId: string): Headers {
  const headers = new Headers(SECURITY_HEADERS);
  headers.set("Cache-Control", NO_STORE);
  headers.set("X-Request-Id", requestId);
  return headers;
}

/** The answer to a request that succeeded. */
export function successAnswer(answer: unknown, status: number, incoming: Incoming): Response {
  if (answer instanceof Response) return withCommonHeaders(answer, incoming.requestId);
  const headers = commonHeaders(incoming.requestId);
  headers.set("Content-Type", JSON_TYPE);
  if (!(answer instanceof Page)) return new Response(JSON.stringify(answer), { status, headers });
  if (answer.next !== undefined) headers.set("Link", nextLink(incoming.url, answer.next));
  return new Response(JSON.stringify(answer.items), { status, headers });
}

/** A text with its own content type; headers given here win over the common ones. */
export function textAnswer(
  text: string,
  contentType: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(text, { headers: { ...headers, "Content-Type": contentType } });
}

/** The answer to a request that failed. */
export function errorAnswer(
  error: VaultError,
  incoming: Incoming,
  more: Readonly<Record<string, string>> = {},
): Response {
  const headers = commonHeaders(incoming.requestId);
  headers.set("Content-Type", JSON_TYPE);
  for (const [name, value] of Object.entries(more)) headers.set(name, value);
  if (error.retryAfter !== undefined) headers.set("Retry-After", String(error.retryAfter));
  const body = JSON.stringify(toWireError(error, incoming.requestId));
  return new Response(body, { status: httpStatus(error.code), headers });
}

/** The answer to a bug: nothing but the request id leads to its cause. */
export function bugAnswer(incoming: Incoming): Response {
  const message = "The server failed on this request; its log has the reason under the request id";
  return errorAnswer(new VaultError("server.internal", message), incoming);
}

/** What `OPTIONS` gets on a route that exists. */
export function optionsAnswer(allow: string, incoming: Incoming): Response {
  const headers = commonHeaders(incoming.requestId);
  headers.set("Allow", allow);
  return new Response(null, { status: 200, headers });
}

function withCommonHeaders(response: Response, requestId: string): Response {
  for (const [name, value] of commonHeaders(requestId)) {
    if (!response.headers.has(name)) response.headers.set(name, value);
  }
  return response;
}

/** Relative, so that it holds behind a proxy too. */
function nextLink(url: URL, cursor: string): string {
  const query = new URLSearchParams(url.searchParams);
  query.set("cursor", cursor);
  return `<${url.pathname}?${query}>; rel="next"`;
}
