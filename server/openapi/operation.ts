/** One route as an operation: all of it follows from its row in the access table and the schemas of its endpoint. */

import type { AccessRow, LimitClass } from "../access_rows/row.ts";
import { accessRow, type RouteKey } from "../access_table.ts";
import type { Endpoint } from "../http/endpoint.ts";
import { RATES } from "../middleware/rate_limit.ts";
import type { Components } from "./components.ts";
import { failuresOf, header } from "./failures.ts";
import { parametersOf } from "./parameters.ts";
import { callersOf, rolesWith, securityOf } from "./security.ts";
import { chapterOf } from "./tags.ts";
import type { Answer, Content, Operation } from "./types.ts";

const JSON_TYPE = "application/json";

export function operationOf(key: RouteKey, endpoint: Endpoint, components: Components): Operation {
  const row = accessRow(key);
  const { spec } = endpoint;
  const parameters = parametersOf(key, spec, components);
  const body = spec.body ?? spec.bodyWhileSealed;
  return {
    operationId: operationId(key),
    tags: [chapterOf(key)],
    summary: row.summary,
    description: descriptionOf(row),
    security: securityOf(key, row),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : {
      requestBody: {
        required: spec.bodyOptional !== true,
        content: { [JSON_TYPE]: { schema: components.refer(body) } },
      },
    }),
    responses: { ...successes(key, endpoint, components), ...failuresOf(key, row, endpoint) },
    ...extensionsOf(row),
  };
}

/** `GET /admin/secrets/:id/uses` is `get_admin_secrets_by_id_uses`. */
export function operationId(key: RouteKey): string {
  const words = key.replaceAll(":", "by_").split(/[^A-Za-z0-9_]+/);
  return words.filter((word) => word !== "").join("_").toLowerCase();
}

function descriptionOf(row: AccessRow): string {
  const logged = row.audited === "nobody" ? "" : ` In the audit log: \`${row.action}\`.`;
  return `For ${callersOf(row)}.${logged}`;
}

function extensionsOf({ action, right, fresh, limit }: AccessRow) {
  return {
    "x-audit-action": action,
    ...(right === undefined ? {} : { "x-right": right, "x-roles": rolesWith(right) }),
    ...(fresh === true ? { "x-fresh-proof": true as const } : {}),
    ...(limit === "none" || limit === "admin" ? {} : { "x-rate-limit": limitOf(limit) }),
  };
}

/** What holders of a project token do is not counted, only what is refused. */
function limitOf(limit: Exclude<LimitClass, "none" | "admin">) {
  return { ...RATES[limit], counts: limit === "project" ? "refusals" as const : "requests" as const };
}

function successes(key: RouteKey, { spec }: Endpoint, components: Components): Record<string, Answer> {
  const status = spec.status ?? 200;
  const answer: Answer = {
    description: status === 303 ? "On to another address" : "Done",
    headers: { "X-Request-Id": header("RequestId"), ...extraHeaders(key, status, isPaged(spec)) },
    ...contentOf(spec, components),
  };
  return {
    [status]: answer,
    ...(spec.otherStatus === undefined ? {} : { [spec.otherStatus]: { ...answer, description: "Begun" } }),
  };
}

/** Lists that take a cursor. */
function isPaged({ query }: Endpoint["spec"]): boolean {
  return query !== undefined && "shape" in query && Object.hasOwn(query.shape as object, "cursor");
}

function extraHeaders(key: RouteKey, status: number, paged: boolean) {
  return {
    ...(paged ? { Link: header("NextPage") } : {}),
    ...(status === 303 ? { Location: header("Location") } : {}),
    ...(SETS_COOKIE.test(key) ? { "Set-Cookie": header("SessionCookie") } : {}),
  };
}

const SETS_COOKIE = /^(POST|PUT) \/(auth\/(?!.*\/options$)|admin\/me\/password$)/;

function contentOf({ answer, answerTypes }: Endpoint["spec"], components: Components): { content?: Content } {
  if (answerTypes !== undefined) {
    return { content: Object.fromEntries(answerTypes.map((type) => [type, {}])) };
  }
  if (answer === undefined) return {};
  return { content: { [JSON_TYPE]: { schema: components.refer(answer) } } };
}
