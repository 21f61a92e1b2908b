/** Every page as people see it: on a desktop and on a phone, light and dark, in both languages, with and without script. */

import assert from "node:assert/strict";
import { inBrowser } from "./support/browser_test_case.ts";
import { fill, type Filled } from "./support/seeds.ts";
import { DESKTOP, PHONE, type Stage, type VisitOptions } from "./support/stage.ts";

const PAGES: readonly (readonly [string, (filled: Filled) => string])[] = [
  ["overview", () => "/ui/overview"],
  ["approvals", () => "/ui/approvals"],
  ["decided", () => "/ui/approvals/decided"],
  ["device", ({ userCode }) => `/ui/device?user_code=${userCode}`],
  ["device-code", () => "/ui/device"],
];

const LOOKS: readonly (readonly [string, VisitOptions])[] = [
  ["desktop", { size: DESKTOP }],
  ["phone-dark", { size: PHONE, dark: true, language: "zh" }],
];

async function walk(stage: Stage, filled: Filled, look: string, options: VisitOptions): Promise<void> {
  const visit = await stage.visit(options);
  // Axe itself tries styles that the policy forbids: it looks at a page of its own.
  const audit = await stage.visit(options);
  for (const [name, path] of PAGES) {
    await visit.go(path(filled));
    await stage.picture(visit, `${name}-${look}`);
    assert.deepEqual(visit.complaints, [], `the browser complains of ${name}, ${look}`);
    await audit.go(path(filled));
    assert.deepEqual(await audit.findings(), [], `axe finds something on ${name}, ${look}`);
    assert.equal(await visit.isTooWide(), false, `${name} is wider than the window, ${look}`);
    assert.notEqual(await visit.page.title(), "owned", `${name} runs what an agent wrote`);
    assert.equal(await visit.page.locator("main img").count(), 0, `${name} takes an agent's text for markup`);
    assert.equal(await visit.page.locator("h1").count(), 1, `${name} has one heading`);
  }
  await visit.close();
  await audit.close();
}

inBrowser("the pages look right and complain of nothing, and every agent's text is text", async (stage) => {
  const filled = await fill(stage.h);
  for (const [look, options] of LOOKS) await walk(stage, filled, look, options);
  console.log(`pictures of the pages: ${await stage.pictures()}`);
});
