/**
 * Every role at every route for people: let in or refused as the tables of roles and routes say, and objects of a foreign namespace are
 * not there. A new route without a request here fails the test, so that what it does with foreign objects is a decision.
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { accessRow, ROUTE_KEYS, type RouteKey } from "../../../server/access_table.ts";
import {
  ALL_RIGHTS,
  ALL_ROLES,
  narrowed,
  reaches,
  type Right,
  RIGHTS,
  rightsOf,
  type Role,
  ROLES,
} from "../../../server/access/roles.ts";
import { TOKEN_RIGHTS } from "../../../server/identity/api_tokens.ts";
import { expectOk } from "../support/expect.ts";
import { type Answer, Client, type Harness, withHarness } from "../support/harness.ts";
import { enter } from "../support/people.ts";
import { freshPublicKey } from "../support/seed.ts";
import { FOREIGN, MINE, type Objects, rowsOf, seedNamespace } from "../support/two_namespaces.ts";

interface Asked {
  readonly path: string;
  readonly body?: unknown;
  /** What an allowed request for a foreign object gets; 404 unless told. */
  readonly foreign?: number;
}

const SHA = "ab".repeat(32);
const SECRET_BODY = { key_path: "made/key", secret_type: "KEY_VALUE", value: "a value of some length" };

