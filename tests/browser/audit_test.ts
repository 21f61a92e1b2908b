/** The audit log in a real browser: followed live, checked with its progress, exported. */

import assert from "node:assert/strict";
import { inBrowser } from "./support/browser_test_case.ts";

inBrowser("the log is followed live, and following it writes no rows of its own", async (stage) => {
  const { page, complaints } = await stage.visit();
  await page.goto(`${stage.url}/ui/audit`);
  await page.getByRole("link", { name: "Follow live" }).click();
  const rows = (await stage.h.auditRows()).length;
  await stage.h.ledger.commit((tx) =>
    tx.audit({
      principal: "agent:<b>bot</b>",
      action: "get_secrets",
      status: "success",
      origin: { requestId: null, sourceIp: null, caller: {} },
    })
  );
  await page.getByText("agent:<b>bot</b>").waitFor();
  assert.equal((await stage.h.auditRows()).length, rows + 1);
  assert.deepEqual(complaints, []);
});

inBrowser(
  "the whole log is checked piece by piece, with its progress, and exported as lines",
  async (stage) => {
    await stage.h.ledger.commit(async (tx) => {
      for (let count = 0; count < 2_500; count++) {
        await tx.audit({
          principal: "system",
          action: "test_row",
          status: "success",
          origin: { requestId: null, sourceIp: null, caller: {} },
        });
      }
    });
    const { page, complaints } = await stage.visit();
    await page.goto(`${stage.url}/ui/audit`);
    await page.getByRole("button", { name: "Check the whole log" }).click();
    await page.getByText("The log is whole").waitFor();
    await page.getByRole("link", { name: "Back to the log" }).click();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "Export these rows" }).click(),
    ]);
    const lines = (await Deno.readTextFile(await download.path())).trim().split("\n");
    assert.ok(lines.length > 2_500);
    assert.equal(JSON.parse(lines.at(-1) ?? "{}").seq, 1);
    assert.deepEqual(complaints, []);
  },
);
