/** Options as commander takes them, with the environment variable that stands in for each. */

import { Option } from "@commander-js/extra-typings";
import type { ReadEnv } from "../shared/client/home.ts";

/** An option that falls back to an environment variable. */
export function fromEnv<const Flags extends string>(flags: Flags, description: string, variable: string) {
  return new Option(flags, description).env(variable);
}

/** Whether `http://` may leave this machine: the same variable and spellings as the server's. */
export function insecureHttpAllowed(env: ReadEnv): boolean {
  return ["1", "true", "TRUE", "yes"].includes(env("INSECURE_HTTP") ?? "");
}