/** Requests that name an object of a namespace. */
const OBJECT_ROUTES: Readonly<Partial<Record<RouteKey, (o: Objects) => Asked>>> = {
  "POST /admin/secrets": (o) => ({
    path: "/admin/secrets",
    body: { ...SECRET_BODY, namespace: o.namespace },
  }),
  "POST /admin/secrets/bulk": (o) => ({
    path: "/admin/secrets/bulk",
    body: { content: "KEY=a value of some length", namespace: o.namespace },
  }),
  "GET /admin/secrets/:id": (o) => ({ path: `/admin/secrets/${o.secret}` }),
  "PUT /admin/secrets/:id": (o) => ({ path: `/admin/secrets/${o.secret}`, body: { description: "changed" } }),
  "GET /admin/secrets/:id/uses": (o) => ({ path: `/admin/secrets/${o.secret}/uses` }),
  "GET /admin/secrets/:id/versions": (o) => ({ path: `/admin/secrets/${o.secret}/versions` }),
  "DELETE /admin/secrets/:id/versions": (o) => ({ path: `/admin/secrets/${o.secret}/versions?keep=0` }),
  "GET /admin/secrets/:id/versions/:version": (o) => ({ path: `/admin/secrets/${o.secret}/versions/1` }),
  "DELETE /admin/secrets/:id/versions/:version": (o) => ({ path: `/admin/secrets/${o.secret}/versions/1` }),
  "POST /admin/secrets/:id/rollback": (o) => ({
    path: `/admin/secrets/${o.secret}/rollback`,
    body: { to_version: 1 },
  }),
  "DELETE /admin/secrets/:id": (o) => ({ path: `/admin/secrets/${o.secret}` }),
  "POST /admin/agents": (o) => ({
    path: "/admin/agents",
    body: { agent_id: "made", agent_pub: freshPublicKey(), namespace: o.namespace },
  }),
  "PUT /admin/agents/:agent_id": (o) => ({
    path: `/admin/agents/${o.agent}?namespace=${o.namespace}`,
    body: { agent_pub: freshPublicKey() },
  }),
  "POST /admin/agents/:agent_id/freeze": (o) => ({ path: `/admin/agents/${o.agent}/freeze` }),
  "POST /admin/agents/:agent_id/unfreeze": (o) => ({ path: `/admin/agents/${o.agent}/unfreeze` }),
  "GET /admin/agents/:agent_id/allowed-callers": (o) => ({
    path: `/admin/agents/${o.agent}/allowed-callers`,
  }),
  "POST /admin/agents/:agent_id/allowed-callers": (o) => ({
    path: `/admin/agents/${o.agent}/allowed-callers`,
    body: { sha256: SHA },
  }),
  "DELETE /admin/agents/:agent_id/allowed-callers": (o) => ({
    path: `/admin/agents/${o.agent}/allowed-callers?sha256=${SHA}`,
  }),
  "POST /admin/projects/:name/revoke": (o) => ({ path: `/admin/projects/${o.project}/revoke` }),
  "POST /admin/projects/:name/freeze": (o) => ({ path: `/admin/projects/${o.project}/freeze` }),
  "POST /admin/projects/:name/unfreeze": (o) => ({ path: `/admin/projects/${o.project}/unfreeze` }),
  "POST /admin/projects/:name/rebind": (o) => ({
    path: `/admin/projects/${o.project}/rebind`,
    body: { agent_id: o.agent },
  }),
  // A project that nobody knows has no grants: an empty list.
  "GET /admin/projects/:name/grants": (o) => ({ path: `/admin/projects/${o.project}/grants`, foreign: 200 }),
  "POST /admin/projects/:name/grants": (o) => ({
    path: `/admin/projects/other/grants`,
    body: { secret_id: o.secret },
  }),
  "PUT /admin/projects/:name/grants/:grant_id": (o) => ({
    path: `/admin/projects/${o.project}/grants/${o.grant}`,
    body: { delivery: "file" },
  }),
  "DELETE /admin/projects/:name/grants/:grant_id": (o) => ({
    path: `/admin/projects/${o.project}/grants/${o.grant}`,
  }),
  "DELETE /admin/projects/:name": (o) => ({ path: `/admin/projects/${o.project}` }),
  "POST /admin/pending-grants/:id/approve": (o) => ({
    path: `/admin/pending-grants/${o.pending}/approve`,
    body: {},
  }),
  "POST /admin/pending-grants/:id/deny": (o) => ({
    path: `/admin/pending-grants/${o.pending}/deny`,
    body: {},
  }),
  "DELETE /admin/pending-grants/:id": (o) => ({ path: `/admin/pending-grants/${o.pending}` }),
  "POST /admin/command-grants/:id/approve": (o) => ({
    path: `/admin/command-grants/${o.command}/approve`,
    body: { request_sha256: SHA },
  }),
  "POST /admin/command-grants/:id/deny": (o) => ({ path: `/admin/command-grants/${o.command}/deny` }),
  "DELETE /admin/command-grants/:id": (o) => ({ path: `/admin/command-grants/${o.command}` }),
  "GET /admin/devices/by-code/:user_code": (o) => ({ path: `/admin/devices/by-code/${o.userCode}` }),
  "POST /admin/web/device/deny": (o) => ({ path: "/admin/web/device/deny", body: { user_code: o.userCode } }),
  "POST /admin/web/device/approve": (o) => ({
    path: "/admin/web/device/approve",
    body: { user_code: o.userCode, agent_id: o.agent, namespace: o.namespace },
  }),
  // Says how many logins it ended, which is none.
  "DELETE /admin/devices/:agent_id": (o) => ({ path: `/admin/devices/${o.agent}`, foreign: 200 }),
  "DELETE /admin/daemon-sessions/:id": (o) => ({ path: `/admin/daemon-sessions/${o.session}` }),
  "GET /admin/audit-logs/:id": (o) => ({ path: `/admin/audit-logs/${o.auditRow}` }),
  "GET /admin/audit-logs/:id/proof": (o) => ({ path: `/admin/audit-logs/${o.auditRow}/proof` }),
  "GET /admin/policies/test": (o) => ({
    path: `/admin/policies/test?agent_id=${o.agent}&project=${o.project}&key_path=${o.namespace}/key`,
  }),
  "DELETE /admin/agents/:agent_id": (o) => ({ path: `/admin/agents/${o.agent}` }),
};

const PEOPLE_ROUTES = ROUTE_KEYS.filter((key) => accessRow(key).caller === "admin");
const rightOf = (key: RouteKey): Right => accessRow(key).right ?? assert.fail(`${key} names no right`);

/** Answers that are no decision about rights. */
const isLetIn = ({ status, text }: Answer) =>
  status !== 401 && status < 500 && !text.includes('"auth_forbidden"') || text.includes('"server_stopping"');

let address = 0;
const nextAddress = () => `10.9.${++address >> 8 & 255}.${address & 255}`;

