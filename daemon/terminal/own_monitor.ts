/** How this very program is started again as a monitor. Asked for once, while the program may still look around. */

import { daemonFromSource } from "../../shared/client/daemon_source.ts";
import type { MonitorProgram } from "./launch.ts";
import { MONITOR_ARGUMENT } from "./protocol.ts";

/** What Deno itself needs to run from source. The compiled program needs nothing. */
const DENO_VARIABLES = ["HOME", "DENO_DIR", "XDG_CACHE_HOME"] as const;

/** `sha256` is that of the program which runs here. */
export function ownMonitor(sha256: string): MonitorProgram {
  if (Deno.build.standalone) return { path: Deno.execPath(), args: [MONITOR_ARGUMENT], env: [], sha256 };
  const { path, args } = daemonFromSource();
  return { path, args: [...args, MONITOR_ARGUMENT], env: DENO_VARIABLES.flatMap(entry), sha256 };
}

function entry(name: string): string[] {
  const value = Deno.env.get(name);
  return value === undefined ? [] : [`${name}=${value}`];
}
