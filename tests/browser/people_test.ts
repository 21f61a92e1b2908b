/** People in a real browser: invited, signed in, held to their roles, asked to prove themselves anew, signed out. */

import assert from "node:assert/strict";
import { MINUTE } from "../../shared/clock.ts";
import { inBrowserSignedOut } from "./support/browser_test_case.ts";
import type { Stage } from "./support/stage.ts";
import type { Visit } from "./support/visit.ts";
import { seedSecret } from "../server/support/seed.ts";

const PASSWORD = "four words are enough";

async function byLink(stage: Stage): Promise<Visit> {
  const visit = await stage.visit();
  const { path } = (await stage.h.admin.post("/admin/page-links")).json<{ path: string }>();
  await visit.go(path);
  await visit.page.getByRole("button", { name: "Sign in" }).click();
  await visit.page.getByRole("heading", { name: "Overview" }).waitFor();
  return visit;
}

/** Gives the link that the page shows once. */
async function invite({ page }: Visit, url: string, email: string, role: string): Promise<string> {
  await page.goto(`${url}/ui/people`);
  await page.getByLabel("E-mail address").fill(email);
  await page.getByRole("checkbox", { name: role }).check();
  await page.getByRole("button", { name: "Make the link" }).click();
  const link = await page.locator("pre").innerText();
  assert.match(link, /\/welcome\//);
  return link.trim();
}

async function accept(stage: Stage, link: string): Promise<Visit> {
  const visit = await stage.visit();
  await visit.page.goto(link);
  await visit.page.getByLabel("Your password").fill(PASSWORD);
  await visit.page.getByLabel("Once more").fill(PASSWORD);
  await visit.page.getByRole("button", { name: "Set it and sign in" }).click();
  await visit.page.getByRole("heading", { name: "Overview" }).waitFor();
  return visit;
}

inBrowserSignedOut(
  "an auditor is invited, sees the log and no value, and what they may not is not there",
  async (stage) => {
    const id = await seedSecret(stage.h, "openai_api_key");
    const admin = await byLink(stage);
    const link = await invite(admin, stage.url, "eve@example.com", "auditor");
    const { page, complaints } = await accept(stage, link);
    assert.ok(await page.getByText("Signed in as eve@example.com").isVisible());
    const menu = await page.getByRole("navigation").first().innerText();
    assert.ok(menu.includes("Audit log") && !menu.includes("Approvals") && !menu.includes("People"));
    await page.goto(`${stage.url}/ui/secrets/${id}`);
    await page.getByRole("button", { name: "Show the value" }).click();
    await page.getByText("Your roles do not give you this").waitFor();
    assert.ok(!(await page.content()).includes("value of openai_api_key"));
    await page.goto(`${stage.url}/ui/audit`);
    await page.getByText("person:eve@example.com").first().waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    assert.deepEqual(complaints.filter((text) => !text.includes("403")), []);
  },
);

inBrowserSignedOut("a wrong password is told as one thing, and keeps the address only", async (stage) => {
  const { page } = await stage.visit();
  await page.goto(`${stage.url}/ui/secrets`);
  await page.getByLabel("E-mail address").fill("nobody@example.com");
  await page.getByLabel("Password").fill("canary-password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("E-mail address or password is wrong").waitFor();
  assert.equal(await page.getByLabel("E-mail address").inputValue(), "nobody@example.com");
  assert.ok(!(await page.content()).includes("canary-password"));
});

inBrowserSignedOut("who signed in a while ago proves it again before a value is shown", async (stage) => {
  const id = await seedSecret(stage.h, "openai_api_key");
  const { page } = await accept(
    stage,
    await invite(await byLink(stage), stage.url, "ada@example.com", "super-admin"),
  );
  stage.h.clock.advance(6 * MINUTE);
  await page.goto(`${stage.url}/ui/secrets/${id}`);
  await page.getByRole("button", { name: "Show the value" }).click();
  await page.getByRole("link", { name: "Prove who you are" }).click();
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Go on" }).click();
  await page.getByRole("button", { name: "Show the value" }).click();
  await page.getByText("value of openai_api_key").waitFor();
});

inBrowserSignedOut(
  "a passkey is added, signs in in place of the password, and proves anew",
  async (stage) => {
    const link = await invite(await byLink(stage), stage.url, "ada@example.com", "super-admin");
    // A passkey belongs to a name: an address of numbers has none.
    const home = stage.url.replace("127.0.0.1", "localhost");
    const { page } = await stage.visit({ url: home });
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("WebAuthn.enable");
    const options = {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    } as const;
    await devtools.send("WebAuthn.addVirtualAuthenticator", { options });
    await page.goto(link.replace("127.0.0.1", "localhost"));
    await page.getByLabel("Your password").fill(PASSWORD);
    await page.getByLabel("Once more").fill(PASSWORD);
    await page.getByRole("button", { name: "Set it and sign in" }).click();
    await page.getByRole("link", { name: "Signed in as" }).click();
    await page.getByRole("button", { name: "Add a passkey of this device" }).click();
    await page.getByText("The passkey is added").waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("button", { name: "Use a passkey" }).click();
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    stage.h.clock.advance(6 * MINUTE);
    await page.goto(`${home}/ui/prove?next=%2Fui%2Fkeys`);
    await page.getByRole("button", { name: "Prove it by a passkey" }).click();
    await page.getByRole("heading", { name: "Keys", exact: true }).waitFor();
  },
);
