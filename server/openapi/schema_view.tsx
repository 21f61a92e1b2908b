/** A schema as people read it: fields with their type and meaning; what has a name is a link to it. */

import type { Children } from "../dashboard/pieces.tsx";
import type { JsonSchema } from "./types.ts";
import { resolved } from "./example.ts";

type Schemas = Readonly<Record<string, JsonSchema>>;

interface SchemaProps {
  readonly schema: JsonSchema;
  readonly schemas: Schemas;
  /** Of an answer is said which fields can be missing, of a body which have to be there. */
  readonly answer?: boolean | undefined;
}

/** The type in a few words, and where it is an object its fields. */
export function SchemaView({ schema, schemas, answer }: SchemaProps) {
  const known = resolved(schema, schemas);
  const items = typeof known.items === "object" ? resolved(known.items, schemas) : known;
  return (
    <>
      {schema.properties === undefined ? <p>{typeOf(schema)}</p> : null}
      <Fields schema={items} schemas={schemas} answer={answer} />
    </>
  );
}

/** Fields of an object, or of each object that it can be. */
export function Fields({ schema, schemas, answer }: SchemaProps) {
  const choices = (schema.oneOf ?? schema.anyOf ?? []).map((choice) => resolved(choice, schemas))
    .filter(({ properties }) => properties !== undefined);
  if (choices.length > 0) {
    return (
      <>
        {choices.map((choice, at) => (
          <>
            {at === 0 ? null : <p class="quiet">or</p>}
            <Fields schema={choice} schemas={schemas} answer={answer} />
          </>
        ))}
      </>
    );
  }
  const fields = Object.entries(schema.properties ?? {});
  if (fields.length === 0) return null;
  return (
    <dl class="fields">
      {fields.map(([name, field]) => (
        <Field
          name={name}
          schema={field}
          required={schema.required?.includes(name) === true}
          schemas={schemas}
          answer={answer}
        />
      ))}
    </dl>
  );
}

export interface FieldProps extends SchemaProps {
  readonly name: string;
  readonly required: boolean;
}

/** One field or parameter. */
export function Field({ name, schema, required, schemas, answer }: FieldProps) {
  const inner = schema.properties === undefined && typeof schema.items === "object" ? schema.items : schema;
  const known = describedBy(schema, schemas);
  return (
    <div>
      <dt>
        <code>{name}</code>
        <Presence required={required} answer={answer === true} />
      </dt>
      <dd>
        <span class="type">
          {typeOf(schema, schemas)}
          {schema.default === undefined ? null : (
            <>
              , <code>{JSON.stringify(schema.default)}</code> where it is left out
            </>
          )}
        </span>
        {known === undefined ? null : (
          <>
            {" · "}
            <Marked text={known} />
          </>
        )}
        {inner.$ref === undefined ? <Fields schema={inner} schemas={schemas} answer={answer} /> : null}
      </dd>
    </div>
  );
}

function Presence({ required, answer }: { readonly required: boolean; readonly answer: boolean }) {
  if (required === answer) return null;
  return <span class="needed">{answer ? "not always" : "required"}</span>;
}

/** What the field means; where only its kind of value says so, that. */
function describedBy(schema: JsonSchema, schemas: Schemas): string | undefined {
  const [kind] = [schema, ...schema.anyOf ?? []].filter(({ $ref }) => $ref !== undefined);
  return schema.description ?? (kind === undefined ? undefined : resolved(kind, schemas).description);
}

/** Lists of values that are shown where they are used; longer ones are a link. */
const SHORT_ENUM = 6;
const SHORT_PATTERN = 40;

/** What kind of value it is: `text of at most 255 characters`, `list of SecretSummary or null`. */
function typeOf(schema: JsonSchema, schemas: Schemas = {}): Children {
  if (schema.$ref !== undefined) {
    const known = resolved(schema, schemas);
    if (known.enum !== undefined && known.enum.length <= SHORT_ENUM) return typeOf(known);
    const name = schema.$ref.slice(schema.$ref.lastIndexOf("/") + 1);
    return <a href={`#schema-${name}`}>{name}</a>;
  }
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices !== undefined) return joined(choices.map((choice) => typeOf(choice, schemas)));
  if (schema.const !== undefined) return <code>{JSON.stringify(schema.const)}</code>;
  if (schema.enum !== undefined) {
    return joined(schema.enum.map((value) => <code>{JSON.stringify(value)}</code>));
  }
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  return joined(types.map((type) => plainType(type, schema, schemas)));
}

function plainType(type: unknown, schema: JsonSchema, schemas: Schemas): Children {
  switch (type) {
    case "null":
      return "null";
    case "string":
      return <>text{sizeOf(schema, ["minLength", "maxLength"], " characters")}{formOf(schema)}</>;
    case "integer":
      return `whole number${sizeOf(schema, ["minimum", "maximum"], "")}`;
    case "number":
      return "number";
    case "boolean":
      return "true or false";
    case "array":
      return listType(schema, schemas);
    case "object":
      return typeof schema.additionalProperties === "object" && schema.properties === undefined
        ? <>object with any names, each {typeOf(schema.additionalProperties, schemas)}</>
        : "object";
    default:
      return "anything";
  }
}

function listType({ items, prefixItems }: JsonSchema, schemas: Schemas): Children {
  if (prefixItems !== undefined) {
    return <>({prefixItems.map((item, at) => <>{at === 0 ? "" : ", "}{typeOf(item, schemas)}</>)})</>;
  }
  return typeof items === "object" ? <>list of {typeOf(items, schemas)}</> : "list";
}

function formOf({ pattern }: JsonSchema): Children {
  if (typeof pattern !== "string" || pattern.length > SHORT_PATTERN || pattern.includes("\\p{")) return null;
  return (
    <>
      {" like "}
      <code>{pattern}</code>
    </>
  );
}

function sizeOf(schema: JsonSchema, [least, most]: readonly [string, string], unit: string): string {
  const [from, to] = [boundOf(schema[least]), boundOf(schema[most])];
  if (to !== undefined && from === to) return ` of ${to}${unit}`;
  if (from === undefined && to === undefined) return "";
  if (to === undefined) return ` of at least ${from}${unit}`;
  return from === undefined ? ` of at most ${to}${unit}` : ` of ${from} to ${to}${unit}`;
}

/** Every whole number of JavaScript has these bounds; they say nothing to a reader. */
function boundOf(value: unknown): unknown {
  return value === Number.MIN_SAFE_INTEGER || value === Number.MAX_SAFE_INTEGER ? undefined : value;
}

function joined(parts: readonly Children[]): Children {
  return parts.flatMap((part, at) => at === 0 ? [part] : [" or ", part]);
}

/** A text with code between backticks. */
export function Marked({ text }: { readonly text: string }) {
  return <>{text.split("`").map((part, at) => at % 2 === 0 ? part : <code>{part}</code>)}</>;
}
