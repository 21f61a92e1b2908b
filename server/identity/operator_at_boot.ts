/** The operator who sits at a starting server and has just opened its vault: no token, no request, no address. */

import { SYSTEM_ORIGIN } from "../audit/entry.ts";
import type { AdminCaller } from "../caller.ts";

/** Only what runs before the server listens acts as this. */
export const OPERATOR_AT_BOOT: AdminCaller = { kind: "admin", name: "system", origin: SYSTEM_ORIGIN };
