/**
 * The first day of an admin who has read nothing, on real processes: sign in by a link, store a secret, grant it, let a host in,
 * approve its first access while the page follows by itself, and find the use in the log.
 */

import assert from "node:assert/strict";
import { sha256Hex } from "../../shared/crypto/hash.ts";
import { withTempDir } from "../support/paths.ts";
import { World } from "../support/world.ts";
import { withBrowser } from "./support/browser_test_case.ts";
import { startBrowser, Visit } from "./support/visit.ts";

const VALUE = "canary-value-of-the-first-day";
/** Prints the digest of what the program was given: the value itself would be replaced. */
const PROVE = ["sh", "-c", 'printf %s "$DEPLOY_KEY" | sha256sum | cut -d" " -f1'];

async function signIn({ page }: Visit, world: World): Promise<void> {
  const { stdout } = await world.cortex(["admin", "dashboard", "--no-browser"], {
    env: { CORTEX_URL: world.url, CORTEX_ADMIN_TOKEN: world.adminToken },
  });
  await page.goto(stdout.trim());
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Overview" }).waitFor();
}

async function storeAndGrant({ page }: Visit): Promise<void> {
  await page.getByRole("link", { name: "Secrets" }).first().click();
  await page.getByRole("link", { name: "Store a secret" }).first().click();
  await page.getByLabel("Key path").fill("deploy_key");
  await page.getByLabel("Value", { exact: true }).fill(VALUE);
  await page.getByRole("button", { name: "Store" }).click();
  await page.getByRole("link", { name: "Grant it to a project" }).click();
  await page.getByLabel("Project").fill("shop");
  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByRole("button", { name: "Grant", exact: true }).click();
  await page.getByText("Granted. The agent asks").waitFor();
}

async function letHostIn({ page }: Visit, world: World): Promise<void> {
  const args = ["daemon", "login", "--url", world.url, "--agent-id", "builder", "--no-browser"];
  const login = await world.startCortex(args);
  const [link] = await login.waitFor(/https?:\/\/\S+\/device\?user_code=\S+/);
  const [fingerprint] = await login.waitFor(/SHA256:\S+/);
  await page.goto(link);
  assert.equal((await page.locator(".fingerprint").innerText()).trim(), fingerprint);
  await page.getByRole("button", { name: "Approve the device" }).click();
  await page.getByText("The device is approved").waitFor();
  assert.equal(await login.ended(), 0, login.output());
  await world.startDaemon();
}

withBrowser("the first day, from the link to the row in the log", async () => {
  await withTempDir(async (folder) => {
    await using world = new World({ folder });
    await world.startServer();
    const browser = await startBrowser();
    try {
      const visit = await Visit.open(browser, world.url);
      const { page } = visit;
      await signIn(visit, world);
      await storeAndGrant(visit);
      await letHostIn(visit, world);
      await page.getByText("Nothing waits").waitFor();
      const run = () => world.cortex(["run", "--project", "shop", "--", ...PROVE]);
      assert.notEqual((await run()).code, 0);
      await page.getByRole("heading", { name: /shop/ }).waitFor();
      await page.getByRole("button", { name: "Approve what is ticked" }).click();
      await page.getByText("Approved. The agent gets it").waitFor();
      const second = await run();
      assert.equal(second.stdout.trim(), sha256Hex(VALUE), second.stderr);
      await visit.go("/ui/audit?action=get_secrets");
      await page.getByText("agent:builder").first().waitFor();
      assert.deepEqual(visit.complaints, []);
    } finally {
      await browser.close();
    }
  });
});
