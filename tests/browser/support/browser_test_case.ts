/** A test in a real browser; where there is none it says why, and counts as skipped. */

import { noBrowser, Stage } from "./stage.ts";

const reason = await noBrowser();
if (reason !== undefined) console.log(`tests in a browser are skipped: ${reason}`);

/** Runs a test with a stage of its own and cleans up. */
export function inBrowser(name: string, run: (stage: Stage) => Promise<void>): void {
  Deno.test({
    name,
    ignore: reason !== undefined,
    // Playwright keeps handles of its own until its process ends.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      await using stage = await Stage.open();
      await run(stage);
    },
  });
}
