/** Values that a JSON Schema takes, and values that are nearly such. */

import fc from "fast-check";
import type { JsonSchema } from "../../../server/openapi/types.ts";

type Schemas = Readonly<Record<string, JsonSchema>>;

/** Characters of one unit each, so that lengths are the same however they are counted; some that names may not have. */
const characters = fc.constantFrom(..."abcXYZ019 _-./*\"'\\é", "\n", "\t", "\u0000", "\u202e", "\u2028");

/** Mostly what the schema takes, with a part of it changed now and then. */
export function nearly(schema: JsonSchema, schemas: Schemas): fc.Arbitrary<unknown> {
  const good = taken(schema, schemas);
  return fc.oneof(
    { weight: 3, arbitrary: good },
    { weight: 3, arbitrary: fc.tuple(good, fc.nat(), fc.jsonValue({ maxDepth: 2 })).map(changed) },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
  );
}

/** One field gets another value, or is gone. */
function changed([value, choice, other]: [unknown, number, unknown]): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return other;
  const names = Object.keys(value);
  const name = names[choice % Math.max(1, names.length)] ?? "more";
  const { [name]: before, ...rest } = value as Record<string, unknown>;
  if (choice % 3 === 0) return rest;
  const inner = typeof before === "object" && before !== null && choice % 3 === 1;
  return { ...rest, [name]: inner ? changed([before, choice >> 2, other]) : other };
}

function taken(schema: JsonSchema, schemas: Schemas): fc.Arbitrary<unknown> {
  if (schema.$ref !== undefined) {
    return taken(schemas[schema.$ref.slice(schema.$ref.lastIndexOf("/") + 1)] ?? {}, schemas);
  }
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices !== undefined) return fc.oneof(...choices.map((choice) => taken(choice, schemas)));
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  return fc.oneof(...types.map((type) => ofType(type, schema, schemas)));
}

function ofType(type: unknown, schema: JsonSchema, schemas: Schemas): fc.Arbitrary<unknown> {
  switch (type) {
    case "null":
      return fc.constant(null);
    case "boolean":
      return fc.boolean();
    case "integer":
      return fc.integer({ min: bound(schema, "minimum", -9), max: bound(schema, "maximum", 99) });
    case "string":
      return text(schema);
    case "array":
      return list(schema, schemas);
    case "object":
      return object(schema, schemas);
    default:
      return fc.jsonValue({ maxDepth: 1 });
  }
}

function bound(schema: JsonSchema, name: string, usual: number): number {
  const value = Number(schema[name] ?? usual);
  return Math.abs(value) > 2 ** 31 - 1 ? usual : value;
}

function text(schema: JsonSchema): fc.Arbitrary<string> {
  const minLength = Number(schema["minLength"] ?? 0);
  const maxLength = Math.max(minLength, Math.min(Number(schema["maxLength"] ?? 12), minLength + 12));
  const any = fc.string({ unit: characters, minLength, maxLength });
  const { pattern } = schema;
  if (typeof pattern !== "string" || pattern.includes("\\p{")) return any;
  return fc.oneof(any, fc.stringMatching(new RegExp(pattern)));
}

function list({ items, prefixItems, minItems = 0 }: JsonSchema, schemas: Schemas): fc.Arbitrary<unknown> {
  if (prefixItems !== undefined) return fc.tuple(...prefixItems.map((item) => taken(item, schemas)));
  const item = typeof items === "object" ? taken(items, schemas) : fc.jsonValue({ maxDepth: 1 });
  return fc.array(item, { minLength: Number(minItems), maxLength: Number(minItems) + 2 });
}

function object({ properties = {}, required = [] }: JsonSchema, schemas: Schemas): fc.Arbitrary<unknown> {
  const fields = Object.fromEntries(
    Object.entries(properties).map(([name, field]) => [name, taken(field, schemas)]),
  );
  return fc.record(fields, { requiredKeys: [...required] });
}
