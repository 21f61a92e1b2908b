/** Every page as people see it: on a desktop and on a phone, light and dark, in both languages, with and without script. */

import assert from "node:assert/strict";
import { inBrowser } from "./support/browser_test_case.ts";
import { fill, type Filled, XSS } from "./support/seeds.ts";
import { PICTURES, type Stage } from "./support/stage.ts";
import { DESKTOP, PHONE, type VisitOptions } from "./support/visit.ts";

const PAGES: readonly (readonly [string, (filled: Filled) => string])[] = [
  ["overview", () => "/ui/overview"],
  ["approvals", () => "/ui/approvals"],
  ["decided", () => "/ui/approvals/decided"],
  ["device", ({ userCode }) => `/ui/device?user_code=${userCode}`],
  ["device-code", () => "/ui/device"],
  ["secrets", () => "/ui/secrets"],
  ["secret", ({ secretId }) => `/ui/secrets/${secretId}`],
  ["secret-new", () => "/ui/secrets/new"],
  ["secret-import", () => "/ui/secrets/import"],
  ["projects", () => "/ui/projects"],
  ["project", () => "/ui/projects/web-shop?namespace=default"],
  ["project-hostile", () => `/ui/projects/${encodeURIComponent(XSS)}?namespace=default`],
  ["grant", () => "/ui/grant?key_path=openai_api_key"],
  ["agents", () => "/ui/agents"],
  ["agent", () => "/ui/agents/builder"],
  ["devices", () => "/ui/agents/devices"],
  ["daemons", () => "/ui/daemons"],
  ["policies", () => "/ui/policies"],
  ["policy-new", () => "/ui/policies/new"],
  ["tester", () => "/ui/policies/test?agent_id=builder&project=web-shop&key_path=db/production/url"],
  ["namespaces", () => "/ui/namespaces"],
  ["audit", () => "/ui/audit"],
  ["usage", () => "/ui/usage"],
  ["reach", () => "/ui/reach"],
  ["notifications", () => "/ui/notifications"],
  ["channel-new", () => "/ui/notifications/new/webhook"],
  ["keys", () => "/ui/keys"],
  ["shares", () => "/ui/keys/shares"],
  ["settings", () => "/ui/settings"],
  ["people", () => "/ui/people"],
  ["account", () => "/ui/account"],
  ["sign-in", () => "/signin"],
  ["welcome", () => "/welcome/none"],
];

interface Look {
  readonly name: string;
  readonly options: VisitOptions;
  /** Pages that axe looks at; all of them where it is left out. */
  readonly examined?: ReadonlySet<string>;
}

const LOOKS: readonly Look[] = [
  { name: "desktop", options: { size: DESKTOP } },
  {
    name: "phone-dark",
    options: { size: PHONE, dark: true, language: "zh" },
    // Colours are the same everywhere: these have them all.
    examined: new Set(["overview", "approvals", "device", "secret", "audit"]),
  },
];

async function walk(stage: Stage, filled: Filled, { name: look, options, examined }: Look): Promise<void> {
  const visit = await stage.visit(options);
  for (const [name, path] of PAGES) {
    await visit.go(path(filled));
    await stage.picture(visit, `${name}-${look}`);
    assert.deepEqual(visit.complaints, [], `the browser complains of ${name}, ${look}`);
    assert.equal(await visit.isTooWide(), false, `${name} is wider than the window, ${look}`);
    assert.notEqual(await visit.page.title(), "owned", `${name} runs what an agent wrote`);
    assert.equal(await visit.page.locator("main img").count(), 0, `${name} takes an agent's text for markup`);
    assert.equal(await visit.page.locator("h1").count(), 1, `${name} has one heading`);
    if (examined?.has(name) === false) continue;
    assert.deepEqual(await visit.findings(), [], `axe finds something on ${name}, ${look}`);
  }
  await visit.close();
}

inBrowser("the pages look right and complain of nothing, and every agent's text is text", async (stage) => {
  const filled = await fill(stage.h);
  await Promise.all(LOOKS.map((look) => walk(stage, filled, look)));
  console.log(`pictures of the pages: ${PICTURES}`);
});
