import assert from "node:assert/strict";
import type { Overview, Waiting } from "../../../../shared/api/overview.ts";
import { MINUTE, SECOND } from "../../../../shared/clock.ts";
import { ADMIN_TOKEN, type Harness, withHarness } from "../../support/harness.ts";
import { expectOk } from "../../support/expect.ts";
import { seedAgent, seedPendingGrant } from "../../support/seed.ts";
import { Browser, enter } from "../../support/people.ts";
import { seedDevice } from "../../../browser/support/seeds.ts";

const countOf = async (h: Harness) => expectOk<Waiting>(await h.admin.get("/admin/waiting"));

async function follow(
  h: Harness,
  headers: Record<string, string> = { "X-Admin-Token": ADMIN_TOKEN },
): Promise<() => Promise<string | undefined>> {
  const response = await h.app.request("/admin/waiting/stream", { headers });
  assert.equal(response.headers.get("Content-Type"), "text/event-stream");
  const reader = response.body?.getReader();
  return async () => {
    const part = await reader?.read();
    return part?.done === false ? new TextDecoder().decode(part.value) : undefined;
  };
}

async function pass(h: Harness, milliseconds = SECOND): Promise<void> {
  h.clock.advance(milliseconds);
  await h.app.housekeep();
}

Deno.test(
  "GET /admin/waiting counts what waits, and its state changes with each change",
  withHarness(async (h) => {
    const nothing = await countOf(h);
    assert.deepEqual([nothing.devices, nothing.access, nothing.commands, nothing.total], [0, 0, 0, 0]);
    const id = await seedPendingGrant(h, await seedAgent(h, "bot"), ["a"]);
    await seedDevice(h);
    const some = await countOf(h);
    assert.deepEqual([some.devices, some.access, some.total], [1, 1, 2]);
    await h.admin.post(`/admin/pending-grants/${id}/deny`);
    const states = new Set([nothing.state, some.state, (await countOf(h)).state]);
    assert.equal(states.size, 3);
  }),
);

Deno.test(
  "GET /admin/waiting/stream tells of changes, beats in between, and ends with the server",
  withHarness(async (h) => {
    const next = await follow(h);
    assert.match(await next() ?? "", /^event: changed\ndata: \{"waiting":0,/);
    await pass(h);
    assert.match(await next() ?? "", /^: /);
    await seedPendingGrant(h, await seedAgent(h, "bot"), ["a"]);
    await pass(h);
    assert.match(await next() ?? "", /^event: changed\ndata: \{"waiting":1,/);
    await h.app.endStreams();
    assert.equal(await next(), undefined);
    assert.equal((await h.admin.get("/admin/waiting/stream")).status, 503);
  }),
);

Deno.test(
  "a stream ends after ten minutes, so that a right that was taken away is noticed",
  withHarness(async (h) => {
    const next = await follow(h);
    await next();
    await pass(h, 10 * MINUTE);
    assert.equal(await next(), undefined);
  }),
);

Deno.test(
  "a stream ends with the session that it began with, and when the person's rights are changed",
  withHarness(async (h) => {
    const { id } = await enter(h, "ada@example.com", [{ role: "super-admin", namespaces: null }]);
    await enter(h, "bob@example.com", [{ role: "super-admin", namespaces: null }]);
    const followAs = async () => {
      const browser = new Browser(h);
      expectOk(await browser.signIn("ada@example.com"));
      const next = await follow(h, { Cookie: browser.cookie });
      await next();
      await pass(h);
      assert.match(await next() ?? "", /^: /);
      return { browser, next };
    };
    const ended = await followAs();
    expectOk(await ended.browser.post("/auth/signout"));
    await pass(h);
    assert.equal(await ended.next(), undefined);
    const lessened = await followAs();
    const roles = [{ role: "auditor", namespaces: null }];
    expectOk(await h.admin.put(`/admin/people/${id}`, { roles }));
    await pass(h);
    assert.equal(await lessened.next(), undefined);
  }),
);

Deno.test(
  "GET /admin/overview says what waits, what went wrong and what ends soon, and leaves looks out",
  withHarness(async (h) => {
    await seedPendingGrant(h, await seedAgent(h, "bot"), ["a"]);
    await h.admin.get("/admin/secrets");
    const { waiting, activity, counts } = expectOk<Overview>(await h.admin.get("/admin/overview"));
    assert.equal(waiting.access, 1);
    assert.equal(counts.agents, 1);
    assert.deepEqual(activity.map(({ action }) => action), ["create_agent", "vault_initialise"]);
  }),
);