async function ask(client: Client, key: RouteKey, { path, body }: Asked): Promise<Answer> {
  const [method = ""] = key.split(" ");
  const options = body === undefined ? {} : { body };
  return await client.send(method, path, { ...options, address: nextAddress() });
}

function plain(key: RouteKey): Asked {
  const [method = "", pattern = ""] = key.split(" ");
  const path = pattern.replace(/:\w+/g, "00000000-0000-4000-8000-000000000000");
  return method === "GET" || method === "DELETE" ? { path } : { path, body: {} };
}

interface Holder {
  readonly role: Role;
  readonly namespaces: readonly string[] | null;
  readonly client: Client;
  readonly what: string;
  /** Rights of the session or of the token. */
  readonly rights: ReturnType<typeof rightsOf>;
}

/** Each role in all namespaces and in one, by a session and by a token with all that it can be given. */
async function holders(h: Harness): Promise<Holder[]> {
  const found: Holder[] = [];
  for (const role of ALL_ROLES) {
    for (const namespaces of [null, [MINE]]) {
      const what = `${role} in ${namespaces?.join() ?? "all"}`;
      const { browser } = await enter(h, `${role}-${namespaces?.join("-") ?? "all"}@example.com`, [
        { role, namespaces },
      ]);
      const rights = rightsOf([{ role, namespaces }]);
      found.push({ role, namespaces, client: browser, what, rights });
      const given = TOKEN_RIGHTS.filter((right) => rights.has(right));
      const { token } = expectOk<{ token: string }>(
        await browser.post("/admin/api-tokens", { name: what, rights: given, expires_in_days: 1 }),
        201,
      );
      const client = new Client(h.app, { Authorization: `Bearer ${token}` });
      found.push({
        role,
        namespaces,
        client,
        what: `token of ${what}`,
        rights: narrowed(rights, given, null),
      });
    }
  }
  return found;
}

Deno.test("ACCESS_TABLE names a right for each route for people, and for no other", () => {
  for (const key of ROUTE_KEYS) {
    assert.equal(accessRow(key).right !== undefined, accessRow(key).caller === "admin", key);
  }
});

Deno.test("OBJECT_ROUTES has a request for each route that names an object of a namespace", () => {
  const open = PEOPLE_ROUTES.filter((key) =>
    key.includes("/:") && RIGHTS[rightOf(key)].scope === "namespace"
  );
  assert.deepEqual(open.filter((key) => OBJECT_ROUTES[key] === undefined), []);
});

/** Refused to people even with the right: they sign in by name, so that the log has their names. */
const FOR_THE_ADMIN_TOKEN = "POST /admin/page-links";

Deno.test(
  "every role at every route: refused where the table gives it no such right, whatever is sent",
  withHarness(async (h) => {
    await h.app.endStreams();
    await seedNamespace(h, MINE);
    let refused = 0;
    for (const { client, what, rights } of await holders(h)) {
      for (const key of PEOPLE_ROUTES.filter((route) => !rights.has(rightOf(route)))) {
        const answer = await ask(client, key, plain(key));
        assert.equal(answer.status, 403, `${what} at ${key}: ${answer.text}`);
        assert.match(answer.text, /"auth_forbidden"/, `${what} at ${key}`);
        refused++;
      }
    }
    assert.ok(refused > 200, String(refused));
  }),
);

Deno.test(
  "every role at every route: let in where the table gives it the right",
  withHarness(async (h) => {
    await h.app.endStreams();
    const people = await holders(h);
    const destructive = /signout|sys\/seal|me\/|sessions|api-tokens|rotate|backup|people\/:id\/disable/;
    for (const { client, what, rights } of people) {
      for (const key of PEOPLE_ROUTES.filter((route) => rights.has(rightOf(route)))) {
        if (destructive.test(key) && !key.startsWith("GET")) continue;
        const answer = await ask(client, key, plain(key));
        assert.equal(
          isLetIn(answer),
          key !== FOR_THE_ADMIN_TOKEN,
          `${what} at ${key}: ${answer.status} ${answer.text}`,
        );
      }
    }
  }),
);

