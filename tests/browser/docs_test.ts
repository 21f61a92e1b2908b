/** `/docs` in a browser: found by a word, opened by a link, on a desktop and on a phone, with and without scripts. */

import assert from "node:assert/strict";
import { inBrowserSignedOut } from "./support/browser_test_case.ts";
import { PICTURES, type Stage } from "./support/stage.ts";
import { DESKTOP, PHONE, type Visit, type VisitOptions } from "./support/visit.ts";

const SOME = [
  "get_admin_secrets_by_id",
  "post_admin_secrets",
  "post_project_sign_by_project",
  "schema-Overview",
];

async function open(stage: Stage, options: VisitOptions, path = "/docs"): Promise<Visit> {
  const visit = await stage.visit(options);
  await visit.go(path);
  return visit;
}

const LOOKS: readonly (readonly [string, VisitOptions])[] = [
  ["desktop", { size: DESKTOP }],
  ["phone-dark", { size: PHONE, dark: true }],
];

inBrowserSignedOut(
  "the page of the API looks right, closed and open, and axe finds nothing",
  async (stage) => {
    await Promise.all(LOOKS.map(async ([look, options]) => {
      const visit = await open(stage, options);
      for (const id of SOME) await visit.page.locator(`#${id} > summary`).click();
      assert.equal(await visit.isTooWide(), false, `the page is wider than the window, ${look}`);
      await stage.picture(visit, `docs-${look}`);
      assert.deepEqual(visit.complaints, [], `the browser complains, ${look}`);
      assert.deepEqual(await visit.findings(), [], `axe finds something, ${look}`);
      await visit.close();
    }));
    console.log(`pictures of the page: ${PICTURES}`);
  },
);

inBrowserSignedOut("a word in the field leaves the operations that have to do with it", async (stage) => {
  const { page } = await open(stage, {});
  const shown = page.locator(".chapter .operation:visible");
  const all = await shown.count();
  await page.getByLabel("Find an operation").fill("rollback POST");
  assert.equal(await shown.count(), 1);
  assert.equal(await shown.getAttribute("id"), "post_admin_secrets_by_id_rollback");
  assert.equal(await page.getByRole("status").textContent(), `1 of ${all}`);
  assert.equal(await page.locator(".chapter:visible").count(), 1);
  await page.getByLabel("Find an operation").fill("");
  assert.equal(await shown.count(), all);
});

inBrowserSignedOut(
  "an address leads to an open operation, and from it to what it is made of",
  async (stage) => {
    const { page } = await open(stage, {}, "/docs#get_admin_waiting");
    const operation = page.locator("#get_admin_waiting");
    assert.equal(await operation.getAttribute("open"), "");
    await operation.getByRole("link", { name: "Waiting", exact: true }).click();
    assert.equal(await page.locator("#schema-Waiting").getAttribute("open"), "");
  },
);

inBrowserSignedOut(
  "without scripts there is no field that does nothing, and operations open",
  async (stage) => {
    const { page } = await open(stage, { script: false });
    assert.equal(await page.getByLabel("Find an operation").isVisible(), false);
    await page.locator("#post_admin_secrets > summary").click();
    assert.ok(await page.locator("#post_admin_secrets").getByText("key_path").first().isVisible());
  },
);
