/**
 * The schemas of bodies, queries and answers as JSON Schema. A schema that `shared/api` exports under a name is a component of that
 * name; others are written where they are used.
 */

import * as z from "zod";
import { NAMED_SCHEMAS } from "./named_schemas.ts";
import type { JsonSchema } from "./types.ts";

const PREFIX = "#/components/schemas/";

/** JSON Schemas of what routes use, and the named ones among them. */
export class Components {
  readonly #registry = z.registry<{ id: string }>();
  readonly #inline: z.ZodType[] = [];
  #made: Readonly<Record<string, JsonSchema>> | undefined;

  constructor() {
    for (const [name, schema] of NAMED_SCHEMAS) this.#registry.add(schema, { id: name });
  }

  /** To be called with every schema before the first is asked for. */
  use(schema: z.ZodType): void {
    if (this.#registry.has(schema)) return;
    this.#registry.add(schema, { id: `inline ${this.#inline.length}` });
    this.#inline.push(schema);
  }

  /** A reference to it where it has a name, itself where not. */
  refer(schema: z.ZodType): JsonSchema {
    const id = this.#idOf(schema);
    return NAMES.has(id) ? { $ref: PREFIX + id } : this.write(schema);
  }

  /** The schema itself. */
  write(schema: z.ZodType): JsonSchema {
    const written = this.#schemas()[this.#idOf(schema)];
    if (written === undefined) throw new Error("a schema was asked for that was not announced");
    return written;
  }

  /** Named schemas that `part` of the document refers to, and those that they refer to, by name. */
  reachableFrom(part: unknown): Record<string, JsonSchema> {
    const schemas = this.#schemas();
    const found = new Map<string, JsonSchema>();
    const visit = (value: unknown): void => {
      for (const name of namesIn(value)) {
        const schema = schemas[name];
        if (schema === undefined || found.has(name)) continue;
        found.set(name, schema);
        visit(schema);
      }
    };
    visit(part);
    return Object.fromEntries([...found].toSorted(([one], [other]) => one < other ? -1 : 1));
  }

  #idOf(schema: z.ZodType): string {
    const id = this.#registry.get(schema)?.id;
    if (id === undefined) throw new Error("a schema was asked for that was not announced");
    return id;
  }

  #schemas(): Readonly<Record<string, JsonSchema>> {
    return this.#made ??= convert(this.#registry);
  }
}

const NAMES: ReadonlySet<string> = new Set(NAMED_SCHEMAS.map(([name]) => name));

/** `input`: what is sent, before defaults are filled in; answers have no defaults. */
function convert(registry: z.core.$ZodRegistry<{ id: string }>): Record<string, JsonSchema> {
  const { schemas } = z.toJSONSchema(registry, {
    io: "input",
    uri: (id) => PREFIX + id,
    override: ({ jsonSchema }) => tidy(jsonSchema),
  });
  const plain: Record<string, JsonSchema> = JSON.parse(JSON.stringify(schemas));
  return Object.fromEntries(
    Object.entries(plain).map(([id, { $schema: _dialect, $id: _address, ...schema }]) => [id, schema]),
  );
}

/** What says nothing goes, such as that names are texts. */
function tidy(schema: z.core.JSONSchema.BaseSchema): void {
  delete schema.propertyNames;
  // A number in an address, which is read as a text.
  if (schema.type === "integer") delete schema.pattern;
}

function namesIn(value: unknown): string[] {
  const references = JSON.stringify(value).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g);
  return [...references].map(([, name = ""]) => name);
}
