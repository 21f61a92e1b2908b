/** Storing, looking, rolling back and importing in a real browser, with and without script. */

import assert from "node:assert/strict";
import { inBrowser } from "./support/browser_test_case.ts";

const CANARY = "canary-7d1f3a";

inBrowser("a secret is stored, granted, shown, changed and rolled back", async (stage) => {
  const { page, complaints } = await stage.visit();
  await page.goto(`${stage.url}/ui/secrets`);
  await page.getByRole("link", { name: "Store a secret" }).first().click();
  await page.getByLabel("Key path").fill("deploy/token");
  await page.getByLabel("Value", { exact: true }).fill(`${CANARY}\nsecond line`);
  await page.getByRole("button", { name: "Store" }).click();
  await page.getByText("Stored and sealed").waitFor();
  assert.ok(!(await page.content()).includes(CANARY), "the value is shown unasked");
  await page.getByRole("button", { name: "Show the value" }).click();
  assert.equal(await page.locator("pre").innerText(), `${CANARY}\nsecond line`);
  await page.getByText("Change value, description or kind").click();
  await page.getByLabel("New value").fill("the next value");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved.").waitFor();
  await page.getByRole("button", { name: "Roll back to it" }).click();
  await page.getByText("Rolled back").waitFor();
  await page.getByRole("link", { name: "Grant it to a project" }).click();
  await page.getByLabel("Project").fill("new project");
  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByRole("button", { name: "Grant", exact: true }).click();
  await page.getByText("Granted. The agent asks").waitFor();
  assert.ok((await page.content()).includes("TOKEN"));
  assert.deepEqual(complaints, []);
});

inBrowser(
  "a form that is refused keeps what was typed but the value, and nothing is half saved",
  async (stage) => {
    for (const script of [true, false]) {
      const { page } = await stage.visit({ script });
      await page.goto(`${stage.url}/ui/secrets/new`);
      await page.getByLabel("Key path").fill("not a key path!");
      await page.getByLabel("Description").fill("for the tests");
      await page.getByLabel("Value", { exact: true }).fill(CANARY);
      await page.getByRole("button", { name: "Store" }).click();
      await page.getByRole("alert").waitFor();
      assert.equal(await page.getByLabel("Key path").inputValue(), "not a key path!");
      assert.equal(await page.getByLabel("Description").inputValue(), "for the tests");
      assert.equal(await page.getByLabel("Value", { exact: true }).inputValue(), "");
      assert.ok(!(await page.content()).includes(CANARY));
    }
    assert.equal((await stage.h.store.reader.selectFrom("secrets").select("id").execute()).length, 0);
  },
);

inBrowser("a .env text is looked at first, stays in its field, and is stored then", async (stage) => {
  const { page, complaints } = await stage.visit();
  await page.goto(`${stage.url}/ui/secrets/import`);
  await page.getByLabel("Text of the .env file").fill(
    `API_KEY=${CANARY}\nDB_URL=postgres://db.example/shop\n`,
  );
  await page.getByRole("button", { name: "See what would happen" }).click();
  await page.getByText("2 new, 0 replaced").waitFor();
  assert.match(await page.getByLabel("Text of the .env file").inputValue(), /API_KEY/);
  await page.getByRole("button", { name: "Store them" }).click();
  await page.getByText("Imported.").waitFor();
  const rows = await stage.h.store.reader.selectFrom("secrets").select("key_path").orderBy("key_path")
    .execute();
  assert.deepEqual(rows.map(({ key_path }) => key_path), ["api_key", "db_url"]);
  assert.deepEqual(complaints, []);
});

inBrowser("the list of secrets follows a search while it is typed", async (stage) => {
  for (const key_path of ["openai/key", "stripe/key"]) {
    await stage.h.admin.post("/admin/secrets", {
      key_path,
      secret_type: "KEY_VALUE",
      value: `value of ${key_path}`,
    });
  }
  const { page, complaints } = await stage.visit();
  await page.goto(`${stage.url}/ui/secrets`);
  await page.getByLabel("Search").pressSequentially("strip");
  await page.getByText("openai/key").waitFor({ state: "detached" });
  await page.getByText("stripe/key").waitFor();
  assert.deepEqual(complaints, []);
});
