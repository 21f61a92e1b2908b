import assert from "node:assert/strict";
import fc from "fast-check";
import { VaultError } from "../../../shared/errors.ts";
import { renderTemplate } from "../../../server/templates/render.ts";
import { parseTemplate } from "../../../server/templates/template.ts";

function render(text: string, context: Record<string, string> = {}): string {
  return renderTemplate(parseTemplate(text), new Map(Object.entries(context)));
}

function fails(text: string, code: string, context: Record<string, string> = {}): VaultError {
  try {
    render(text, context);
  } catch (error) {
    assert.ok(error instanceof VaultError, String(error));
    assert.equal(error.code, code);
    return error;
  }
  return assert.fail(`rendered: ${text}`);
}

Deno.test("A19: values come out as they are, whatever characters they hold", () => {
  const hard = "p&w<o>r\"d'`=/+ ü 🔑\n\t{{x}}";
  for (const braces of ["{{PW}}", "{{{PW}}}", "{{&PW}}"]) {
    assert.equal(render(`<${braces}>`, { PW: hard }), `<${hard}>`);
  }
  fc.assert(fc.property(fc.string({ unit: "binary" }), (value) => {
    assert.equal(render("a{{X}}b", { X: value }), `a${value}b`);
  }));
});

Deno.test("A19: key paths with '/' and '.' are plain names, with brackets and without", () => {
  const context = { "prod/db.main-pw": "1", prod_db: "2" };
  assert.equal(render("{{prod/db.main-pw}}{{[prod/db.main-pw]}}{{prod_db}}", context), "112");
});

Deno.test("A19: a secret that is named like a helper or block is a secret", () => {
  for (const name of ["log", "len", "not", "eq", "if", "each", "lookup", "raw", "with", "unless", "or"]) {
    assert.equal(render(`{{${name}}}`, { [name]: "value" }), "value");
  }
  assert.equal(render("{{#if (not len)}}a{{else}}b{{/if}}", { len: "x" }), "b");
});

Deno.test("renderTemplate names a missing name and nothing else", () => {
  const error = fails("x {{NOT_THERE}}", "template.missing_name", { OTHER: "canary-value" });
  assert.deepEqual(error.details, { name: "NOT_THERE" });
  assert.match(error.message, /NOT_THERE/);
  assert.doesNotMatch(error.message, /canary/);
});

Deno.test("renderTemplate takes a missing name for an error in helpers too, but not where it is asked for", () => {
  fails("{{len X}}", "template.missing_name");
  fails('{{#if (eq X "a")}}{{/if}}', "template.missing_name");
  fails("{{#each X}}{{/each}}", "template.missing_name");
  assert.equal(render("{{#if X}}a{{else}}b{{/if}}"), "b");
  assert.equal(render("{{#unless X}}a{{/unless}}"), "a");
  assert.equal(render("{{#if (or X Y)}}a{{else}}b{{/if}}", { Y: "1" }), "a");
});

Deno.test("renderTemplate never names what a value says: lookup by a secret's value", () => {
  const error = fails("{{lookup this SECRET}}", "template.missing_name", { SECRET: "canary-value" });
  assert.doesNotMatch(JSON.stringify([error.message, error.details]), /canary/);
});

Deno.test("renderTemplate has no prototype to reach", () => {
  for (
    const name of [
      "__proto__",
      "constructor",
      "toString",
      "hasOwnProperty",
      "valueOf",
      "prototype",
      "get",
      "size",
    ]
  ) {
    fails(`{{${name}}}`, "template.missing_name", { X: "1" });
    fails(`{{X.${name}}}`, "template.missing_name", { X: "1" });
    fails(`{{lookup this "${name}"}}`, "template.missing_name", { X: "1" });
    assert.equal(render(`{{${name}}}`, { [name]: "v" }), "v");
  }
  fails("{{X.constructor.constructor}}", "template.missing_name", { X: "1" });
  fails("{{X.length}}", "template.missing_name", { X: "1" });
});

Deno.test("renderTemplate does not render what a value holds", () => {
  assert.equal(render("{{A}}", { A: "{{B}}", B: "no" }), "{{B}}");
});

