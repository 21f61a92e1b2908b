/** Where CortexAuth keeps things on an agent's host: `~/.cortex` and the names in it (section 6 of the wire contract). */

import { VaultError } from "../errors.ts";

/** Reads one environment variable; undefined where it is unset. Empty counts as unset. */
export type ReadEnv = (name: string) => string | undefined;

export interface CortexHome {
  /** The directory itself, 0700. */
  readonly directory: string;
  readonly sessionFile: string;
  /** The daemon's log when `cortex daemon start` launched it. */
  readonly logFile: string;
  readonly socket: string;
}

/** @throws VaultError `client.file_unsafe` without `HOME` */
export function cortexHome(env: ReadEnv = readEnv): CortexHome {
  const directory = `${userHome(env)}/.cortex`;
  return {
    directory,
    sessionFile: `${directory}/daemon-session.json`,
    logFile: `${directory}/daemon.log`,
    socket: env("CORTEX_DAEMON_SOCK") ?? `${directory}/agent.sock`,
  };
}

/** The user's own directory. */
export function userHome(env: ReadEnv = readEnv): string {
  const home = env("HOME");
  if (home !== undefined) return home.replace(/\/+$/, "");
  throw new VaultError(
    "client.file_unsafe",
    "HOME is not set, so there is no place for keys; set it and try again",
  );
}

/** An environment variable of this process; empty counts as unset. */
export function readEnv(name: string): string | undefined {
  const value = Deno.env.get(name);
  return value === "" ? undefined : value;
}
