import assert from "node:assert/strict";
import fc from "fast-check";
import { VaultError } from "../../../shared/errors.ts";
import { referencesOf } from "../../../server/templates/references.ts";
import { renderTemplate } from "../../../server/templates/render.ts";
import { parseTemplate } from "../../../server/templates/template.ts";
import { templateTexts } from "../support/template_texts.ts";

const namesIn = (text: string) => {
  const found = referencesOf(parseTemplate(text));
  return found === null ? null : [...found].sort();
};

Deno.test("referencesOf finds names in outputs, blocks, parameters and keys of lookup", () => {
  assert.deepEqual(namesIn("x{{A}}{{#if B}}{{C}}{{else}}{{eq D 'x'}}{{/if}}"), ["A", "B", "C", "D"]);
  assert.ok(namesIn("{{prod/db.pw}}")?.includes("prod/db.pw"));
  assert.ok(namesIn("{{@root.A}}")?.includes("A"));
  assert.ok(namesIn("{{#with A}}{{../B}}{{/with}}")?.includes("B"));
  assert.deepEqual(namesIn("{{lookup this 'A'}}"), ["A"]);
  assert.deepEqual(namesIn("{{lookup this 'A' (eq C)}}"), ["A", "C"]);
});

Deno.test("referencesOf knows templates that can reach any name", () => {
  for (
    const text of [
      "{{lookup this A}}",
      "{{#each this}}{{.}}{{/each}}",
      "{{len @root}}",
      "{{#with .}}x{{/with}}",
    ]
  ) {
    assert.equal(namesIn(text), null, text);
  }
});

Deno.test("a template with only the names that it can use renders as with all of them", () => {
  const all = new Map(["A", "B", "C", "prod/db", "x"].map((name) => [name, `value of ${name}`]));
  const outcome = (text: string, context: ReadonlyMap<string, string>) => {
    try {
      return renderTemplate(parseTemplate(text), context);
    } catch (error) {
      return error instanceof VaultError ? error.message : assert.fail(String(error));
    }
  };
  fc.assert(
    fc.property(templateTexts, (text) => {
      const whole = outcome(text, all);
      let used: ReadonlySet<string> | null = null;
      try {
        used = referencesOf(parseTemplate(text));
      } catch {
        return;
      }
      const few = new Map([...all].filter(([name]) => used?.has(name) ?? true));
      assert.equal(outcome(text, few), whole, text);
    }),
    { numRuns: 2_000 },
  );
});
