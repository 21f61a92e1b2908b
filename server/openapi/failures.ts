/** How refusals and failures look on the wire: one schema, one answer for each status, all codes. */

import type { AccessRow } from "../access_rows/row.ts";
import type { RouteKey } from "../access_table.ts";
import type { Endpoint } from "../http/endpoint.ts";
import { ERROR_CODES, httpStatus, wireCode } from "../../shared/errors.ts";
import type { Answer, JsonSchema, Reference } from "./types.ts";

const STATUSES = {
  400: ["BadRequest", "The request is not as it has to be; `error` says where and what was wanted"],
  401: ["Unauthorized", "Nobody was recognised, or a proof or token does not count any more"],
  403: ["Forbidden", "Who asks may not do this, or not yet"],
  404: ["NotFound", "It does not exist, or is outside of what the caller may see"],
  408: ["Timeout", "The body did not arrive in time"],
  409: ["Conflict", "The state of things does not allow it; `error` says what to do first"],
  413: ["TooLarge", "The body is larger than 2 MiB"],
  415: ["UnsupportedMediaType", "The body is not JSON"],
  422: ["Unprocessable", "The form is right, the content cannot be used"],
  428: ["PreconditionRequired", "The server has to know more to decide; see `error_code`"],
  429: ["TooManyRequests", "Too many requests; try again after `Retry-After`"],
  500: ["Internal", "A fault of the server; its log has the reason under `request_id`"],
  503: ["Unavailable", "Sealed, busy or stopping; nothing was done"],
} as const satisfies Readonly<Record<number, readonly [string, string]>>;

type Status = keyof typeof STATUSES;
const ALL_STATUSES = Object.keys(STATUSES).map(Number) as readonly Status[];

/** Codes that a server answers with. The others are only seen on the agent's host. */
const SENT_CODES = ERROR_CODES.filter((code) => !/^(client|child)\.(?!caller_)|^server\.un/.test(code));

/** With the header `Retry-After` where waiting helps. */
const RETRIED: ReadonlySet<Status> = new Set<Status>([401, 429, 503]);

/** The schemas of what a failure answers. */
export const FAILURE_SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  ErrorCode: {
    type: "string",
    description: "What went wrong, for programs: names stay, `error` may be worded anew. " +
      "`x-http-status` has the status of each; docs/errors.md says what to do.",
    enum: ERROR_CODES.map(wireCode),
    "x-http-status": Object.fromEntries(ERROR_CODES.map((code) => [wireCode(code), httpStatus(code)])),
  },
  Error: {
    type: "object",
    description: "Every refusal and failure.",
    required: ["error", "error_code"],
    properties: {
      error: {
        type: "string",
        description: "For people: what failed, then what to do next. Never a value that was sent.",
      },
      error_code: { $ref: "#/components/schemas/ErrorCode" },
      details: {
        type: "object",
        description: "Facts to act on, such as `grant_id` of a request that waits.",
      },
      request_id: { type: "string", description: "The same as in the header `X-Request-Id`." },
    },
  },
};

/** The answer of each status, by name. */
export const FAILURE_ANSWERS: Readonly<Record<string, Answer>> = Object.fromEntries(
  ALL_STATUSES.map((status) => [STATUSES[status][0], answerOf(status)]),
);

/** Headers that failures and lists carry. */
export const HEADERS = {
  RequestId: {
    description: "Leads to the request in the server's log and in the audit log",
    schema: { type: "string" },
  },
  RetryAfter: { description: "Seconds after which another try can succeed", schema: { type: "integer" } },
  NextPage: {
    description: 'Where there is a next page: `</path?…&cursor=…>; rel="next"`, relative',
    schema: { type: "string" },
  },
  SessionCookie: { description: "The session of who signed in, or its end", schema: { type: "string" } },
  Location: { description: "Where the browser goes on", schema: { type: "string" } },
} as const satisfies Readonly<Record<string, { readonly description: string; readonly schema: JsonSchema }>>;

export function header(name: keyof typeof HEADERS): Reference {
  return { $ref: `#/components/headers/${name}` };
}

function answerOf(status: Status): Answer {
  const codes = SENT_CODES.filter((code) => httpStatus(code) === status).map((code) =>
    `\`${wireCode(code)}\``
  );
  return {
    description: `${STATUSES[status][1]}. Codes: ${codes.join(", ")}.`,
    headers: {
      "X-Request-Id": header("RequestId"),
      ...(RETRIED.has(status) ? { "Retry-After": header("RetryAfter") } : {}),
    },
    content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
  };
}

/** The failures that a route can answer with. */
export function failuresOf(key: RouteKey, row: AccessRow, { spec }: Endpoint): Record<string, Reference> {
  const hasBody = (spec.body ?? spec.bodyWhileSealed) !== undefined;
  const named = key.includes("/:");
  const writes = !key.startsWith("GET ");
  const possible: Readonly<Record<Status, boolean>> = {
    400: hasBody || named || spec.query !== undefined,
    401: row.caller !== "public" || row.audited === "service",
    403: row.caller !== "public" || row.audited === "service",
    404: named || row.caller !== "public" || spec.query !== undefined || row.action === "sign_in",
    408: hasBody,
    409: writes && row.caller !== "public",
    413: hasBody,
    415: hasBody && spec.anyContentType !== true,
    422: hasBody || row.caller === "project",
    428: key === "POST /project/run/:project",
    429: row.limit !== "none",
    500: true,
    503: true,
  };
  return Object.fromEntries(
    ALL_STATUSES.filter((status) => possible[status]).map((status) => [
      String(status),
      { $ref: `#/components/responses/${STATUSES[status][0]}` },
    ]),
  );
}
