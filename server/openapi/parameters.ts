/** What a route takes in its address. */

import type * as z from "zod";
import type { RouteKey } from "../access_table.ts";
import type { Endpoint } from "../http/endpoint.ts";
import type { Components } from "./components.ts";
import type { Parameter } from "./types.ts";

/** Every name that an address of the table holds. */
const IN_PATHS: Readonly<Record<string, string>> = {
  agent_id: "Id of an agent",
  app: "Key path of a template, percent-encoded as one segment",
  grant_id: "Id of a grant of the project",
  id: "Id, as the list gives it",
  kid: "Id of a signing key",
  name: "Name, percent-encoded",
  project: "Name of the project that the token is for, percent-encoded",
  sha: "SHA-256 of a binary in hex",
  user_code: "The code that the host shows",
  version: "Number of a version",
};

/** @throws Error for a name in an address that nobody described: a bug that a test finds */
export function parametersOf(key: RouteKey, spec: Endpoint["spec"], components: Components): Parameter[] {
  return [
    ...inPath(key),
    ...(spec.query === undefined ? [] : inQuery(spec.query, components)),
    ...Object.entries(spec.headers ?? {}).map(([name, description]) => inHeader(name, description)),
  ];
}

/** The path as OpenAPI writes it: `/admin/secrets/{id}`. */
export function templatedPath(key: RouteKey): string {
  return key.slice(key.indexOf(" ") + 1).replaceAll(/:(\w+)/g, "{$1}");
}

function inHeader(name: string, description: string): Parameter {
  return { name, in: "header", required: false, description, schema: { type: "string" } };
}

function inPath(key: RouteKey): Parameter[] {
  return [...key.matchAll(/:(\w+)/g)].map(([, name = ""]) => {
    const description = IN_PATHS[name];
    if (description === undefined) throw new Error(`nobody says what ${name} is in ${key}`);
    const schema = name === "version" ? { type: "integer", minimum: 1 } : { type: "string" };
    return { name, in: "path", required: true, description, schema };
  });
}

function inQuery(query: z.ZodType, components: Components): Parameter[] {
  const { properties = {}, required = [] } = components.write(query);
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: "query",
    required: required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema,
  }));
}
