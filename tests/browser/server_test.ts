/** What an operator sets in a real browser: namespaces, policies, daemons, channels; and a backup. */

import assert from "node:assert/strict";
import { inBrowser, inBrowserSignedOut } from "./support/browser_test_case.ts";
import { signedInByCookie } from "./support/stage.ts";
import { seedAgent, seedSecret, seedSession } from "../server/support/seed.ts";

inBrowser("a namespace is added, wants two people, and is deleted once it is empty", async (stage) => {
  const { page, complaints } = await stage.visit();
  await page.goto(`${stage.url}/ui/namespaces`);
  const name = page.getByRole("textbox", { name: "Name" });
  await name.fill("Not A Name");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.locator('input[name="name"][aria-invalid="true"]').waitFor();
  assert.equal(await name.inputValue(), "Not A Name");
  await name.fill("billing");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  const row = page.getByRole("row").filter({ hasText: "billing" });
  await row.getByRole("button", { name: "Want two people" }).click();
  await row.getByText("two people", { exact: true }).waitFor();
  await seedSecret(stage.h, "key", { namespace: "billing" });
  await row.getByRole("button", { name: "Delete" }).click();
  await page.getByText("The namespace is not empty").waitFor();
  assert.deepEqual(complaints.filter((text) => !/400|409/.test(text)), []);
});

inBrowser("a policy is added, tried in the tester, and deleted", async (stage) => {
  const { h } = stage;
  await seedAgent(h, "builder");
  await seedSecret(h, "prod/root");
  const { page, complaints } = await stage.visit();
  await page.goto(`${stage.url}/ui/policies`);
  await page.getByRole("link", { name: "Add a policy" }).click();
  await page.getByLabel("Name").fill("no root");
  await page.getByLabel("Agents").fill("build*");
  await page.getByLabel("Denied paths").fill("prod/*");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("link", { name: "no root" }).waitFor();
  await page.getByRole("link", { name: "Test access" }).click();
  await page.getByLabel("May the agent").fill("builder");
  await page.getByLabel("read the secret").fill("prod/root");
  await page.getByLabel("for the project").fill("shop");
  await page.getByRole("button", { name: "Ask" }).click();
  await page.getByText("A policy denies it").waitFor();
  await page.getByRole("link", { name: "All policies" }).click();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByText("No policy", { exact: true }).waitFor();
  assert.deepEqual(complaints, []);
});

inBrowser(
  "a daemon that runs is put on the list by its button, and taken off with its sessions",
  async (stage) => {
    await seedSession(stage.h, await seedAgent(stage.h, "builder"));
    const { page, complaints } = await stage.visit();
    await page.goto(`${stage.url}/ui/daemons`);
    await page.getByText("every binary is let in").waitFor();
    await page.getByRole("button", { name: "Allow this one" }).click();
    await page.getByRole("button", { name: "Remove" }).click();
    await page.getByText("Removed; its sessions have ended").waitFor();
    assert.deepEqual(complaints, []);
  },
);

inBrowserSignedOut(
  "a channel is added, tried, switched off and deleted, and its secret never comes back",
  async (stage) => {
    const told: string[] = [];
    const receiver = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
      told.push(await request.text());
      return new Response();
    });
    try {
      const { page, complaints } = await stage.visit();
      await page.goto(`${stage.url}/ui/notifications`);
      await page.getByText("Nobody is told").waitFor();
      await page.getByRole("link", { name: "Webhook" }).click();
      await page.getByLabel("Name").fill("operations");
      await page.getByLabel("Address").fill("no address");
      await page.getByLabel("Secret that signs").fill("canary-secret-of-a-webhook");
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByText("type it again").waitFor();
      assert.equal(await page.getByLabel("Name").inputValue(), "operations");
      assert.ok(!(await page.content()).includes("canary-secret"));
      await page.getByLabel("Address").fill(`http://127.0.0.1:${receiver.addr.port}/`);
      await page.getByLabel("Secret that signs").fill("canary-secret-of-a-webhook");
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByText("Added. Send a test message").waitFor();
      await page.getByRole("button", { name: "Test" }).click();
      await page.getByText("The test message arrived").waitFor();
      assert.equal(told.length, 1);
      await page.getByRole("button", { name: "Switch off" }).click();
      await page.getByRole("button", { name: "Switch on" }).waitFor();
      await page.getByRole("button", { name: "Delete" }).click();
      await page.getByText("Nobody is told").waitFor();
      assert.deepEqual(complaints.filter((text) => !text.includes("400")), []);
    } finally {
      await receiver.shutdown();
    }
  },
  async () => ({ ...await signedInByCookie(), config: { notifyAllowPrivate: true } }),
);

inBrowser("a backup of the vault is downloaded, and holds no value", async (stage) => {
  await seedSecret(stage.h, "deploy_key");
  const { page } = await stage.visit();
  await page.goto(`${stage.url}/ui/settings`);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download a backup" }).click(),
  ]);
  const bytes = await Deno.readFile(await download.path());
  assert.ok(bytes.byteLength > 1_000);
  assert.ok(!new TextDecoder("latin1").decode(bytes).includes("value of deploy_key"));
});
