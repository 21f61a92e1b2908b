/** A schema as people read it: fields with their type and meaning; what has a name is a link to it. */

import type { Children } from "../dashboard/pieces.tsx";
import type { JsonSchema } from "./types.ts";
import { resolved } from "./example.ts";

type Schemas = Readonly<Record<string, JsonSchema>>;

interface SchemaProps {
  readonly schema: JsonSchema;
  readonly schemas: Schemas;
}

/** The type in a few words, and where it is an object its fields. */
export function SchemaView({ schema, schemas }: SchemaProps) {
  const known = resolved(schema, schemas);
  const items = typeof known.items === "object" ? known.items : undefined;
  return (
    <>
      <p>
        <TypeName schema={schema} />
      </p>
      <Fields schema={items === undefined ? known : resolved(items, schemas)} schemas={schemas} />
    </>
  );
}

/** Fields of an object, or of each object that it can be. */
export function Fields({ schema, schemas }: SchemaProps) {
  const choices = (schema.oneOf ?? schema.anyOf ?? []).map((choice) => resolved(choice, schemas))
    .filter(({ properties }) => properties !== undefined);
  if (choices.length > 0) {
    return (
      <>
        {choices.map((choice, at) => (
          <>
            {at === 0 ? null : <p class="quiet">or</p>}
            <Fields schema={choice} schemas={schemas} />
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
export function Field({ name, schema, required, schemas }: FieldProps) {
  const inner = schema.properties === undefined && typeof schema.items === "object" ? schema.items : schema;
  return (
    <div>
      <dt>
        <code>{name}</code>
        {required ? <span class="needed">required</span> : null}
      </dt>
      <dd>
        <span class="type">
          <TypeName schema={schema} />
        </span>
        {schema.description === undefined ? null : (
          <>
            {" "}
            <Marked text={schema.description} />
          </>
        )}
        {inner.$ref === undefined ? <Fields schema={inner} schemas={schemas} /> : null}
      </dd>
    </div>
  );
}

/** What kind of value it is: `text of at most 255 characters`, `list of SecretSummary or null`. */
function TypeName({ schema }: { readonly schema: JsonSchema }) {
  return <>{typeOf(schema)}</>;
}

function typeOf(schema: JsonSchema): Children {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.slice(schema.$ref.lastIndexOf("/") + 1);
    return <a href={`#schema-${name}`}>{name}</a>;
  }
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices !== undefined) return joined(choices.map(typeOf));
  if (schema.const !== undefined) return <code>{JSON.stringify(schema.const)}</code>;
  if (schema.enum !== undefined) {
    return joined(schema.enum.map((value) => <code>{JSON.stringify(value)}</code>));
  }
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  return joined(types.map((type) => typeName(type, schema)));
}

function typeName(type: unknown, schema: JsonSchema): Children {
  switch (type) {
    case "null":
      return "null";
    case "string":
      return `text${sizeOf(schema, ["minLength", "maxLength"], " characters")}`;
    case "integer":
      return `whole number${sizeOf(schema, ["minimum", "maximum"], "")}`;
    case "number":
      return "number";
    case "boolean":
      return "true or false";
    case "array":
      return typeof schema.items === "object"
        ? (
          <>
            list of {typeOf(schema.items)}
          </>
        )
        : "list";
    case "object":
      return typeof schema.additionalProperties === "object" && schema.properties === undefined
        ? (
          <>
            object with any names, each {typeOf(schema.additionalProperties)}
          </>
        )
        : "object";
    default:
      return "anything";
  }
}

function sizeOf(schema: JsonSchema, [least, most]: readonly [string, string], unit: string): string {
  const [from, to] = [schema[least], schema[most]];
  if (to !== undefined && from === to) return ` of ${to}${unit}`;
  if (from === undefined && to === undefined) return "";
  if (to === undefined) return ` of at least ${from}${unit}`;
  return from === undefined ? ` of at most ${to}${unit}` : ` of ${from} to ${to}${unit}`;
}

function joined(parts: readonly Children[]): Children {
  return parts.flatMap((part, at) => at === 0 ? [part] : [" or ", part]);
}

/** A text with code between backticks. */
export function Marked({ text }: { readonly text: string }) {
  return <>{text.split("`").map((part, at) => at % 2 === 0 ? part : <code>{part}</code>)}</>;
}
