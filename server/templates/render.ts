/**
 * Renders a parsed template over a flat set of names. Values go in as they are, nothing is HTML-escaped; a name that is
 * not there is an error that names it; work and output are bounded. The context is a `Map`, so a name such as
 * `__proto__` or `constructor` is only ever a name.
 */

import { VaultError } from "../../shared/errors.ts";
import { callHelper, isTruthy, LENIENT_HELPERS, member, type TemplateValue } from "./helpers.ts";
import type { BlockNode, Expression, PathExpression, Template, TemplateNode } from "./template.ts";

/** Far above any configuration file; nested loops over everything end here. */
const MAX_STEPS = 100_000;
const MAX_OUTPUT = 4 * 1024 * 1024;
/** Characters of helper parameters that count as one more step. */
const CHARACTERS_A_STEP = 4_096;

/** One level of context; blocks that change `this` stack them. */
interface Frame {
  readonly value: TemplateValue;
  readonly parent: Frame | undefined;
  /** Block parameters and `@` data of a loop. */
  readonly names: ReadonlyMap<string, TemplateValue>;
}

/**
 * The rendered text.
 * @throws VaultError `template.missing_name` with `details.name`; `template.invalid` where a bound is passed
 */
export function renderTemplate(template: Template, context: ReadonlyMap<string, string>): string {
  return new Rendering().run(template, { value: context, parent: undefined, names: new Map() });
}

class Rendering {
  readonly #output: string[] = [];
  #length = 0;
  #steps = 0;

  run(template: Template, root: Frame): string {
    this.#renderAll(template, root);
    return this.#output.join("");
  }

  #renderAll(template: Template, frame: Frame): void {
    for (const node of template) this.#render(node, frame);
  }

  #render(node: TemplateNode, frame: Frame): void {
    this.#charge(1);
    switch (node.kind) {
      case "text":
        return this.#write(node.text);
      case "output":
        return this.#write(printable(this.#evaluate(node.value, frame)));
      case "block":
        return this.#renderBlock(node, frame);
    }
  }

  #renderBlock(node: BlockNode, frame: Frame): void {
    const lenient = node.block !== "each" && node.block !== "with";
    const subject = lenient ? this.#lookAt(node.subject, frame) : this.#evaluate(node.subject, frame);
    const holds = isTruthy(subject) !== (node.block === "unless");
    if (!holds) return this.#renderAll(node.otherwise, frame);
    if (node.block === "with") {
      return this.#renderAll(node.body, inner(frame, subject, node.names, [subject]));
    }
    if (node.block === "each") return this.#renderEach(node, subject, frame);
    this.#renderAll(node.body, frame);
  }

  #renderEach(node: BlockNode, subject: TemplateValue, frame: Frame): void {
    const entries: (readonly [string | number, TemplateValue])[] = subject instanceof Map
      ? [...subject]
      : Array.isArray(subject)
      ? [...subject.entries()]
      : [];
    for (const [index, [key, value]] of entries.entries()) {
      const data: [string, TemplateValue][] = [
        ["@key", key],
        ["@index", index],
        ["@first", index === 0],
        ["@last", index === entries.length - 1],
      ];
      this.#renderAll(node.body, inner(frame, value, node.names, [value, key], data));
    }
  }

  /** @throws VaultError `template.missing_name` */
  #evaluate(expression: Expression, frame: Frame): TemplateValue {
    const value = this.#lookAt(expression, frame);
    if (value === undefined) throw missingName(expression);
    return value;
  }

  #lookAt(expression: Expression, frame: Frame): TemplateValue {
    this.#charge(1);
    switch (expression.kind) {
      case "literal":
        return expression.value;
      case "path":
        return resolve(expression, frame);
      case "call":
        return this.#call(expression.helper, expression.params, frame);
    }
  }

  #call(helper: string, params: readonly Expression[], frame: Frame): TemplateValue {
    const lenient = LENIENT_HELPERS.has(helper);
    const values = params.map((param) => lenient ? this.#lookAt(param, frame) : this.#evaluate(param, frame));
    for (const value of values) {
      if (typeof value === "string") this.#charge(Math.ceil(value.length / CHARACTERS_A_STEP));
    }
    return callHelper(helper, values);
  }

  #charge(steps: number): void {
    this.#steps += steps;
    if (this.#steps > MAX_STEPS) throw tooMuch("takes too many steps; loop over less");
  }

  #write(text: string): void {
    this.#length += text.length;
    if (this.#length > MAX_OUTPUT) throw tooMuch("renders to more than 4 MiB; loop over less");
    this.#output.push(text);
  }
}

function inner(
  parent: Frame,
  value: TemplateValue,
  names: readonly string[],
  values: readonly TemplateValue[],
  data: readonly (readonly [string, TemplateValue])[] = [],
): Frame {
  const named = names.map((name, at) => [name, values[at]] as const);
  return { value, parent, names: new Map([...data, ...named]) };
}

function resolve(path: PathExpression, frame: Frame): TemplateValue {
  const [first = "", ...rest] = path.parts;
  if (path.data) return first === "root" ? follow(rootOf(frame).value, rest) : named(frame, `@${first}`);
  let at = frame;
  for (let up = path.depth; up > 0; up--) {
    if (at.parent === undefined) return undefined;
    at = at.parent;
  }
  const local = path.depth === 0 ? named(at, first) : undefined;
  if (local !== undefined) return follow(local, rest);
  return member(at.value, wholeName(path)) ?? follow(at.value, path.parts);
}

/** The spelling without `../`, `./` and `this.` before it. */
function wholeName({ original }: PathExpression): string {
  return original.replace(/^(?:\.\.\/|\.\/|this[./])+/, "");
}

function follow(value: TemplateValue, parts: readonly string[]): TemplateValue {
  return parts.reduce<TemplateValue>((container, part) => member(container, part), value);
}

function named(frame: Frame, name: string): TemplateValue {
  for (let at: Frame | undefined = frame; at !== undefined; at = at.parent) {
    if (at.names.has(name)) return at.names.get(name);
  }
  return undefined;
}

function rootOf(frame: Frame): Frame {
  let at = frame;
  while (at.parent !== undefined) at = at.parent;
  return at;
}

function printable(value: TemplateValue): string {
  if (value === null) return "";
  if (typeof value === "object") throw tooMuch("prints a whole object or list; name one value of it");
  return String(value);
}

/** Names only what the template itself spells: a name computed by `lookup` may be somebody's value. */
function missingName(expression: Expression): VaultError {
  const name = expression.kind === "path" ? expression.original : "a name computed by a helper";
  return new VaultError(
    "template.missing_name",
    `The template uses ${
      name.slice(0, 255)
    }, which this project does not have; grant it to the project and discover it`,
    { details: { name: name.slice(0, 255) } },
  );
}

function tooMuch(problem: string): VaultError {
  return new VaultError("template.invalid", `The template ${problem}`);
}
