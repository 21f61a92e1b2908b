/** What all three programs are: the version in `deno.json`, and the commit that a compiled program was made from. */

import config from "../deno.json" with { type: "json" };

export const VERSION: string = config.version;

/** The compilation writes it in place of these words. */
export const COMMIT: string = "from source";

/** What `--version` of a program says. */
export function versionLine(program: string): string {
  return `${program} ${VERSION} (${COMMIT.slice(0, 12)})`;
}
