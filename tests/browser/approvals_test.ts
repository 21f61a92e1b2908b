/** Decisions in a real browser: by the keyboard alone, by two people at once, without script. */

import assert from "node:assert/strict";
import { inBrowser } from "./support/browser_test_case.ts";
import { seedDevice } from "./support/seeds.ts";
import { seedAgent, seedPendingGrant } from "../server/support/seed.ts";
import type { Visit } from "./support/visit.ts";
import type { Harness } from "../server/support/harness.ts";

/** Presses Tab until the element that fits has the focus, as somebody without a mouse does. */
async function tabTo(visit: Visit, selector: string): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    await visit.page.keyboard.press("Tab");
    if (await visit.page.evaluate(`document.activeElement.matches(${JSON.stringify(selector)})`)) return;
  }
  assert.fail(`Tab never reaches ${selector}`);
}

async function statusOf(h: Harness, id: string): Promise<string | undefined> {
  const row = await h.store.reader.selectFrom("pending_grants").select("status").where("id", "=", id)
    .executeTakeFirst();
  return row?.status;
}

inBrowser("a device is approved by the keyboard alone, from the link that it shows", async (stage) => {
  const code = await seedDevice(stage.h, { agentId: "laptop" });
  const visit = await stage.visit();
  await visit.go(`/device?user_code=${code}`);
  await visit.page.keyboard.press("Tab");
  assert.equal(await visit.page.evaluate("document.activeElement.className"), "skip");
  await visit.page.keyboard.press("Enter");
  await tabTo(visit, "input[name=agent_id]");
  await tabTo(visit, "button[value=approve]");
  const outline = await visit.page.evaluate("getComputedStyle(document.activeElement).outlineStyle");
  assert.equal(outline, "solid", "the focus is not to be seen");
  await visit.page.keyboard.press("Enter");
  await visit.page.waitForURL(/done=done.device_approved/);
  const device = await stage.h.store.reader.selectFrom("devices").selectAll().executeTakeFirstOrThrow();
  assert.deepEqual([device.status, device.decided_by], ["approved", "ada"]);
  assert.deepEqual(visit.complaints, []);
});

inBrowser("of two approvers one decides, and the other is told", async (stage) => {
  const id = await seedPendingGrant(stage.h, await seedAgent(stage.h, "bot"), ["a", "b"]);
  const [ada, bob] = [await stage.visit({ who: "ada" }), await stage.visit({ who: "bob" })];
  for (const visit of [ada, bob]) await visit.go("/ui/approvals");
  await ada.page.getByRole("button", { name: "Approve what is ticked" }).click();
  await ada.page.waitForURL(/done=/);
  await bob.page.getByRole("button", { name: "Deny all" }).click();
  await bob.page.getByRole("alert").waitFor();
  assert.match(await bob.page.getByRole("alert").innerText(), /decided this request already/);
  assert.equal(await statusOf(stage.h, id), "approved");
});

inBrowser(
  "an approval of a request that was widened meanwhile approves nothing, and shows what it is now",
  async (stage) => {
    const id = await seedPendingGrant(stage.h, await seedAgent(stage.h, "bot"), ["a"]);
    const visit = await stage.visit({ script: false });
    await visit.go("/ui/approvals");
    await stage.h.ledger.commit(async ({ db }) => {
      await db.updateTable("pending_grants").set({ requested_keys: JSON.stringify(["a", "root"]) })
        .where("id", "=", id).execute();
    });
    await visit.page.fill("input[name=note]", "as agreed");
    await visit.page.getByRole("button", { name: "Approve what is ticked" }).click();
    assert.match(await visit.page.getByRole("alert").innerText(), /not the one that you saw/);
    assert.equal(await statusOf(stage.h, id), "pending");
    assert.equal(await visit.page.inputValue("input[name=note]"), "as agreed");
    assert.equal(await visit.page.isChecked("input[value=root]"), false);
    await visit.page.getByRole("button", { name: "Approve what is ticked" }).click();
    assert.equal(await statusOf(stage.h, id), "approved");
  },
);

inBrowser("the list follows the server, but not under the hands of who fills it in", async (stage) => {
  const agent = await seedAgent(stage.h, "bot");
  const visit = await stage.visit();
  await visit.go("/ui/approvals");
  await visit.page.getByText("Nothing waits").waitFor();
  await seedPendingGrant(stage.h, agent, ["a"], "first");
  stage.h.clock.advance(1_000);
  await stage.h.app.housekeep();
  await visit.page.getByRole("heading", { name: /first/ }).waitFor();
  await visit.page.fill("input[name=note]", "half written");
  await seedPendingGrant(stage.h, agent, ["b"], "second");
  stage.h.clock.advance(1_000);
  await stage.h.app.housekeep();
  await visit.page.getByText("The list has changed").waitFor();
  assert.equal(await visit.page.inputValue("input[name=note]"), "half written");
  assert.deepEqual(visit.complaints, []);
});
