/** The examples on the page of the API: commands that a shell takes, with bodies that the document takes. */

import assert from "node:assert/strict";
import { curlOf } from "../../../server/openapi/example.ts";
import { createHarness } from "../support/harness.ts";
import { Documented, documentOf } from "./documented.ts";

const h = await createHarness();
const document = await documentOf(h);
await h.app.stop();
await h.dispose();
const documented = new Documented(document);
const { schemas } = document.components;

function example(name: string): string | undefined {
  const [method = "", path = ""] = name.split(" ");
  const operation = documented.operations.get(name);
  assert.ok(operation !== undefined, `${name} is not in the document`);
  return curlOf({ method, path, operation }, schemas);
}

Deno.test("curlOf writes the command that asks, with credentials from a file", () => {
  assert.equal(example("GET /healthz"), "curl -sS http://127.0.0.1:3000/healthz");
  assert.equal(
    example("GET /admin/secrets/{id}/versions/{version}"),
    "curl -sS http://127.0.0.1:3000/admin/secrets/ID/versions/VERSION -H @admin-header",
  );
  assert.equal(
    example("POST /admin/namespaces"),
    "curl -sS -X POST http://127.0.0.1:3000/admin/namespaces -H @admin-header \\\n" +
      `  -H 'Content-Type: application/json' -d '{"name":"NAME"}'`,
  );
  assert.equal(
    example("GET /.well-known/cortex-audit-consistency"),
    "curl -sS 'http://127.0.0.1:3000/.well-known/cortex-audit-consistency?from=FROM'",
  );
});

Deno.test("curlOf leaves requests to the daemon that it signs", () => {
  assert.equal(example("POST /agent/discover"), undefined);
  assert.equal(example("GET /project/secrets/{project}"), undefined);
  assert.match(example("POST /daemon/attest") ?? "", /-H @access-token-header/);
});

Deno.test("the body of every example is one that the document takes", () => {
  let bodies = 0;
  for (const [name, operation] of documented.operations) {
    const body = / -d '([^']*)'$/.exec(example(name) ?? "")?.[1];
    if (body === undefined) continue;
    bodies++;
    assert.ok(documented.accepts(operation, JSON.parse(body)), `${name}: ${body}`);
  }
  assert.ok(bodies > 25);
});
