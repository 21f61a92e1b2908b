/** The version of all three programs: the one in `deno.json`. */

import config from "../deno.json" with { type: "json" };

export const VERSION: string = config.version;
