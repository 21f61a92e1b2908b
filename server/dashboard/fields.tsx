/** Fields of forms: a label, a hint, what was typed, and beside it what is wrong. */

import type { FormProblem } from "./page.ts";
import type { Children } from "./pieces.tsx";

export interface FieldProps {
  readonly name: string;
  /** Where a page has the field more than once. */
  readonly at?: string;
  readonly label: string;
  readonly hint?: string;
  readonly problem?: FormProblem | undefined;
}

interface TextProps extends FieldProps {
  /** What was typed. A field for a secret has none: what was typed is not sent back. */
  readonly value?: string | null | undefined;
  readonly type?: "text" | "password" | "search" | "email" | "number" | "datetime-local";
  readonly required?: boolean;
  readonly mono?: boolean;
  readonly autofocus?: boolean;
  readonly list?: string;
  /** What a browser or a password manager may fill in; nothing, unless told. */
  readonly complete?: "username" | "current-password" | "new-password" | "one-time-code";
}

function problemAt({ name, problem }: FieldProps): string | undefined {
  return problem?.fields.includes(name) === true ? problem.message : undefined;
}

function idOf({ name, at }: FieldProps): string {
  return `f-${name}${at === undefined ? "" : `-${at}`}`;
}

function described(props: FieldProps): string | undefined {
  const id = idOf(props);
  const ids = [
    ...(props.hint === undefined ? [] : [`${id}-hint`]),
    ...(problemAt(props) === undefined ? [] : [`${id}-problem`]),
  ];
  return ids.length === 0 ? undefined : ids.join(" ");
}

function Framed(props: FieldProps & { readonly children?: Children }) {
  const problem = problemAt(props);
  return (
    <div class="field">
      <label for={idOf(props)}>{props.label}</label>
      {props.children}
      {props.hint === undefined ? null : <span class="hint" id={`${idOf(props)}-hint`}>{props.hint}</span>}
      {problem === undefined ? null : <span class="problem" id={`${idOf(props)}-problem`}>{problem}</span>}
    </div>
  );
}

export function TextField(props: TextProps) {
  return (
    <Framed {...props}>
      <input
        id={idOf(props)}
        name={props.name}
        type={props.type ?? "text"}
        value={props.value ?? undefined}
        required={props.required}
        class={props.mono === true ? "mono" : undefined}
        autofocus={props.autofocus}
        list={props.list}
        autocomplete={props.complete ?? "off"}
        spellcheck={false}
        aria-describedby={described(props)}
        aria-invalid={problemAt(props) === undefined ? undefined : "true"}
      />
    </Framed>
  );
}

export function AreaField(
  props: FieldProps & { readonly value?: string | null | undefined; readonly required?: boolean },
) {
  return (
    <Framed {...props}>
      <textarea
        id={idOf(props)}
        name={props.name}
        class="mono"
        required={props.required}
        autocomplete="off"
        spellcheck={false}
        aria-describedby={described(props)}
        aria-invalid={problemAt(props) === undefined ? undefined : "true"}
      >
        {props.value ?? ""}
      </textarea>
    </Framed>
  );
}

export interface Option {
  readonly value: string;
  readonly label: string;
}

export function SelectField(
  props: FieldProps & { readonly value?: string; readonly options: readonly Option[] },
) {
  return (
    <Framed {...props}>
      <select
        id={idOf(props)}
        name={props.name}
        aria-describedby={described(props)}
        aria-invalid={problemAt(props) === undefined ? undefined : "true"}
      >
        {props.options.map(({ value, label }) => (
          <option value={value} selected={value === props.value}>{label}</option>
        ))}
      </select>
    </Framed>
  );
}

/** One choice of several, or a box that is ticked. */
export function Choice(
  props: {
    readonly type: "checkbox" | "radio";
    readonly name: string;
    readonly value: string;
    readonly checked?: boolean;
    readonly children?: Children;
  },
) {
  return (
    <label class="choice">
      <input type={props.type} name={props.name} value={props.value} checked={props.checked} />
      <span>{props.children}</span>
    </label>
  );
}
