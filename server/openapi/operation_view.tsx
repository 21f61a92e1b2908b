/** One operation to read: who may call it, what it takes and answers, and how it is called by hand. */

import { curlOf, type Placed } from "./example.ts";
import { Field, Marked, SchemaView } from "./schema_view.tsx";
import type { Answer, ApiDocument, Operation, Parameter } from "./types.ts";

export interface OperationProps extends Placed {
  readonly document: ApiDocument;
}

export function OperationView({ method, path, operation, document }: OperationProps) {
  const { schemas } = document.components;
  const example = curlOf({ method, path, operation }, schemas);
  return (
    <details class="operation" id={operation.operationId}>
      <summary>
        <span class={`method ${method.toLowerCase()}`}>{method}</span>
        <code class="path">{path}</code>
        <span class="does">{operation.summary}</span>
      </summary>
      <div class="stack">
        <p>
          <Marked text={operation.description ?? ""} />
        </p>
        <Roles operation={operation} />
        <Parameters operation={operation} document={document} />
        <Body operation={operation} document={document} />
        <Successes operation={operation} document={document} />
        <Failures operation={operation} />
        <h3>By hand</h3>
        {example === undefined
          ? (
            <p class="quiet">
              The daemon makes it: each request carries a signature that is good for it alone.
            </p>
          )
          : <pre>{example}</pre>}
        <p class="small">
          <a href={`#${operation.operationId}`}>Link to this</a>
        </p>
      </div>
    </details>
  );
}

interface PartProps {
  readonly operation: Operation;
  readonly document: ApiDocument;
}

function Roles({ operation }: { readonly operation: Operation }) {
  const { "x-roles": roles = [], "x-rate-limit": limit } = operation;
  return (
    <>
      {roles.length === 0 ? null : <p>Roles that include it: {roles.join(", ")}.</p>}
      {limit === undefined ? null : (
        <p>
          At most {limit.perMinute} {limit.counts} a minute from one address, {limit.burst} at once.
        </p>
      )}
    </>
  );
}

/** How the name of a parameter reads, by its place. */
const SHOWN: Readonly<Record<Parameter["in"], (name: string) => string>> = {
  path: (name) => `{${name}}`,
  query: (name) => `?${name}=`,
  header: (name) => name,
};

function Parameters({ operation: { parameters = [] }, document }: PartProps) {
  if (parameters.length === 0) return null;
  return (
    <>
      <h3>In the address{parameters.some((parameter) => parameter.in === "header") ? " and headers" : ""}</h3>
      <dl class="fields">
        {parameters.map(({ name, in: place, required, description, schema }) => (
          <Field
            name={SHOWN[place](name)}
            required={required}
            schema={description === undefined ? schema : { ...schema, description }}
            schemas={document.components.schemas}
          />
        ))}
      </dl>
    </>
  );
}

function Body({ operation: { requestBody }, document }: PartProps) {
  const schema = requestBody?.content["application/json"]?.schema;
  if (requestBody === undefined || schema === undefined) return null;
  return (
    <>
      <h3>Body{requestBody.required ? "" : ", may be left out"}</h3>
      <SchemaView schema={schema} schemas={document.components.schemas} />
    </>
  );
}

function Successes({ operation, document }: PartProps) {
  const answers = Object.entries(operation.responses).filter(([status]) => Number(status) < 400);
  const [first] = answers;
  if (first === undefined || !isAnswer(first[1])) return null;
  const content = Object.entries(first[1].content ?? {});
  return (
    <>
      <h3>Answer {answers.map(([status]) => status).join(" or ")}</h3>
      {content.length === 0 ? <p>On to another address.</p> : null}
      {content.map(([type, { schema }]) =>
        schema === undefined
          ? <p>{type}</p>
          : <SchemaView schema={schema} schemas={document.components.schemas} answer />
      )}
    </>
  );
}

function isAnswer(value: Operation["responses"][string]): value is Answer {
  return "description" in value;
}

function Failures({ operation: { responses } }: { readonly operation: Operation }) {
  const failures = Object.entries(responses).flatMap(([status, answer]) =>
    isAnswer(answer) ? [] : [[status, answer.$ref.slice(answer.$ref.lastIndexOf("/") + 1)] as const]
  );
  return (
    <>
      <h3>Failures</h3>
      <ul class="failures">
        {failures.map(([status, name]) => (
          <li>
            <a href={`#failure-${name}`}>{status} {name}</a>
          </li>
        ))}
      </ul>
    </>
  );
}
