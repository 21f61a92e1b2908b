/** The keys of the server in a real browser: the vault's key rotated with its progress, shares shown once, the signing key. */

import assert from "node:assert/strict";
import { inBrowser } from "./support/browser_test_case.ts";
import { TEST_PASSWORD } from "../server/support/vault_fixture.ts";
import { seedSecret } from "../server/support/seed.ts";

const NEW_PASSWORD = "canary of the next password";

inBrowser(
  "a new password is set, the rotation is followed to its end, and no password comes back",
  async (stage) => {
    for (let at = 0; at < 30; at++) await seedSecret(stage.h, `key_${at}`);
    const { page, complaints } = await stage.visit();
    await page.goto(`${stage.url}/ui/keys`);
    await page.getByText("Set a new password and rotate the key").click();
    await page.getByLabel("Present password").fill(TEST_PASSWORD);
    await page.getByLabel("New password", { exact: true }).fill(NEW_PASSWORD);
    await page.getByLabel("New password once more").fill("another one");
    await page.getByRole("button", { name: "Rotate", exact: true }).click();
    await page.getByText("The two are not the same").first().waitFor();
    assert.ok(!(await page.content()).includes(NEW_PASSWORD));
    await page.getByLabel("Present password").fill(TEST_PASSWORD);
    await page.getByLabel("New password", { exact: true }).fill(NEW_PASSWORD);
    await page.getByLabel("New password once more").fill(NEW_PASSWORD);
    await page.getByRole("button", { name: "Rotate", exact: true }).click();
    await page.getByText("Key of the vault, version 2").waitFor();
    await page.getByText("rotated", { exact: true }).waitFor();
    assert.deepEqual(complaints.filter((text) => !text.includes("400")), []);
  },
);

inBrowser(
  "shares are shown once, to be printed without anything else, and the list says what they are",
  async (stage) => {
    const visit = await stage.visit();
    const { page } = visit;
    await page.goto(`${stage.url}/ui/keys`);
    await page.getByRole("link", { name: "Make shares" }).click();
    await page.getByLabel("Needed together").fill("2");
    await page.getByLabel("Number of shares").fill("3");
    await page.getByLabel("Unseal password").fill("not the password");
    await page.getByRole("button", { name: "Make them" }).click();
    await page.getByRole("heading", { name: "Make shares" }).waitFor();
    assert.equal(await page.locator(".share").count(), 0);
    assert.equal(await page.getByLabel("Needed together").inputValue(), "2");
    await page.getByLabel("Unseal password").fill(TEST_PASSWORD);
    await page.getByRole("button", { name: "Make them" }).click();
    await page.getByRole("heading", { name: "Your recovery shares" }).waitFor();
    const shares = await page.locator(".share .fingerprint").allInnerTexts();
    assert.equal(new Set(shares).size, 3);
    await page.emulateMedia({ media: "print" });
    assert.ok(!await page.getByRole("navigation").first().isVisible());
    assert.ok(await page.getByText("Share 3 of 3").isVisible());
    await stage.picture(visit, "shares-printed");
    await page.emulateMedia({ media: "screen" });
    await page.getByRole("link", { name: "I have them all" }).click();
    await page.getByText("2 of 3").waitFor();
    await page.getByText("opens the vault").waitFor();
    assert.ok(!shares.some((share) => share.length < 20));
    const text = await page.content();
    assert.ok(shares.every((share) => !text.includes(share)));
  },
);

inBrowser(
  "the next signing key is made, listed before it signs, and the head of the log is kept",
  async (stage) => {
    const { page, complaints } = await stage.visit();
    await page.goto(`${stage.url}/ui/keys`);
    await page.getByRole("button", { name: "Make the next key" }).click();
    await page.getByText("next", { exact: true }).waitFor();
    await page.getByText("signs", { exact: true }).waitFor();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "Download the signed head" }).click(),
    ]);
    const head = JSON.parse(await Deno.readTextFile(await download.path()));
    assert.match(head.root_hash, /^[0-9a-f]{64}$/);
    assert.deepEqual(complaints, []);
  },
);