Deno.test("renderTemplate knows the helpers of section 7.6", () => {
  const c = { A: "5", B: "40", S: "text", E: "" };
  const cases: readonly (readonly [string, string])[] = [
    ['{{eq A "5"}}{{eq A 5}}{{eq A B}}', "truetruefalse"],
    ["{{ne A B}}", "true"],
    ["{{gt B A}}{{gte A A}}{{lt A B}}{{lte B A}}", "truetruetruefalse"],
    ['{{gt "b" "a"}}', "true"],
    ["{{and A B}}{{and A E}}{{or E A}}{{not E}}", "truefalsetruetrue"],
    ["{{len S}}", "4"],
    ['{{lookup this "S"}}', "text"],
    ["[{{log S}}]", "[]"],
    ["{{#if A}}y{{else}}n{{/if}}{{#if E}}y{{else}}n{{/if}}", "yn"],
    ["{{#if E}}1{{else if A}}2{{/if}}", "2"],
    ["{{#unless E}}y{{/unless}}", "y"],
    ["{{#with S}}{{this}}{{../A}}{{@root.B}}{{/with}}", "text540"],
    [
      "{{#each this as |v k|}}{{@index}}{{k}}={{v}}{{#unless @last}},{{/unless}}{{/each}}",
      "0A=5,1B=40,2S=text,3E=",
    ],
    ["{{#each this}}{{@key}}{{#if @first}}!{{/if}}{{/each}}", "A!BSE"],
    ["{{#S}}y{{/S}}{{^E}}n{{/E}}", "yn"],
    ["{{{{raw}}}}{{A}}{{{{/raw}}}}", "{{A}}"],
    ["a{{! comment }}b{{!-- {{A}} --}}c", "abc"],
    ["x  {{~A~}}  y", "x5y"],
    ["\\{{A}}", "{{A}}"],
  ];
  for (const [template, expected] of cases) assert.equal(render(template, c), expected, template);
});

Deno.test("renderTemplate ends loops that would not end in time, and output that would not fit", () => {
  const many = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`K${at}`, "v"]));
  const nested = "{{#each @root}}{{#each @root}}{{#each @root}}x{{/each}}{{/each}}{{/each}}";
  fails(nested, "template.invalid", many);
  const long = { ...many, BIG: "x".repeat(1024 * 1024) };
  fails("{{#each this}}{{@root.BIG}}{{/each}}", "template.invalid", long);
  fails("{{#each @root}}{{#each @root}}{{len @root.BIG}}{{/each}}{{/each}}", "template.invalid", long);
});

Deno.test("renderTemplate refuses to print a whole context", () => {
  fails("{{this}}", "template.invalid", { A: "canary" });
  fails("{{@root}}", "template.invalid", { A: "canary" });
});

Deno.test("parseTemplate refuses partials, decorators, unknown helpers, named parameters and broken braces", () => {
  const bad = [
    "{{> other}}",
    "{{#> layout}}{{/layout}}",
    '{{#*inline "a"}}{{/inline}}',
    "{{* decorator}}",
    "{{shell A}}",
    "{{#exec A}}{{/exec}}",
    "{{len A x=1}}",
    "{{#if A}}",
    "{{#if A}}{{/each}}",
    "{{A",
    "{{#if (boom A)}}{{/if}}",
  ];
  for (const template of bad) fails(template, "template.invalid");
});

Deno.test("parseTemplate says on which line the trouble is, and quotes nothing", () => {
  const error = fails("ok\n\ncanary-text {{#if A}}\n{{/each}}", "template.invalid");
  assert.doesNotMatch(error.message, /canary/);
  assert.match(error.message, /line \d/);
});

Deno.test("parseTemplate refuses nesting that would overflow the stack", () => {
  const deep = (levels: number) => "{{#if A}}".repeat(levels) + "{{/if}}".repeat(levels);
  fails(deep(65), "template.invalid");
  fails(deep(100_000), "template.invalid");
  fails(`{{eq ${"(not ".repeat(5_000)}A${")".repeat(5_000)} A}}`, "template.invalid");
  assert.equal(render(deep(60), { A: "1" }), "");
});
