/** `POST /project/template/:project`: what goes into a text, for whom, and what is said of it. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { MINUTE } from "../../../shared/clock.ts";
import type { RenderedTemplate } from "../../../shared/api/templates.ts";
import { expectError, expectOk, lastRow } from "../support/expect.ts";
import { type Harness, withHarness } from "../support/harness.ts";
import { templateTexts } from "../support/template_texts.ts";
import { storeAndGrant, TestAgent } from "../support/test_agent.ts";

const PATH = "/project/template/p";
const FILE = { kind: "file", path: "conf/app.env" };

async function setUp(h: Harness) {
  const agent = await TestAgent.enrol(h);
  const url = await storeAndGrant(h, "p", "prod/db_url", { value: "canary-url-77f1" });
  const pw = await storeAndGrant(h, "p", "db_pw", { value: "canary-pw-20cc" });
  await storeAndGrant(h, "p", "app/conf", { secret_type: "TEMPLATE_CONFIG", value: "pw={{DB_PW}}\n" });
  const { project_token: token } = await agent.obtain("p", ["DB_URL", "DB_PW"]);
  const render = (template: object, destination: object = FILE) =>
    agent.postSigned(PATH, token, { template, destination });
  const deliver = (grant: { grantId: string }, delivery: string) =>
    h.admin.put(`/admin/projects/p/grants/${grant.grantId}`, { delivery });
  return { agent, token, render, deliver, url, pw };
}

Deno.test(
  "POST /project/template renders a text and a stored template over the values that they name",
  withHarness(async (h) => {
    const { render } = await setUp(h);
    const text = "a={{prod/db_url}} b={{DB_URL}} c={{prod_db_url}}";
    const own = expectOk<RenderedTemplate>(await render({ text }));
    assert.equal(own.text, "a=canary-url-77f1 b=canary-url-77f1 c=canary-url-77f1");
    assert.deepEqual([own.names, own.values], [["DB_URL"], {}]);
    const stored = expectOk<RenderedTemplate>(await render({ name: "conf" }, { kind: "program" }));
    assert.equal(stored.text, "pw=canary-pw-20cc\n");
    assert.deepEqual([stored.names, stored.values], [["DB_PW"], { DB_PW: "canary-pw-20cc" }]);
  }),
);

Deno.test(
  "POST /project/template leaves a row with the names that went in, the template and where it goes",
  withHarness(async (h) => {
    const { render } = await setUp(h);
    expectOk(await render({ text: "{{DB_PW}}" }));
    const row = await lastRow(h, "render_template");
    const { keys, template, template_sha256, destination } = JSON.parse(row.details ?? "{}");
    assert.deepEqual([keys, template, destination], [["db_pw"], "text", "conf/app.env"]);
    assert.match(template_sha256, /^[0-9a-f]{64}$/);
    expectOk(await render({ name: "app/conf" }, { kind: "program" }));
    const stored = await lastRow(h, "render_template");
    assert.equal(stored.resource_path, "app/conf");
    assert.equal(JSON.parse(stored.details ?? "{}").destination, "a program");
  }),
);

Deno.test(
  "a value of delivery env, file or template may go into a template, never of never",
  withHarness(async (h) => {
    const { render, deliver, pw } = await setUp(h);
    for (const delivery of ["env", "file", "template"]) {
      expectOk(await deliver(pw, delivery));
      assert.equal(expectOk<RenderedTemplate>(await render({ text: "{{DB_PW}}" })).text, "canary-pw-20cc");
    }
    expectOk(await deliver(pw, "never"));
    for (const text of ["{{DB_PW}}", '{{lookup this "DB_PW"}}', "{{#if DB_PW}}{{DB_PW}}{{/if}}{{DB_PW}}"]) {
      const refused = await render({ text });
      expectError(refused, 422, "template_missing_name");
      assert.doesNotMatch(refused.text, /canary/);
    }
    const said = (await render({ text: "{{DB_PW}}" })).json<{ details: unknown }>();
    assert.deepEqual(said.details, { name: "DB_PW", reason: "delivery_never" });
  }),
);

Deno.test(
  "a template that names what the token lacks says so, and a fresh token has it",
  withHarness(async (h) => {
    const { agent, render } = await setUp(h);
    await storeAndGrant(h, "p", "new_key", { value: "canary-new-5b" });
    const needs = expectOk<{ needs: string[] }>(await render({ text: "{{DB_PW}} {{NEW_KEY}}" }));
    assert.deepEqual(needs, { needs: ["DB_PW", "NEW_KEY"] });
    assert.deepEqual(expectOk<RenderedTemplate>(await render({ text: "{{DB_PW}}" })).names, ["DB_PW"]);
    const { project_token } = await agent.obtain("p", needs.needs, { regenerate: true });
    const body = { template: { text: "{{DB_PW}} {{NEW_KEY}}" }, destination: FILE };
    const rendered = expectOk<RenderedTemplate>(await agent.postSigned(PATH, project_token, body));
    assert.equal(rendered.text, "canary-pw-20cc canary-new-5b");
  }),
);

Deno.test(
  "a template that can reach any name gets every value, and its row says so",
  withHarness(async (h) => {
    const { render } = await setUp(h);
    const text = "{{#each this}}{{@key}} {{/each}}";
    assert.deepEqual(expectOk<RenderedTemplate>(await render({ text })).names, ["DB_PW", "DB_URL"]);
    const row = await lastRow(h, "render_template");
    assert.deepEqual(JSON.parse(row.details ?? "{}").keys, ["db_pw", "prod/db_url"]);
  }),
);

Deno.test(
  "prototypes, partials and unknown helpers are names and errors, and nothing else",
  withHarness(async (h) => {
    const { render } = await setUp(h);
    for (const name of ["constructor", "__proto__", "toString", "this.constructor", "DB_PW.constructor"]) {
      expectError(await render({ text: `{{${name}}}` }), 422, "template_missing_name");
      expectError(await render({ text: `{{lookup this "${name}"}}` }), 422, "template_missing_name");
    }
    for (
      const text of ["{{> x}}", "{{evil 1}}", "{{#each", '{{lookup (lookup this "constructor") "name"}}']
    ) {
      const status = (await render({ text })).status;
      assert.ok(status === 400 || status === 422, `${text}: ${status}`);
    }
    expectError(await render({ text: "x".repeat(128 * 1024 + 1) }), 400, "request_invalid");
    expectOk(await render({ text: "{{DB_PW}}" }));
  }),
);

Deno.test(
  "a bound value goes into no template",
  withHarness(async (h) => {
    const { render, pw } = await setUp(h);
    expectOk(await h.admin.put(`/admin/projects/p/grants/${pw.grantId}`, { bound: true }));
    const refused = await render({ text: "{{DB_PW}}" });
    expectError(refused, 422, "template_missing_name");
    assert.match(refused.text, /command_bound/);
  }),
);

Deno.test(
  "a text that names a decoy is an alarm, granted or not",
  withHarness(async (h) => {
    const { render, agent, token } = await setUp(h);
    const decoy = {
      key_path: "prod/root_password",
      secret_type: "KEY_VALUE",
      value: "canary-decoy-9f21",
      is_honey_token: true,
    };
    expectOk(await h.admin.post("/admin/secrets", decoy), 201);
    await storeAndGrant(h, "p", "bait_key", { value: "canary-bait-11aa", is_honey_token: true });
    expectOk(await render({ text: "{{#each this}}{{@key}} {{/each}}" }));
    expectError(await render({ text: "{{prod/root_password}}" }), 401, "token_invalid");
    const again = await agent.postSigned(PATH, token, { template: { text: "x" }, destination: FILE });
    assert.equal(again.status, 401);
  }),
);

Deno.test(
  "a stored template that is not granted, or never goes, is not found",
  withHarness(async (h) => {
    const { render } = await setUp(h);
    await storeAndGrant(h, "other", "their/conf", { secret_type: "TEMPLATE_CONFIG", value: "x" });
    expectError(await render({ name: "their/conf" }), 404, "template_not_found");
    const grants = (await h.admin.get("/admin/projects/p/grants")).json<
      { id: string; secret_key_path: string }[]
    >();
    const conf = grants.find(({ secret_key_path }) => secret_key_path === "app/conf");
    expectOk(await h.admin.put(`/admin/projects/p/grants/${conf?.id}`, { delivery: "never" }));
    expectError(await render({ name: "conf" }), 404, "template_not_found");
  }),
);

Deno.test(
  "an agent that has no token of the project yet is told what to ask for, and gets nothing before that",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    await storeAndGrant(h, "p", "db_pw", { value: "canary-pw-20cc" });
    await storeAndGrant(h, "p", "conf", { secret_type: "TEMPLATE_CONFIG", value: "canary {{DB_PW}}" });
    const { project_token: empty } = expectOk<{ project_token: string }>(await agent.discover("p", []));
    const render = (template: object) => agent.postSigned(PATH, empty, { template, destination: FILE });
    assert.deepEqual(expectOk(await render({ text: "{{DB_PW}}{{NO}}" })), { needs: ["DB_PW"] });
    assert.deepEqual(expectOk(await render({ name: "conf" })), { needs: ["DB_PW"] });
    expectError(await render({ text: "{{NO}}" }), 422, "template_missing_name");
    const { grantId } = await storeAndGrant(h, "p", "root_key", { value: "canary-root-8812" });
    expectOk(await h.admin.put(`/admin/projects/p/grants/${grantId}`, { delivery: "never" }));
    assert.match((await render({ text: "{{ROOT_KEY}}" })).text, /may not go into one \(delivery_never\)/);
    const { project_token } = await agent.obtain("p", ["DB_PW"]);
    const body = { template: { name: "conf" }, destination: FILE };
    const rendered = expectOk<RenderedTemplate>(await agent.postSigned(PATH, project_token, body));
    assert.equal(rendered.text, "canary canary-pw-20cc");
  }),
);

Deno.test(
  "any text at all is rendered or refused, no refusal holds a value, and the server goes on",
  withHarness(async (h) => {
    const { agent } = await setUp(h);
    for (const name of ["A", "B", "x"]) {
      await storeAndGrant(h, "p", name.toLowerCase(), { value: `canary-of-${name}-5c1f77` });
    }
    const { project_token } = await agent.obtain("p", "all", { regenerate: true });
    const render = (text: string) =>
      agent.postSigned(PATH, project_token, { template: { text }, destination: FILE });
    let rendered = 0;
    await fc.assert(
      fc.asyncProperty(templateTexts, async (text) => {
        h.clock.advance(MINUTE);
        const answer = await render(text);
        if (answer.status === 200) rendered++;
        else {
          assert.ok(answer.status === 400 || answer.status === 422, `${answer.status} for ${text}`);
          assert.doesNotMatch(answer.text, /canary/, text);
        }
      }),
      { numRuns: 200 },
    );
    assert.ok(rendered > 20, `only ${rendered} of them were templates`);
    assert.equal(expectOk<RenderedTemplate>(await render("{{A}}")).text, "canary-of-A-5c1f77");
  }),
);
