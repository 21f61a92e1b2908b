/**
 * The API in OpenAPI 3.1, from the access table and the endpoints: nothing in it is written a second time. Pages are left out. The
 * same program makes the same document, byte for byte.
 */

import { accessRow, ROUTE_KEYS, type RouteKey } from "../access_table.ts";
import type { Endpoint } from "../http/endpoint.ts";
import type { Routes } from "../http/mount.ts";
import { VERSION } from "../../shared/version.ts";
import { Components } from "./components.ts";
import { FAILURE_ANSWERS, FAILURE_SCHEMAS, HEADERS } from "./failures.ts";
import { operationOf } from "./operation.ts";
import { templatedPath } from "./parameters.ts";
import { SECURITY_SCHEMES } from "./security.ts";
import { CHAPTERS } from "./tags.ts";
import type { ApiDocument, Method, Operation, PathItem } from "./types.ts";

const INTRODUCTION =
  `What people, programs and agent hosts ask of CortexAuth. Pages for browsers are no part of it.

Bodies and answers are JSON; unknown fields of a body are ignored, \`null\` counts as absent where a field may be left out.
Answers can get more fields. Times are \`YYYY-MM-DD HH:MM:SS\` in UTC unless a field says otherwise. Every GET answers HEAD.

Lists are plain arrays of at most 1,000 rows: \`?limit=\` makes pages, and the header \`Link\` has the address of the next one.

Every refusal is an \`Error\` with an \`error_code\`. After 429 wait for \`Retry-After\`.`;

/** Routes of the table that are no pages. */
export const API_KEYS: readonly RouteKey[] = ROUTE_KEYS.filter((key) => accessRow(key).page !== true);

/** @throws Error for a route without endpoint, chapter or description of its address: bugs that tests find */
export function apiDocument(routes: Routes): ApiDocument {
  const components = new Components();
  const endpoints = API_KEYS.map((key) => [key, endpointOf(routes, key)] as const);
  for (const [, { spec }] of endpoints) {
    for (const schema of [spec.body, spec.query, spec.answer]) {
      if (schema !== undefined) components.use(schema);
    }
  }
  const paths = pathsOf(endpoints.map(([key, endpoint]) => [key, operationOf(key, endpoint, components)]));
  return {
    openapi: "3.1.0",
    info: {
      title: "CortexAuth",
      version: VERSION,
      summary: "A vault whose values programs use and agents do not see",
      description: INTRODUCTION,
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/", description: "The server that gave this document" }],
    tags: CHAPTERS.map(({ name, description }) => ({ name, description })),
    paths,
    components: {
      securitySchemes: SECURITY_SCHEMES,
      headers: HEADERS,
      responses: FAILURE_ANSWERS,
      schemas: { ...components.reachableFrom(paths), ...FAILURE_SCHEMAS },
    },
  };
}

function pathsOf(operations: readonly (readonly [RouteKey, Operation])[]): Record<string, PathItem> {
  const paths: Record<string, PathItem> = {};
  for (const [key, operation] of operations) {
    const path = templatedPath(key);
    paths[path] = { ...paths[path], [methodOf(key)]: operation };
  }
  return paths;
}

function methodOf(key: RouteKey): Method {
  return key.slice(0, key.indexOf(" ")).toLowerCase() as Method;
}

function endpointOf(routes: Routes, key: RouteKey): Endpoint {
  const endpoint = routes[key];
  if (endpoint === undefined) throw new Error(`there is no endpoint of ${key}`);
  return endpoint;
}