Deno.test(
  "every role at every route: an object of a foreign namespace is not there, is in no list, and stays as it is",
  withHarness(async (h) => {
    await h.app.endStreams();
    const own = await seedNamespace(h, MINE);
    const foreign = await seedNamespace(h, FOREIGN);
    const people = (await holders(h)).filter(({ namespaces }) => namespaces !== null);
    const before = await rowsOf(h, FOREIGN);
    let tried = 0;
    for (const { client, what, rights } of people) {
      for (const key of PEOPLE_ROUTES.filter((route) => rights.has(rightOf(route)))) {
        const request = OBJECT_ROUTES[key]?.(foreign);
        if (request === undefined) continue;
        const answer = await ask(client, key, request);
        assert.equal(answer.status, request.foreign ?? 404, `${what} at ${key}: ${answer.text}`);
        if (!key.includes("/grants")) assert.equal(/foreign\/key|foreign-host/.test(answer.text), false, key);
        tried++;
      }
      for (const key of PEOPLE_ROUTES.filter((route) => route.startsWith("GET") && !route.includes("/:"))) {
        const right = rightOf(key);
        if (!rights.has(right) || OBJECT_ROUTES[key] !== undefined) continue;
        if (RIGHTS[right].scope !== "namespace") continue;
        const answer = await ask(client, key, plain(key));
        assert.equal(answer.text.includes(FOREIGN), false, `${what} at ${key}: ${answer.text}`);
      }
      const reads = PEOPLE_ROUTES.filter((route) => route.startsWith("GET") && rights.has(rightOf(route)));
      for (const key of reads) {
        const request = OBJECT_ROUTES[key]?.(own);
        if (request !== undefined) {
          assert.equal((await ask(client, key, request)).status, 200, `${what} at ${key}`);
        }
      }
    }
    assert.equal(await rowsOf(h, FOREIGN), before);
    assert.ok(tried > 80, String(tried));
  }),
);

/** What would carry something of one's own over, or something foreign in: each names an object of either side. */
const CROSSINGS: readonly ((own: Objects, foreign: Objects) => readonly [RouteKey, Asked])[] = [
  (own, foreign) => ["PUT /admin/agents/:agent_id", {
    path: `/admin/agents/${own.agent}?namespace=${foreign.namespace}`,
    body: { agent_pub: freshPublicKey() },
  }],
  (own, foreign) => ["POST /admin/projects/:name/grants", {
    path: `/admin/projects/${own.project}/grants`,
    body: { secret_id: foreign.secret, env_var_name: "TAKEN" },
  }],
  (own, foreign) => ["PUT /admin/projects/:name/grants/:grant_id", {
    path: `/admin/projects/${own.project}/grants/${foreign.grant}`,
    body: { delivery: "file" },
  }],
  (own, foreign) => ["POST /admin/projects/:name/rebind", {
    path: `/admin/projects/${own.project}/rebind`,
    body: { agent_id: foreign.agent },
  }],
  (own, foreign) => ["POST /admin/projects/:name/rebind", {
    path: `/admin/projects/${foreign.project}/rebind`,
    body: { agent_id: own.agent },
  }],
  (own, foreign) => ["POST /admin/web/device/approve", {
    path: "/admin/web/device/approve",
    body: { user_code: own.userCode, agent_id: foreign.agent, namespace: foreign.namespace },
  }],
  (own, foreign) => ["POST /admin/web/device/approve", {
    path: "/admin/web/device/approve",
    body: { user_code: foreign.userCode, agent_id: own.agent, namespace: own.namespace },
  }],
];

Deno.test(
  "every role at every route: nothing of one's own goes to a foreign namespace, and nothing foreign comes over",
  withHarness(async (h) => {
    await h.app.endStreams();
    const own = await seedNamespace(h, MINE);
    const foreign = await seedNamespace(h, FOREIGN);
    const before = await Promise.all([rowsOf(h, MINE), rowsOf(h, FOREIGN)]);
    for (const { client, what, namespaces, rights } of await holders(h)) {
      if (namespaces === null) continue;
      for (const crossing of CROSSINGS) {
        const [key, request] = crossing(own, foreign);
        const answer = await ask(client, key, request);
        const expected = rights.has(rightOf(key)) ? [400, 404] : [403];
        assert.ok(expected.includes(answer.status), `${what} at ${key}: ${answer.status} ${answer.text}`);
      }
    }
    assert.deepEqual(await Promise.all([rowsOf(h, MINE), rowsOf(h, FOREIGN)]), before);
  }),
);

