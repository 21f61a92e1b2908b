/** A project and its agent in a real browser: stopped, let go on, taken from, given over, deleted. */

import assert from "node:assert/strict";
import { inBrowser } from "./support/browser_test_case.ts";
import { seedAgent, seedProject, seedSecret, seedSession } from "../server/support/seed.ts";

inBrowser(
  "a project is frozen, its token revoked, a grant taken back, and then given over and deleted",
  async (stage) => {
    const { h } = stage;
    await seedProject(h, await seedAgent(h, "builder"), "shop");
    await seedAgent(h, "heir");
    await h.admin.post("/admin/projects/shop/grants", { secret_id: await seedSecret(h, "deploy_key") });
    const { page, complaints } = await stage.visit();
    await page.goto(`${stage.url}/ui/projects`);
    await page.getByRole("link", { name: "shop" }).click();
    await page.getByRole("button", { name: "Freeze" }).click();
    await page.getByText("Frozen. Nothing goes out").waitFor();
    await page.getByRole("button", { name: "Lift the freeze" }).click();
    await page.getByText("The freeze is lifted").waitFor();
    await page.getByRole("button", { name: "Revoke the token" }).click();
    await page.getByText("The token is revoked").waitFor();
    await page.getByRole("button", { name: "Take back" }).click();
    await page.getByText("Nothing is granted").waitFor();
    await page.getByText("Give it to another agent").click();
    await page.getByLabel("Name of the other agent").fill("nobody");
    await page.getByRole("button", { name: "Give it over" }).click();
    await page.locator('[aria-invalid="true"]').waitFor();
    assert.equal(await page.getByLabel("Name of the other agent").inputValue(), "nobody");
    await page.getByLabel("Name of the other agent").fill("heir");
    await page.getByRole("button", { name: "Give it over" }).click();
    await page.getByRole("link", { name: "heir" }).waitFor();
    await page.getByText("Delete this project").click();
    await page.getByRole("button", { name: "Delete for good" }).click();
    await page.getByText("No project yet").waitFor();
    assert.deepEqual(complaints.filter((text) => !text.includes("404")), []);
  },
);

inBrowser(
  "an agent is frozen with a reason, its daemon's session ended, and its programs listed",
  async (stage) => {
    const { h } = stage;
    await seedSession(h, await seedAgent(h, "builder"));
    const { page, complaints } = await stage.visit();
    await page.goto(`${stage.url}/ui/agents`);
    await page.getByRole("link", { name: "builder" }).click();
    await page.getByLabel("Why freeze it").fill("it asked for <b>everything</b>");
    await page.getByRole("button", { name: "Freeze" }).click();
    await page.getByText("it asked for <b>everything</b>").waitFor();
    await page.getByRole("button", { name: "Lift the freeze" }).click();
    await page.getByText("The freeze is lifted").waitFor();
    await page.getByRole("button", { name: "End", exact: true }).click();
    await page.getByText("The session has ended").waitFor();
    await page.getByRole("link", { name: "Programs" }).click();
    await page.getByText("Any program of the agent's user may act for it").waitFor();
    await page.getByLabel("SHA-256 of its file").fill("ab".repeat(32));
    await page.getByLabel("What people call it").fill("the coding agent");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByText("the coding agent").waitFor();
    await page.getByRole("link", { name: "To the agent" }).click();
    await page.getByText("Delete this agent").click();
    await page.getByRole("button", { name: "Delete for good" }).click();
    await page.getByText("No agent yet").waitFor();
    assert.deepEqual(complaints, []);
  },
);
