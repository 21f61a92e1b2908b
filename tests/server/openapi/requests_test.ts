/** Bodies beside the API document: it takes what the server takes, and refuses what the server refuses for its form. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { NAMED_SCHEMAS } from "../../../server/openapi/named_schemas.ts";
import { type Answer, createHarness, withHarness } from "../support/harness.ts";
import { nearly } from "./arbitrary.ts";
import { Documented, documentOf } from "./documented.ts";

const h = await createHarness();
const document = await documentOf(h);
await h.app.stop();
await h.dispose();
const documented = new Documented(document);
const { schemas } = document.components;
const zodOf = new Map(NAMED_SCHEMAS);

/** Rules between the parts of a body, which JSON Schema has no words for: there the document takes more. */
const LOOSER: ReadonlySet<string> = new Set(["SignRequest"]);
const RUNS = 60;

const bodies = [...documented.operations].flatMap(([name, operation]) => {
  const reference = operation.requestBody?.content["application/json"]?.schema?.$ref;
  return reference === undefined
    ? []
    : [{ name, operation, schema: reference.slice(reference.lastIndexOf("/") + 1) }];
});

Deno.test("bodies that the document takes are those that the server takes, of every operation", () => {
  assert.ok(bodies.length > 40);
  let taken = 0;
  for (const { name, operation, schema } of bodies) {
    const zod = zodOf.get(schema);
    assert.ok(zod !== undefined, `${name}: ${schema} has no schema of ours`);
    fc.assert(
      fc.property(nearly(schemas[schema] ?? {}, schemas), (body) => {
        const [here, there] = [documented.accepts(operation, body), zod.safeParse(body).success];
        taken += Number(here);
        return here === there || (here && LOOSER.has(schema));
      }),
      { numRuns: RUNS },
    );
  }
  assert.ok(taken > bodies.length * 10, "some bodies are taken");
});

Deno.test(
  "a body that the document takes is not refused for its form, one that it does not take is",
  withHarness(async ({ admin }) => {
    for (const path of ["/admin/secrets", "/admin/policies", "/admin/namespaces"]) {
      const operation = documented.operationAt("POST", path);
      const schema = operation?.requestBody?.content["application/json"]?.schema;
      assert.ok(operation !== undefined && schema !== undefined);
      await fc.assert(
        fc.asyncProperty(nearly(schema, schemas), async (body) => {
          const answer = await admin.post(path, JSON.stringify(body));
          return isRefusedForForm(answer) !== documented.accepts(operation, JSON.parse(JSON.stringify(body)));
        }),
        { numRuns: RUNS },
      );
    }
  }),
);

/** What `validate` says names the field, or the body as a whole. */
function isRefusedForForm({ status, text }: Answer): boolean {
  return status === 400 && /"error":"(Field '|The body (has to|is|does))/.test(text);
}
