/** An example of each operation for the command line. Placeholders are in capitals, as in our documents. */

import type { ApiDocument, JsonSchema, Operation } from "./types.ts";

/** Of nothing. */
const DIGEST = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

const BASE = "http://127.0.0.1:3000";

export interface Placed {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

/**
 * The lines of a curl command; undefined where a request is signed by a daemon, which nobody does by hand. `admin-header` and
 * `session` are files, so that no token is in a list of processes.
 */
export function curlOf({ method, path, operation }: Placed, schemas: Schemas): string | undefined {
  const who = credentials(operation);
  if (who === undefined) return undefined;
  const address = `${BASE}${path.replaceAll(/\{(\w+)\}/g, (_, name: string) => placeholder(name))}`;
  const asked = (operation.parameters ?? []).filter((parameter) =>
    parameter.in === "query" && parameter.required
  );
  const query = asked.map(({ name }) => `${name}=${placeholder(name)}`).join("&");
  const verb = method === "GET" ? "" : ` -X ${method}`;
  const first = `curl -sS${verb} ${query === "" ? address : `'${address}?${query}'`}${who}`;
  const body = bodyOf(operation, schemas);
  if (body === undefined) return first;
  return `${first} \\\n  -H 'Content-Type: application/json' -d '${body}'`;
}

type Schemas = ApiDocument["components"]["schemas"];

function credentials({ security }: Operation): string | undefined {
  if (security.length === 0) return "";
  if (security.some((needed) => "attestation" in needed)) return undefined;
  return security.some((needed) => "daemonToken" in needed)
    ? " -H @access-token-header"
    : " -H @admin-header";
}

function bodyOf({ requestBody }: Operation, schemas: Schemas): string | undefined {
  const schema = requestBody?.content["application/json"]?.schema;
  if (schema === undefined) return undefined;
  const body = JSON.stringify(exampleOf(schema, "", schemas));
  return body === "{}" && requestBody?.required === false ? undefined : body;
}

/** The smallest value that the schema takes, but for placeholders. */
export function exampleOf(schema: JsonSchema, name: string, schemas: Schemas): unknown {
  const known = resolved(schema, schemas);
  const choice = (known.oneOf ?? known.anyOf)?.find(({ type }) => type !== "null");
  if (choice !== undefined) return exampleOf(choice, name, schemas);
  if (known.const !== undefined) return known.const;
  if (known.enum !== undefined) return known.enum[0];
  const type = Array.isArray(known.type) ? known.type[0] : known.type;
  switch (type) {
    case "string":
      return placeholder(name);
    case "integer":
    case "number":
      return Math.max(1, Number(known["minimum"] ?? 1));
    case "boolean":
      return true;
    case "array":
      return typeof known.items === "object" ? [exampleOf(known.items, name, schemas)] : [];
    default:
      return Object.fromEntries(
        (known.required ?? []).map((field) => [
          field,
          exampleOf(known.properties?.[field] ?? {}, field, schemas),
        ]),
      );
  }
}

/** What a reference leads to. */
export function resolved(schema: JsonSchema, schemas: Schemas): JsonSchema {
  const name = schema.$ref?.slice(schema.$ref.lastIndexOf("/") + 1);
  return name === undefined ? schema : schemas[name] ?? {};
}

function placeholder(name: string): string {
  if (name.endsWith("sha256")) return DIGEST;
  return name === "" ? "TEXT" : name.toUpperCase().replaceAll("_", "-");
}