Deno.test(
  "what is done to an object of a namespace is in the log of that namespace",
  withHarness(async (h) => {
    await h.app.endStreams();
    const own = await seedNamespace(h, MINE);
    const { browser } = await enter(h, "admin@example.com", [{
      role: "namespace-admin",
      namespaces: [MINE],
    }]);
    const changes = Object.entries(OBJECT_ROUTES).filter(([key]) => !key.startsWith("GET"));
    // What deletes whole objects comes last: until then there is something to change.
    const last = ([key]: readonly [string, unknown]) =>
      key.startsWith("DELETE") ? 9 - key.split("/").length : 0;
    const done: string[] = [];
    for (const [key, request] of changes.toSorted((left, right) => last(left) - last(right))) {
      const before = (await h.auditRows()).length;
      const answer = await ask(browser, key as RouteKey, request(own));
      if (answer.status >= 300) continue;
      for (const row of (await h.auditRows()).slice(before)) {
        assert.equal(row.namespace, MINE, `${key}: ${row.action}`);
      }
      done.push(key);
    }
    assert.ok(done.length > 20, `only ${done.length}: ${done.join("; ")}`);
  }),
);

Deno.test(
  "every role at every route: who has the right in all namespaces, or in the object's, gets it",
  withHarness(async (h) => {
    const { browser } = await enter(h, "both@example.com", [
      { role: "namespace-admin", namespaces: [MINE] },
      { role: "auditor", namespaces: [FOREIGN] },
    ]);
    const own = await seedNamespace(h, MINE);
    const foreign = await seedNamespace(h, FOREIGN);
    expectOk(await browser.get(`/admin/secrets/${own.secret}`));
    expectOk(await browser.get(`/admin/secrets/${foreign.secret}/uses`));
    assert.equal((await browser.get(`/admin/secrets/${foreign.secret}`)).status, 404);
    assert.equal((await browser.post(`/admin/agents/${foreign.agent}/freeze`)).status, 404);
    expectOk(await browser.post(`/admin/agents/${own.agent}/freeze`));
  }),
);

Deno.test("rightsOf gives no right beyond a role's own, and vault-wide ones only with all namespaces", () => {
  const assignment = fc.record({
    role: fc.constantFrom(...ALL_ROLES),
    namespaces: fc.option(fc.array(fc.constantFrom<string>("a", "b", "c"), { minLength: 1, maxLength: 3 })),
  });
  fc.assert(fc.property(fc.array(assignment, { maxLength: 4 }), (assignments) => {
    const rights = rightsOf(assignments);
    for (const right of ALL_RIGHTS) {
      for (const namespace of ["a", "b", "c", "d"]) {
        const expected = right === "self" ||
          assignments.some(({ role, namespaces }) =>
            (ROLES[role].rights as readonly Right[]).includes(right) &&
            (namespaces === null || (RIGHTS[right].scope === "namespace" && namespaces.includes(namespace)))
          );
        assert.equal(
          reaches(rights.get(right) ?? new Set(), namespace),
          expected,
          `${right} in ${namespace}`,
        );
      }
    }
  }));
});

Deno.test("narrowed gives nothing that was not there, and nothing outside of what is named", () => {
  const names = fc.option(fc.array(fc.constantFrom<string>("a", "b", "c"), { minLength: 1, maxLength: 3 }));
  const some = fc.subarray([...ALL_RIGHTS]);
  fc.assert(fc.property(names, some, names, fc.constantFrom(...ALL_ROLES), (had, kept, wanted, role) => {
    const rights = rightsOf([{ role, namespaces: had }]);
    const left = narrowed(rights, kept, wanted);
    for (const right of ALL_RIGHTS) {
      for (const namespace of ["a", "b", "c"]) {
        const allowed = kept.includes(right) && reaches(rights.get(right) ?? new Set(), namespace) &&
          (wanted === null || right === "self" ||
            (RIGHTS[right].scope === "namespace" && wanted.includes(namespace)));
        assert.equal(reaches(left.get(right) ?? new Set(), namespace), allowed);
      }
    }
  }));
});
