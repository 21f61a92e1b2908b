/** The API document: that it says all of the access table, nothing else, and says it in OpenAPI 3.1. */

import assert from "node:assert/strict";
import { Validator } from "@seriousme/openapi-schema-validator";
import { accessRow, ROUTE_KEYS } from "../../../server/access_table.ts";
import { API_KEYS } from "../../../server/openapi/document.ts";
import { operationId } from "../../../server/openapi/operation.ts";
import { templatedPath } from "../../../server/openapi/parameters.ts";
import { NAMED_SCHEMAS } from "../../../server/openapi/named_schemas.ts";
import type { Operation } from "../../../server/openapi/types.ts";
import { ERROR_CODES, httpStatus, wireCode } from "../../../shared/errors.ts";
import { VERSION } from "../../../shared/version.ts";
import { readSource } from "../../support/source_files.ts";
import { createHarness } from "../support/harness.ts";
import { documentOf, operationsOf } from "./documented.ts";

const h = await createHarness();
const document = await documentOf(h);
const again = await createHarness();
const sameAgain = await documentOf(again);
for (const { app, dispose } of [h, again]) {
  await app.stop();
  await dispose();
}
const operations = operationsOf(document);

function operation(name: string): Operation {
  const found = operations.get(name);
  assert.ok(found !== undefined, `${name} is not in the document`);
  return found;
}

Deno.test("apiDocument is valid OpenAPI 3.1, as a validator sees it that is not ours", async () => {
  const { valid, errors } = await new Validator().validate({ ...document });
  assert.deepEqual([valid, errors], [true, undefined]);
});

Deno.test("apiDocument holds every route that is no page, and no other", () => {
  const wanted = ROUTE_KEYS.filter((key) => accessRow(key).page !== true).map((key) =>
    `${key.slice(0, key.indexOf(" "))} ${templatedPath(key)}`
  );
  assert.deepEqual([...operations.keys()].sort(), wanted.sort());
  assert.ok(wanted.length > 120);
  const pages = ROUTE_KEYS.filter((key) => accessRow(key).page === true);
  assert.deepEqual(pages.filter((key) => !/^\w+ \/($|device$|docs$|assets|signin|welcome|ui)/.test(key)), []);
});

Deno.test("apiDocument is the same for the same program", () => {
  assert.deepEqual(sameAgain, document);
  assert.equal(JSON.stringify(sameAgain), JSON.stringify(document));
  assert.equal(document.info.version, VERSION);
});

Deno.test("apiDocument names each operation once, and gives it one chapter that it introduces", () => {
  const ids = API_KEYS.map(operationId);
  assert.equal(new Set(ids).size, ids.length);
  const chapters = new Set(document.tags.map(({ name }) => name));
  const used = new Set([...operations.values()].flatMap(({ tags }) => tags));
  assert.deepEqual(used, chapters);
  for (const [name, { tags }] of operations) assert.equal(tags.length, 1, name);
});

Deno.test("apiDocument says who may call: schemes, right, roles, fresh proof, limit", () => {
  const read = operation("GET /admin/secrets/{id}");
  assert.deepEqual(read.security, [
    { adminToken: [] },
    { apiToken: ["secret.read"] },
    { session: ["secret.read"] },
  ]);
  assert.deepEqual([read["x-right"], read["x-fresh-proof"]], ["secret.read", true]);
  assert.deepEqual(read["x-roles"], ["super-admin", "namespace-admin"]);
  const write = operation("POST /admin/secrets");
  assert.deepEqual(write.security.at(-1), { session: ["secret.write"], csrf: [] });
  assert.deepEqual(operation("POST /project/run/{project}").security, [{
    projectToken: [],
    attestation: [],
  }]);
  assert.deepEqual(operation("POST /daemon/attest").security, [{ daemonToken: [] }]);
  const login = operation("POST /device/authorize");
  assert.deepEqual([login.security, login["x-rate-limit"]], [[], {
    burst: 5,
    perMinute: 5,
    counts: "requests",
  }]);
});

Deno.test("apiDocument says what goes into an address and into headers", () => {
  const { parameters = [] } = operation("PUT /admin/secrets/{id}");
  assert.deepEqual(parameters.map((parameter) => [parameter.in, parameter.name, parameter.required]), [
    ["path", "id", true],
    ["header", "If-Match", false],
  ]);
  const [limit] = operation("GET /admin/secrets").parameters ?? [];
  assert.deepEqual(limit?.schema, { type: "integer", minimum: 1, maximum: 1000 });
});

Deno.test("apiDocument lets nobody in whom the access table keeps out", () => {
  for (const key of API_KEYS) {
    const found = operation(`${key.slice(0, key.indexOf(" "))} ${templatedPath(key)}`);
    assert.equal(found.security.length === 0, accessRow(key).caller === "public", key);
    const refused = ["401", "403"].every((status) => status in found.responses);
    assert.ok(refused || accessRow(key).caller === "public", `${key} says nothing of its refusals`);
  }
});

Deno.test("apiDocument describes what every success answers, but for those that lead elsewhere", () => {
  for (const [name, { responses }] of operations) {
    const successes = Object.entries(responses).filter(([status]) => /^[23]/.test(status));
    assert.ok(successes.length > 0, name);
    for (const [status, answer] of successes) {
      assert.ok("description" in answer && (status === "303") === (answer.content === undefined), name);
    }
  }
});

Deno.test("apiDocument has every error code with its status, and an answer for each status of a route", () => {
  const codes = document.components.schemas["ErrorCode"];
  assert.deepEqual(codes?.enum, ERROR_CODES.map(wireCode));
  const statuses = codes?.["x-http-status"] as Record<string, number>;
  for (const code of ERROR_CODES) assert.equal(statuses[wireCode(code)], httpStatus(code));
  const limited = document.components.responses["TooManyRequests"];
  assert.ok(limited?.headers?.["Retry-After"] !== undefined);
  assert.match(limited?.description ?? "", /`request_rate_limited`/);
});

Deno.test("apiDocument refers to nothing that it does not hold, and holds nothing that nobody refers to", () => {
  const text = JSON.stringify(document);
  const referred = new Set(
    [...text.matchAll(/"\$ref":"#\/components\/(\w+)\/([^"]+)"/g)].map((match) => `${match[1]} ${match[2]}`),
  );
  const { schemas, responses, headers } = document.components;
  const held = Object.entries({ schemas, responses, headers }).flatMap(([kind, parts]) =>
    Object.keys(parts).map((name) => `${kind} ${name}`)
  );
  assert.deepEqual([...referred].filter((name) => !held.includes(name)), []);
  assert.deepEqual(held.filter((name) => !referred.has(name)), []);
});

Deno.test("NAMED_SCHEMAS looks into every file of the wire, and no two schemas share a name", async () => {
  const text = await readSource("server/openapi/named_schemas.ts");
  const without = new Set(["channel_types.ts", "frozen.ts", "sha256.ts", "text.ts"]);
  for await (const { name } of Deno.readDir("shared/api")) {
    assert.equal(text.includes(`shared/api/${name}"`), !without.has(name), name);
  }
  const names = NAMED_SCHEMAS.map(([name]) => name);
  assert.equal(new Set(names).size, names.length);
});
