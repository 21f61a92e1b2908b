/** Templates as nobody would write them: pieces of the syntax, whole and broken, in any order and nesting. */

import fc from "fast-check";

const names = fc.constantFrom(
  "A",
  "B",
  "C",
  "prod/db",
  "[prod/db]",
  "x",
  "NOT_THERE",
  "this",
  ".",
  "..",
  "../A",
  "@root",
  "@root.A",
  "@key",
  "constructor",
  "__proto__",
  "this.constructor",
  "toString",
  "A.length",
);
const literals = fc.constantFrom('"A"', '"constructor"', "0", "true", "null", '""');
const { expression } = fc.letrec((tie) => ({
  expression: fc.oneof({ maxDepth: 3 }, names, literals, tie("call")),
  call: fc.tuple(
    fc.constantFrom("eq", "and", "or", "not", "len", "lookup", "log", "evil", "gt"),
    fc.array(tie("expression"), { minLength: 1, maxLength: 3 }),
  ).map(([helper, params]) => `(${helper} ${params.join(" ")})`),
}));
const inner = expression.map((text) => String(text).replace(/^\((.*)\)$/, "$1"));
const { piece } = fc.letrec((tie) => ({
  piece: fc.oneof(
    { maxDepth: 4 },
    fc.string({ maxLength: 8 }),
    inner.map((text) => `{{${text}}}`),
    inner.map((text) => `{{{${text}}}}`),
    fc.constantFrom(
      "{{",
      "}}",
      "{{/if}}",
      "{{else}}",
      "{{!-- x --}}",
      "{{> p}}",
      "\\{{A}}",
      "{{~A~}}",
      "{{{{raw}}}}",
    ),
    tie("block"),
  ),
  block: fc.tuple(
    fc.constantFrom("if", "unless", "each", "with", "A", "evil"),
    expression,
    fc.array(tie("piece"), { maxLength: 3 }),
    fc.boolean(),
  ).map(([kind, subject, body, otherwise]) =>
    `{{#${kind} ${subject}}}${body.join("")}${otherwise ? "{{else}}no" : ""}{{/${kind}}}`
  ),
}));

/** Random templates over the names A, B, C, prod/db and x, and over names that nobody has. */
export const templateTexts: fc.Arbitrary<string> = fc.array(piece, { maxLength: 6 }).map((pieces) =>
  pieces.map(String).join("")
);
