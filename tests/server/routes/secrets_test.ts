/** `/admin/secrets`: section 2.5 of the wire contract, row by row, and the faults of its predecessor. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { toBase64 } from "../../../shared/encoding.ts";
import { allPages, expectError, expectOk, lastRow } from "../support/expect.ts";
import { type Harness, withHarness } from "../support/harness.ts";
import { seedSecret } from "../support/seed.ts";

const CANARY = "canary-sk-91b7-value";
const keyValue = (key_path: string, value = CANARY) => ({ key_path, secret_type: "KEY_VALUE", value });
const UNKNOWN = "00000000-0000-4000-8000-000000000000";

Deno.test(
  "POST /admin/secrets stores a secret and GET gives it back",
  withHarness(async (h) => {
    const created = expectOk(await h.admin.post("/admin/secrets", keyValue("openai_api_key")), 201);
    assert.deepEqual(Object.keys(created), ["id", "key_path", "namespace"]);
    assert.equal(created["namespace"], "default");
    const read = expectOk(await h.admin.get(`/admin/secrets/${created["id"]}`));
    assert.equal(read["value"], CANARY);
    assert.equal(read["secret_type"], "KEY_VALUE");
    assert.equal(read["is_honey_token"], false);
    assert.equal(read["description"], null);
    assert.equal(read["created_at"], "2026-01-02 03:04:05");
    assert.equal(read["updated_at"], "2026-01-02 03:04:05");
  }),
);

Deno.test(
  "POST /admin/secrets refuses a type, a path and a namespace that are none",
  withHarness(async (h) => {
    const cases: Record<string, unknown>[] = [
      { ...keyValue("a"), secret_type: "PASSWORD" },
      keyValue(""),
      keyValue("../etc/passwd"),
      keyValue("a b"),
      keyValue("a//b"),
      keyValue("x".repeat(256)),
      { ...keyValue("a"), namespace: "Prod" },
      { ...keyValue("a"), namespace: "" },
      { ...keyValue("a"), description: "bell \u0007" },
      keyValue("a", ""),
    ];
    for (const body of cases) expectError(await h.admin.post("/admin/secrets", body), 400, "request_invalid");
    assert.deepEqual(expectOk(await h.admin.get("/admin/secrets")), []);
  }),
);

Deno.test(
  "POST /admin/secrets A16: namespaces hold the same key path, one namespace does not hold it twice",
  withHarness(async (h) => {
    const first = expectOk(await h.admin.post("/admin/secrets", keyValue("db")), 201);
    expectOk(await h.admin.post("/admin/secrets", { ...keyValue("db"), namespace: "staging" }), 201);
    const again = await h.admin.post("/admin/secrets", keyValue("db"));
    expectError(again, 409, "secret_exists");
    assert.deepEqual(again.json()["details"], { id: first["id"] });
  }),
);

Deno.test(
  "POST /admin/secrets makes the namespace only when the secret is stored",
  withHarness(async (h) => {
    const bad = { ...keyValue("x"), secret_type: "JSON_CONFIG", value: "{", namespace: "never" };
    expectError(await h.admin.post("/admin/secrets", bad), 400, "request_invalid");
    await h.admin.post("/admin/secrets", { ...keyValue("x"), namespace: "made" });
    const names = expectOk<{ name: string }[]>(await h.admin.get("/admin/namespaces")).map((row) => row.name);
    assert.deepEqual(names, ["default", "made"]);
  }),
);

Deno.test(
  "POST /admin/secrets B13: a decoy does not go over a real secret, and the answer says why",
  withHarness(async (h) => {
    await seedSecret(h, "aws_key");
    const decoy = await h.admin.post("/admin/secrets", { ...keyValue("aws_key"), is_honey_token: true });
    expectError(decoy, 409, "secret_decoy_collision");
    assert.match(String(decoy.json()["error"]), /exists/);
    expectOk(await h.admin.post("/admin/secrets", { ...keyValue("aws_key_old"), is_honey_token: true }), 201);
    expectError(await h.admin.post("/admin/secrets", keyValue("aws_key_old")), 409, "secret_exists");
  }),
);

Deno.test(
  "POST /admin/secrets takes null for absent, but not for is_honey_token",
  withHarness(async (h) => {
    const nulls = { ...keyValue("a"), description: null, namespace: null, encoding: null };
    expectOk(await h.admin.post("/admin/secrets", nulls), 201);
    expectError(
      await h.admin.post("/admin/secrets", { ...keyValue("b"), is_honey_token: null }),
      400,
      "request_invalid",
    );
  }),
);

Deno.test(
  "POST /admin/secrets A18: JSON_CONFIG has to be JSON",
  withHarness(async (h) => {
    const json = (value: string) =>
      h.admin.post("/admin/secrets", { ...keyValue("cfg", value), secret_type: "JSON_CONFIG" });
    for (const value of ["{", `{"password": ${CANARY}}`, "undefined", '{"a":1} x']) {
      const answer = await json(value);
      expectError(answer, 400, "request_invalid");
      assert.ok(!answer.text.includes(CANARY));
    }
    const text = '{ "b": [1, 2],  "a": "x" }';
    const { id } = expectOk(await json(text), 201);
    assert.equal(expectOk(await h.admin.get(`/admin/secrets/${id}`))["value"], text, "kept to the byte");
  }),
);

Deno.test(
  "POST /admin/secrets: TEMPLATE_CONFIG has to parse, and the error names no content",
  withHarness(async (h) => {
    const template = (value: string) =>
      h.admin.post("/admin/secrets", { ...keyValue("tpl", value), secret_type: "TEMPLATE_CONFIG" });
    const answer = await template(`{{#if ${CANARY}}} open`);
    expectError(answer, 400, "template_invalid");
    assert.ok(!answer.text.includes(CANARY));
    expectOk(await template("url = {{db_url}}"), 201);
  }),
);

Deno.test(
  "POST /admin/secrets gives any text back to the byte",
  withHarness(async (h) => {
    let count = 0;
    const texts = [
      "\0",
      "\u{FEFF}bom",
      "line\r\nline\n",
      "é\u{1F511}",
      "{{x}}",
      '"\\',
      "a".repeat(1024 * 1024),
    ];
    const property = fc.asyncProperty(fc.string({ unit: "grapheme", minLength: 1 }), async (value) => {
      const id = await seedSecret(h, `text/${count++}`, { value });
      assert.equal(expectOk(await h.admin.get(`/admin/secrets/${id}`))["value"], value);
    });
    await fc.assert(property, { numRuns: 30, examples: texts.map((text) => [text]) });
  }),
);

Deno.test(
  "POST /admin/secrets refuses half a surrogate pair and more than 1 MiB",
  withHarness(async (h) => {
    const half = await h.admin.post(
      "/admin/secrets",
      '{"key_path":"a","secret_type":"KEY_VALUE","value":"\\ud800"}',
    );
    expectError(half, 400, "request_invalid");
    expectError(
      await h.admin.post("/admin/secrets", keyValue("b", "value-of".repeat(128 * 1024) + "x")),
      413,
      "request_too_large",
    );
  }),
);

Deno.test(
  "POST /admin/secrets keeps bytes that are sent as base64",
  withHarness(async (h) => {
    const value = toBase64(new Uint8Array([0, 255, 254, 10]));
    const id = await seedSecret(h, "binary", { value, encoding: "base64" });
    const read = expectOk(await h.admin.get(`/admin/secrets/${id}`));
    assert.equal(read["value"], value);
    assert.equal(read["encoding"], "base64");
    for (const bad of ["AAA", "AA-_", "A A=", ""]) {
      const answer = await h.admin.post("/admin/secrets", { ...keyValue("bad", bad), encoding: "base64" });
      expectError(answer, 400, "request_invalid");
    }
    const json = { ...keyValue("bad", value), encoding: "base64", secret_type: "JSON_CONFIG" };
    expectError(await h.admin.post("/admin/secrets", json), 400, "request_invalid");
  }),
);

Deno.test(
  "GET /admin/secrets lists all namespaces by key path, without values",
  withHarness(async (h) => {
    await seedSecret(h, "b", { description: "second", namespace: "staging" });
    await seedSecret(h, "a", { is_honey_token: true });
    const answer = await h.admin.get("/admin/secrets");
    const rows = expectOk<Record<string, unknown>[]>(answer);
    assert.deepEqual(rows.map((row) => [row["key_path"], row["namespace"], row["is_honey_token"]]), [
      ["a", "default", true],
      ["b", "staging", false],
    ]);
    for (const field of ["id", "secret_type", "description", "created_at"]) {
      assert.ok(field in (rows[0] ?? {}));
    }
    assert.ok(!answer.text.includes("value of"));
  }),
);

Deno.test(
  "GET /admin/secrets/:id writes that the value was read, before it reads",
  withHarness(async (h) => {
    const id = await seedSecret(h, "prod/db", { namespace: "staging" });
    await h.admin.get(`/admin/secrets/${id}`);
    const row = await lastRow(h, "read_secret");
    assert.deepEqual([row.status, row.resource_path, row.namespace], ["success", "prod/db", "staging"]);
    await h.ledger.close();
    const answer = await h.admin.get(`/admin/secrets/${id}`);
    assert.equal(answer.status, 503);
    assert.ok(!answer.text.includes("value of"));
  }),
);

Deno.test(
  "HEAD /admin/secrets/:id opens nothing and is in the log as such",
  withHarness(async (h) => {
    const id = await seedSecret(h, "a");
    const answer = await h.admin.send("HEAD", `/admin/secrets/${id}`);
    assert.equal(answer.status, 200);
    assert.equal((await lastRow(h, "read_secret")).details, '{"value":false}');
  }),
);

Deno.test(
  "GET /admin/secrets/:id: a row that was tampered with is a bare 500",
  withHarness(async (h) => {
    const [a, b] = [await seedSecret(h, "a"), await seedSecret(h, "b")];
    await h.ledger.commit(async ({ db }) => {
      const row = await db.selectFrom("secrets").selectAll().where("id", "=", a).executeTakeFirstOrThrow();
      await db.updateTable("secrets").set({ wrapped_dek: row.wrapped_dek, sealed_body: row.sealed_body })
        .where("id", "=", b).execute();
    });
    expectError(await h.admin.get(`/admin/secrets/${b}`), 500, "server_internal");
  }),
);

Deno.test(
  "an unknown secret is a 404 for GET, PUT and DELETE",
  withHarness(async (h) => {
    for (const id of [UNKNOWN, "not-an-id", "%20"]) {
      expectError(await h.admin.get(`/admin/secrets/${id}`), 404, "secret_not_found");
      expectError(await h.admin.put(`/admin/secrets/${id}`, { value: "x" }), 404, "secret_not_found");
      expectError(await h.admin.delete(`/admin/secrets/${id}`), 404, "secret_not_found");
    }
  }),
);

Deno.test(
  "PUT /admin/secrets/:id changes what is sent and keeps the rest",
  withHarness(async (h) => {
    const id = await seedSecret(h, "a", { description: "first" });
    h.clock.advance(60_000);
    assert.deepEqual(expectOk(await h.admin.put(`/admin/secrets/${id}`, { value: "new" })), {
      updated: true,
      id,
      version: 2,
    });
    const read = expectOk(await h.admin.get(`/admin/secrets/${id}`));
    assert.deepEqual([read["value"], read["description"], read["version"]], ["new", "first", 2]);
    assert.equal(read["updated_at"], "2026-01-02 03:05:05");
    const nulls = { value: null, description: null, is_honey_token: null };
    assert.equal(expectOk(await h.admin.put(`/admin/secrets/${id}`, nulls))["version"], 2);
    assert.equal(expectOk(await h.admin.get(`/admin/secrets/${id}`))["value"], "new");
  }),
);

Deno.test(
  "PUT /admin/secrets/:id C10: an empty description clears it",
  withHarness(async (h) => {
    const id = await seedSecret(h, "a", { description: "first" });
    expectOk(await h.admin.put(`/admin/secrets/${id}`, { description: "" }));
    assert.equal(expectOk(await h.admin.get(`/admin/secrets/${id}`))["description"], null);
  }),
);

Deno.test(
  "PUT /admin/secrets/:id refuses what POST would refuse",
  withHarness(async (h) => {
    const id = await seedSecret(h, "cfg", { secret_type: "JSON_CONFIG", value: "{}" });
    for (
      const body of [{ value: "{" }, { value: "" }, { encoding: "base64" }, {
        value: "AAAA",
        encoding: "base64",
      }]
    ) {
      expectError(await h.admin.put(`/admin/secrets/${id}`, body), 400, "request_invalid");
    }
    assert.equal(expectOk(await h.admin.get(`/admin/secrets/${id}`))["version"], 1);
  }),
);

Deno.test(
  "PUT /admin/secrets/:id with a version refuses to overwrite what the caller did not see",
  withHarness(async (h) => {
    const id = await seedSecret(h, "a");
    expectOk(await h.admin.put(`/admin/secrets/${id}`, { value: "second", version: 1 }));
    const late = await h.admin.put(`/admin/secrets/${id}`, { value: "third", version: 1 });
    expectError(late, 409, "secret_changed");
    assert.deepEqual(late.json()["details"], { version: 2 });
    const tagged = (tag: string) =>
      h.admin.put(`/admin/secrets/${id}`, { value: "x" }, { headers: { "If-Match": tag } });
    expectError(await tagged('"1"'), 409, "secret_changed");
    expectError(await tagged("abc"), 400, "request_invalid");
    expectOk(await tagged('"2"'));
    expectOk(await tagged("*"));
  }),
);

Deno.test(
  "PUT /admin/secrets/:id B13: a real secret in use does not become a decoy, an unused one may",
  withHarness(async (h) => {
    const id = await seedSecret(h, "a");
    const grant = expectOk(await h.admin.post("/admin/projects/app/grants", { secret_id: id }), 201);
    const refused = await h.admin.put(`/admin/secrets/${id}`, { is_honey_token: true });
    expectError(refused, 409, "secret_decoy_collision");
    assert.deepEqual(refused.json()["details"], { projects: ["app"] });
    expectOk(await h.admin.delete(`/admin/projects/app/grants/${grant["id"]}`));
    expectOk(await h.admin.put(`/admin/secrets/${id}`, { is_honey_token: true }));
    assert.equal(expectOk(await h.admin.get(`/admin/secrets/${id}`))["is_honey_token"], true);
  }),
);

Deno.test(
  "DELETE /admin/secrets/:id C10: its grants go with it, and the answer counts them",
  withHarness(async (h) => {
    const id = await seedSecret(h, "a");
    await h.admin.post("/admin/projects/app/grants", { secret_id: id });
    await h.admin.post("/admin/projects/other/grants", { secret_id: id });
    assert.deepEqual(expectOk(await h.admin.delete(`/admin/secrets/${id}`)), {
      deleted: true,
      grants_removed: 2,
    });
    assert.deepEqual(expectOk(await h.admin.get("/admin/projects/app/grants")), []);
    expectError(await h.admin.get(`/admin/secrets/${id}`), 404, "secret_not_found");
  }),
);

Deno.test(
  "every change of a secret is in the log with its path and no value",
  withHarness(async (h) => {
    const id = await seedSecret(h, "prod/a", { value: CANARY });
    await h.admin.put(`/admin/secrets/${id}`, { value: `${CANARY}-2` });
    await h.admin.delete(`/admin/secrets/${id}`);
    for (const action of ["create_secret", "update_secret", "delete_secret"]) {
      const row = await lastRow(h, action);
      assert.deepEqual([row.status, row.resource_path, row.principal], ["success", "prod/a", "admin"]);
    }
    assert.ok(!(await h.transcript()).includes(CANARY));
  }),
);

Deno.test(
  "a change that was refused leaves no row of success behind",
  withHarness(async (h) => {
    await seedSecret(h, "a");
    const before = (await h.auditRows()).length;
    await h.admin.post("/admin/secrets", keyValue("a"));
    assert.equal((await h.auditRows()).length, before);
  }),
);

Deno.test(
  "GET /admin/secrets pages by limit and cursor, and new rows shift nothing",
  withHarness(async (h) => {
    for (let count = 0; count < 7; count++) await seedSecret(h, `s/${count}`);
    const rows = await allPages<{ key_path: string }>(h, "/admin/secrets?limit=3");
    assert.deepEqual(rows.map((row) => row.key_path), [0, 1, 2, 3, 4, 5, 6].map((count) => `s/${count}`));
    const first = await h.admin.get("/admin/secrets?limit=3");
    await seedSecret(h, "r/0");
    const link = /^<([^>]+)>/.exec(first.headers.get("Link") ?? "")?.[1] ?? "";
    const next = expectOk<{ key_path: string }[]>(await h.admin.get(link));
    assert.equal(next[0]?.key_path, "s/3");
  }),
);

Deno.test(
  "GET /admin/secrets refuses a limit or a cursor that is none",
  withHarness(async (h) => {
    for (
      const query of [
        "limit=0",
        "limit=1001",
        "limit=-1",
        "limit=abc",
        "limit=",
        "cursor=x",
        "cursor=W10",
        "cursor=WzEsMl0",
      ]
    ) {
      expectError(await h.admin.get(`/admin/secrets?${query}`), 400, "request_invalid");
    }
  }),
);

interface ImportReport {
  readonly stored: boolean;
  readonly created: number;
  readonly replaced: number;
  readonly skipped: number;
  readonly invalid: number;
  readonly lines: readonly {
    line: number;
    name: string;
    key_path: string;
    outcome: string;
    problem: string | null;
  }[];
}

async function storedPaths(h: Harness): Promise<string[]> {
  return expectOk<{ key_path: string }[]>(await h.admin.get("/admin/secrets")).map((row) => row.key_path);
}

Deno.test(
  "POST /admin/secrets/bulk stores a dotenv text and reports line by line",
  withHarness(async (h) => {
    const content = `# comment\nOPENAI_API_KEY=${CANARY}\n\nexport DB_URL="postgres://x" # note\n`;
    const answer = await h.admin.post("/admin/secrets/bulk", {
      content,
      namespace: "staging",
      prefix: "prod",
    });
    const report = expectOk<ImportReport>(answer);
    assert.deepEqual([report.stored, report.created, report.invalid], [true, 2, 0]);
    assert.deepEqual(report.lines.map((line) => [line.line, line.name, line.key_path, line.outcome]), [
      [2, "OPENAI_API_KEY", "prod/openai_api_key", "created"],
      [4, "DB_URL", "prod/db_url", "created"],
    ]);
    assert.ok(!answer.text.includes(CANARY));
    const rows = expectOk<{ id: string }[]>(await h.admin.get("/admin/secrets"));
    assert.equal(expectOk(await h.admin.get(`/admin/secrets/${rows[1]?.id}`))["value"], CANARY);
  }),
);

Deno.test(
  "POST /admin/secrets/bulk stores nothing where one line is bad, and says which",
  withHarness(async (h) => {
    const content = `GOOD=1x\nBAD LINE\nEMPTY=\nGOOD=again\n9X=1\nOPEN="${CANARY}`;
    const answer = await h.admin.post("/admin/secrets/bulk", { unredactable: true, content });
    expectError(answer, 400, "import_invalid");
    const { details } = answer.json<{ details: ImportReport }>();
    assert.equal(details.stored, false);
    assert.deepEqual(details.lines.map((line) => [line.line, line.outcome]), [
      [1, "created"],
      [2, "invalid"],
      [3, "invalid"],
      [4, "invalid"],
      [5, "invalid"],
      [6, "invalid"],
    ]);
    assert.ok(!answer.text.includes(CANARY));
    assert.deepEqual(await storedPaths(h), []);
  }),
);

Deno.test(
  "POST /admin/secrets/bulk with partial stores the good lines",
  withHarness(async (h) => {
    const report = expectOk<ImportReport>(
      await h.admin.post("/admin/secrets/bulk", {
        unredactable: true,
        content: "A=1\nnonsense\nB=2",
        partial: true,
      }),
    );
    assert.deepEqual([report.created, report.invalid], [2, 1]);
    assert.deepEqual(await storedPaths(h), ["a", "b"]);
  }),
);

Deno.test(
  "POST /admin/secrets/bulk with dry_run reports and stores nothing, not even the namespace",
  withHarness(async (h) => {
    const body = { unredactable: true, content: "A=1\nnonsense", dry_run: true, namespace: "later" };
    const report = expectOk<ImportReport>(await h.admin.post("/admin/secrets/bulk", body));
    assert.deepEqual([report.stored, report.created, report.invalid], [false, 1, 1]);
    assert.deepEqual(await storedPaths(h), []);
    assert.equal(expectOk<unknown[]>(await h.admin.get("/admin/namespaces")).length, 1);
  }),
);

Deno.test(
  "POST /admin/secrets/bulk fails on, skips or replaces what exists",
  withHarness(async (h) => {
    const id = await seedSecret(h, "a", { value: "old" });
    const send = (duplicates: string) =>
      h.admin.post("/admin/secrets/bulk", { unredactable: true, content: "A=new\nB=1", duplicates });
    expectError(await send("fail"), 400, "import_invalid");
    assert.equal(expectOk<ImportReport>(await send("skip")).skipped, 1);
    assert.equal(expectOk(await h.admin.get(`/admin/secrets/${id}`))["value"], "old");
    assert.equal(expectOk<ImportReport>(await send("replace")).replaced, 2);
    const read = expectOk(await h.admin.get(`/admin/secrets/${id}`));
    assert.deepEqual([read["value"], read["version"]], ["new", 2]);
  }),
);

Deno.test(
  "POST /admin/secrets/bulk does not replace a decoy or a secret of another type",
  withHarness(async (h) => {
    await seedSecret(h, "a", { is_honey_token: true });
    await seedSecret(h, "b", { secret_type: "JSON_CONFIG", value: "{}" });
    const answer = await h.admin.post("/admin/secrets/bulk", {
      unredactable: true,
      content: "A=1\nB=2",
      duplicates: "replace",
    });
    expectError(answer, 400, "import_invalid");
  }),
);

Deno.test(
  "POST /admin/secrets/bulk keeps the case of names when asked, and refuses a prefix that is no path",
  withHarness(async (h) => {
    expectOk(
      await h.admin.post("/admin/secrets/bulk", {
        unredactable: true,
        content: "Mixed_Case=1",
        lowercase: false,
      }),
    );
    assert.deepEqual(await storedPaths(h), ["Mixed_Case"]);
    expectError(
      await h.admin.post("/admin/secrets/bulk", { unredactable: true, content: "A=1", prefix: "../up" }),
      400,
      "import_invalid",
    );
    expectError(
      await h.admin.post("/admin/secrets/bulk", { unredactable: true, content: "# nothing" }),
      400,
      "import_invalid",
    );
  }),
);

Deno.test(
  "POST /admin/secrets/bulk writes a row for the import and one for each secret",
  withHarness(async (h) => {
    await h.admin.post("/admin/secrets/bulk", { unredactable: true, content: "A=1\nB=2" });
    const rows = (await h.auditRows()).filter((row) => row.principal === "admin").map((
      row,
    ) => [row.action, row.resource_path]);
    assert.deepEqual(rows, [["import_secrets", null], ["create_secret", "a"], ["create_secret", "b"]]);
  }),
);

Deno.test(
  "POST /admin/secrets: two at once for one path store one",
  withHarness(async (h) => {
    const answers = await Promise.all(
      [1, 2, 3, 4].map(() => h.admin.post("/admin/secrets", keyValue("race"))),
    );
    assert.deepEqual(answers.map((answer) => answer.status).sort(), [201, 409, 409, 409]);
  }),
);

Deno.test(
  "POST /admin/secrets refuses a value that could not be replaced in output, unless it may be seen",
  withHarness(async (h) => {
    for (const value of ["8080", "true", "a-short", "00000000", "localhost", "production"]) {
      const answer = await h.admin.post("/admin/secrets", keyValue("app/conf", value));
      expectError(answer, 422, "secret_unredactable");
      assert.match(answer.text, /set 'unredactable'/);
    }
    assert.deepEqual(await storedPaths(h), []);
    const { id } = expectOk(
      await h.admin.post("/admin/secrets", {
        ...keyValue("app/port", "8080"),
        unredactable: true,
      }),
      201,
    );
    const [row] = expectOk<{ unredactable: boolean }[]>(await h.admin.get("/admin/secrets"));
    assert.equal(row?.unredactable, true);
    assert.equal(expectOk(await h.admin.get(`/admin/secrets/${id}`))["unredactable"], true);
  }),
);

Deno.test(
  "POST /admin/secrets takes short documents, templates and decoys' configurations: no program gets them as values",
  withHarness(async (h) => {
    for (const secret_type of ["JSON_CONFIG", "TEMPLATE_CONFIG"]) {
      expectOk(
        await h.admin.post("/admin/secrets", { key_path: secret_type, secret_type, value: "{}" }),
        201,
      );
    }
  }),
);

Deno.test(
  "PUT /admin/secrets/:id refuses a value that could not be replaced, unless the secret is or becomes marked",
  withHarness(async (h) => {
    const { id } = expectOk(
      await h.admin.post("/admin/secrets", keyValue("app/key", "value-of-the-key")),
      201,
    );
    const put = (body: object) => h.admin.put(`/admin/secrets/${id}`, body);
    expectError(await put({ value: "8080" }), 422, "secret_unredactable");
    assert.equal(expectOk(await h.admin.get(`/admin/secrets/${id}`))["value"], "value-of-the-key");
    expectOk(await put({ value: "8080", unredactable: true }));
    expectOk(await put({ value: "8081" }));
    expectOk(await put({ unredactable: false }));
    expectError(await put({ value: "8082" }), 422, "secret_unredactable");
    const rows = (await h.auditRows()).filter(({ action, status }) =>
      action === "update_secret" && status === "success"
    );
    assert.deepEqual(rows.map((row) => JSON.parse(row.details ?? "{}").changed), [
      ["value", "unredactable"],
      ["value"],
      ["unredactable"],
    ]);
  }),
);

Deno.test(
  "POST /admin/secrets/bulk leaves out what could not be replaced in output, and says how to have it stored",
  withHarness(async (h) => {
    const body = { content: "PORT=8080\nDEBUG=true\nKEY=value-of-the-key" };
    const report = expectOk<ImportReport>(await h.admin.post("/admin/secrets/bulk", body));
    assert.deepEqual([report.created, report.skipped, report.invalid], [1, 2, 0]);
    assert.match(report.lines[0]?.problem ?? "", /set 'unredactable'/);
    assert.deepEqual(await storedPaths(h), ["key"]);
    const more = { ...body, unredactable: true, duplicates: "skip" };
    assert.equal(expectOk<ImportReport>(await h.admin.post("/admin/secrets/bulk", more)).created, 2);
    const again = { content: "PORT=9090", duplicates: "replace" };
    assert.equal(
      expectOk<ImportReport>(await h.admin.post("/admin/secrets/bulk", again)).replaced,
      1,
      "marked",
    );
  }),
);
