/** A test in a real browser; where there is none it says why, and counts as skipped. */

import { Stage } from "./stage.ts";
import { noBrowser } from "./visit.ts";

const reason = await noBrowser();
if (reason !== undefined) console.log(`tests in a browser are skipped: ${reason}`);

/** Runs a test with a stage of its own and cleans up. */
export function inBrowser(name: string, run: (stage: Stage) => Promise<void>): void {
  withBrowser(name, async () => {
    await using stage = await Stage.open();
    await run(stage);
  });
}

/** As {@linkcode inBrowser}, where people really sign in. */
export function inBrowserSignedOut(
  name: string,
  run: (stage: Stage) => Promise<void>,
  optionsFor: Parameters<typeof Stage.open>[0] = async () => ({}),
): void {
  withBrowser(name, async () => {
    await using stage = await Stage.open(optionsFor);
    await run(stage);
  });
}

/** A test that starts a browser by itself. */
export function withBrowser(name: string, fn: () => Promise<void>): void {
  Deno.test({
    name,
    ignore: reason !== undefined,
    // Playwright keeps handles of its own until its process ends.
    sanitizeOps: false,
    sanitizeResources: false,
    fn,
  });
}
