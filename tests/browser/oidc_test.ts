/** Signing in by a provider of OpenID Connect: a real one, in a real browser, there and back. */

import assert from "node:assert/strict";
import { parseGroupRoles } from "../../server/access/group_roles.ts";
import { CLIENT, startProvider } from "../server/support/oidc_provider.ts";
import { ManualClock } from "../server/support/vault_fixture.ts";
import { withBrowser } from "./support/browser_test_case.ts";
import { Stage } from "./support/stage.ts";

withBrowser(
  "a person comes in by the provider, with the roles of their groups, to where they wanted to go",
  async () => {
    const groupRoles = parseGroupRoles("auditors=auditor");
    assert.ok(typeof groupRoles !== "string");
    await using stack = new AsyncDisposableStack();
    const stage = await Stage.open(async (url) => {
      const provider = await startProvider(`${url}/auth/oidc/callback`);
      stack.defer(() => provider.close());
      provider.people.set("eve", { email: "eve@example.com", groups: ["auditors"] });
      const { issuer } = provider;
      const oidc = {
        issuer,
        clientId: CLIENT.id,
        clientSecret: CLIENT.secret,
        groupsClaim: "groups",
        groupRoles,
      };
      // The provider's clock is the real one.
      return { config: { publicUrl: url, oidc }, clock: new ManualClock(Date.now()) };
    });
    stack.use(stage);
    const { page } = await stage.visit();
    await page.goto(`${stage.url}/ui/audit`);
    await page.getByRole("link", { name: "Sign in by your organisation" }).click();
    await page.locator("input[name=login]").fill("eve");
    await page.locator("input[name=password]").fill("any");
    await page.locator("button[type=submit]").first().click();
    await page.getByRole("heading", { name: "Audit log" }).waitFor();
    assert.ok(await page.getByText("Signed in as eve@example.com").isVisible());
  },
);
