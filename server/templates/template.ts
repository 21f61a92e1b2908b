/**
 * A parsed template: Handlebars' syntax, read by Handlebars' own parser, kept as a small tree of our own. Templates are
 * never compiled to code. What could reach outside (partials, decorators, unknown helpers) is refused here, when an
 * admin stores the template, not when an agent needs it.
 */

import type Handlebars from "handlebars";
import { parse as parseUntyped } from "handlebars/parser";
import { VaultError } from "../../shared/errors.ts";
import { HELPER_NAMES } from "./helpers.ts";

export type Expression =
  | { readonly kind: "literal"; readonly value: string | number | boolean | null }
  | PathExpression
  | { readonly kind: "call"; readonly helper: string; readonly params: readonly Expression[] };

/** A name. `original` is how the template spells it: a key path with `/` or `.` is looked up whole first. */
export interface PathExpression {
  readonly kind: "path";
  /** `@key` and its like. */
  readonly data: boolean;
  /** How many `../` precede it. */
  readonly depth: number;
  readonly parts: readonly string[];
  readonly original: string;
}

export type TemplateNode =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "output"; readonly value: Expression }
  | BlockNode;

export interface BlockNode {
  readonly kind: "block";
  readonly block: "if" | "unless" | "each" | "with" | "section";
  readonly subject: Expression;
  /** `{{#each x as |value key|}}` */
  readonly names: readonly string[];
  readonly body: Template;
  readonly otherwise: Template;
}

export type Template = readonly TemplateNode[];

/** The parser alone: the package's main module brings its compiler and a reader of source maps, 20 ms of every start. */
const parse: typeof Handlebars.parse = parseUntyped;

/** Deeper nesting than anybody writes by hand; rendering recurses. */
const MAX_DEPTH = 64;
const MAX_TAGS = 10_000;
/** The parser takes a fifth of a second for so many characters inside tags; agents bring templates too. */
const MAX_TAG_CHARACTERS = 40_000;
/** A tag up to its first brace; `{{else}}` and `{{^}}` open nothing. */
const TAG = /\{\{~?(#|\/|\^(?!~?\}))?[^}]*/g;
const BLOCKS = ["if", "unless", "each", "with"] as const;

/**
 * Parses a template's text.
 * @throws VaultError `template.invalid` with `details.line` where it is known
 */
export function parseTemplate(text: string): Template {
  return program(parseText(text), 0);
}

/** The parser's time grows with the square of the nesting, so what is far beyond us does not get to it. */
function checkSize(text: string): void {
  let tags = 0;
  let depth = 0;
  let inside = 0;
  for (const [tag, kind] of text.matchAll(TAG)) {
    inside += tag.length;
    if (++tags > MAX_TAGS || inside > MAX_TAG_CHARACTERS) {
      throw invalid(`has more than ${MAX_TAGS} tags, or ${MAX_TAG_CHARACTERS} characters in them; split it`);
    }
    if (kind === "#" || kind === "^") depth++;
    if (kind === "/") depth--;
    if (depth > 2 * MAX_DEPTH || tag.split("(").length > MAX_DEPTH) {
      throw invalid(`nests deeper than ${MAX_DEPTH} levels; write it flatter`);
    }
  }
}

function parseText(text: string): hbs.AST.Program {
  checkSize(text);
  try {
    return parse(text);
  } catch (error) {
    throw invalid("cannot be parsed; check its braces and blocks", lineOf(error));
  }
}

/** The parser's message quotes the template, so nothing but the line is taken out of it. */
function lineOf(error: unknown): number | undefined {
  const found = error instanceof Error ? /line (\d+)| - (\d+):\d+$/.exec(error.message) : null;
  return found === null ? undefined : Number(found[1] ?? found[2]);
}

function program(ast: hbs.AST.Program | undefined, depth: number): Template {
  if (depth > MAX_DEPTH) throw invalid(`nests deeper than ${MAX_DEPTH} blocks; write it flatter`);
  return (ast?.body ?? []).flatMap((statement) => node(statement, depth));
}

function node(statement: hbs.AST.Statement, depth: number): readonly TemplateNode[] {
  switch (statement.type) {
    case "ContentStatement":
      return [{ kind: "text", text: (statement as hbs.AST.ContentStatement).value }];
    case "CommentStatement":
      return [];
    case "MustacheStatement":
      return [{ kind: "output", value: invocation(statement as hbs.AST.MustacheStatement, depth) }];
    case "BlockStatement":
      return block(statement as hbs.AST.BlockStatement, depth);
    default:
      throw invalid("uses a partial or a decorator; there are none here", statement.loc?.start.line);
  }
}

/** Without parameters a name is a name, so a secret called `log` or `len` is never taken for the helper. */
function invocation(
  call: hbs.AST.MustacheStatement | hbs.AST.SubExpression,
  depth: number,
): Expression {
  const line = call.loc?.start.line;
  if (depth > MAX_DEPTH) throw invalid(`nests deeper than ${MAX_DEPTH} expressions; write it flatter`, line);
  if ((call.hash?.pairs.length ?? 0) > 0) throw invalid("passes named parameters; no helper takes any", line);
  if (call.params.length === 0) return expression(call.path, depth);
  const helper = helperName(call.path);
  if (helper === undefined || !HELPER_NAMES.has(helper)) throw invalid("calls an unknown helper", line);
  return { kind: "call", helper, params: call.params.map((param) => expression(param, depth + 1)) };
}

function expression(ast: hbs.AST.Expression, depth: number): Expression {
  switch (ast.type) {
    case "PathExpression": {
      const { data, depth: up, parts, original } = ast as hbs.AST.PathExpression;
      return { kind: "path", data, depth: up, parts: parts.map(String), original };
    }
    case "SubExpression":
      return invocation(ast as hbs.AST.SubExpression, depth);
    case "StringLiteral":
      return { kind: "literal", value: (ast as hbs.AST.StringLiteral).value };
    case "NumberLiteral":
      return { kind: "literal", value: (ast as hbs.AST.NumberLiteral).value };
    case "BooleanLiteral":
      return { kind: "literal", value: (ast as hbs.AST.BooleanLiteral).value };
    default:
      return { kind: "literal", value: null };
  }
}

function block(statement: hbs.AST.BlockStatement, depth: number): readonly TemplateNode[] {
  const name = helperName(statement.path);
  const line = statement.loc?.start.line;
  const params = statement.params.map((param) => expression(param, depth + 1));
  const [subject] = params;
  const body = program(statement.program, depth + 1);
  const otherwise = program(statement.inverse, depth + 1);
  const names = statement.program?.blockParams ?? [];
  // `{{{{raw}}}}`: the parser has already left its text alone.
  if (name === "raw" && params.length === 0) return body;
  if (subject === undefined) {
    return [{
      kind: "block",
      block: "section",
      subject: expression(statement.path, depth),
      names,
      body,
      otherwise,
    }];
  }
  const kind = BLOCKS.find((known) => known === name);
  if (kind === undefined || params.length > 1) throw invalid("uses an unknown block", line);
  return [{ kind: "block", block: kind, subject, names, body, otherwise }];
}

function helperName(path: hbs.AST.Expression): string | undefined {
  return path.type === "PathExpression" ? (path as hbs.AST.PathExpression).original : undefined;
}

function invalid(problem: string, line?: number): VaultError {
  const where = line === undefined ? "The template" : `The template's line ${line}`;
  return new VaultError(
    "template.invalid",
    `${where} ${problem}`,
    line === undefined ? {} : { details: { line } },
  );
}
