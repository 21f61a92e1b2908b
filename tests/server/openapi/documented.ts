/** Holds requests and answers to the API document, by a validator that knows nothing of the schemas it was made from. */

import assert from "node:assert/strict";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { API_KEYS } from "../../../server/openapi/document.ts";
import { templatedPath } from "../../../server/openapi/parameters.ts";
import type { ApiDocument, JsonSchema, Operation } from "../../../server/openapi/types.ts";
import type { Answer, Harness } from "../support/harness.ts";

/** The document of a server, as anybody gets it. */
export async function documentOf(h: Pick<Harness, "stranger">): Promise<ApiDocument> {
  return (await h.stranger.get("/openapi.json")).json<ApiDocument>();
}

/** All operations by method and path, as the document names them. */
export function operationsOf(document: ApiDocument): Map<string, Operation> {
  return new Map(
    Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]) =>
        [`${method.toUpperCase()} ${path}`, operation] as const
      )
    ),
  );
}

const PATHS = API_KEYS.map((key) => ({
  method: key.slice(0, key.indexOf(" ")),
  name: `${key.slice(0, key.indexOf(" "))} ${templatedPath(key)}`,
  form: new RegExp(`^${key.slice(key.indexOf(" ") + 1).replaceAll(".", "\\.").replace(/:\w+/g, "[^/]+")}$`),
}));

export class Documented {
  readonly operations: ReadonlyMap<string, Operation>;
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false });
  readonly #validators = new Map<string, ValidateFunction>();
  readonly #document: ApiDocument;

  constructor(document: ApiDocument) {
    this.#document = document;
    this.operations = operationsOf(document);
    this.#ajv.addSchema(closed(document) as object, "answers");
    this.#ajv.addSchema(document, "requests");
  }

  /** Throws where the answer is not as the document says, down to fields that it does not name. */
  check(method: string, path: string, { status, headers, text }: Answer): void {
    const operation = this.operationAt(method, path);
    if (operation === undefined) return;
    const what = `${method} ${path} ${status}`;
    const documented = operation.responses[status];
    assert.ok(documented !== undefined, `${what}: this status is not documented`);
    const answer = "$ref" in documented
      ? this.#document.components.responses[documented.$ref.slice("#/components/responses/".length)]
      : documented;
    assert.ok(answer !== undefined && !("$ref" in answer), `${what}: its answer is not there`);
    const type = headers.get("Content-Type")?.split(";", 1)[0] ?? "";
    const content = answer.content?.[type];
    if (answer.content === undefined) return assert.equal(text, "", `${what}: a body that is not documented`);
    assert.ok(content !== undefined, `${what}: the content type ${type} is not documented`);
    if (content.schema === undefined) return;
    this.#hold(content.schema, JSON.parse(text), what);
  }

  /** Whether the document lets a body pass. */
  accepts(operation: Operation, body: unknown): boolean {
    const schema = operation.requestBody?.content["application/json"]?.schema;
    return schema !== undefined && this.#validator(schema, "requests")(body) === true;
  }

  operationAt(method: string, path: string): Operation | undefined {
    const [pathname = ""] = path.split("?", 1);
    const found = PATHS.find(({ method: known, form }) => known === method && form.test(pathname));
    return found === undefined ? undefined : this.operations.get(found.name);
  }

  #hold(schema: JsonSchema, value: unknown, what: string): void {
    const validate = this.#validator(closed(schema) as JsonSchema, "answers");
    assert.ok(validate(value), `${what}: ${this.#ajv.errorsText(validate.errors)}`);
  }

  /** Compiled once. */
  #validator(schema: JsonSchema, base: string): ValidateFunction {
    const text = JSON.stringify(schema).replaceAll('"$ref":"#/', `"$ref":"${base}#/`);
    const known = this.#validators.get(text) ?? this.#ajv.compile(JSON.parse(text));
    this.#validators.set(text, known);
    return known;
  }
}

/** The same with no other fields than those that are named: clients have to bear others, answers must not have any. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== "object" || value === null) return value;
  const parts = Object.fromEntries(Object.entries(value).map(([name, part]) => [name, closed(part)]));
  return "properties" in value && "type" in value && !("additionalProperties" in value)
    ? { ...parts, additionalProperties: false }
    : parts;
}
