/** What a release is made for, and what its files are called. */

import { VERSION } from "../shared/version.ts";

/** Rust's names for platforms, as `deno compile --target` takes them. */
export const TARGETS = [
  "aarch64-apple-darwin",
  "x86_64-apple-darwin",
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
] as const;
export type Target = typeof TARGETS[number];

/** The programs of a release. Beside them is `cortex-cli`, a link to `cortex` under the predecessor's name. */
export const RELEASED_PROGRAMS = ["cortex-server", "cortex-daemon", "cortex"] as const;

/** The folder inside an archive, and the archive's name without its ending. */
export function archiveName(target: Target, version: string = VERSION): string {
  return `cortex-auth-v${version}-${target}`;
}

/** @throws Error for another name */
export function parseTarget(text: string): Target {
  const target = TARGETS.find((known) => known === text);
  if (target !== undefined) return target;
  throw new Error(`there is no target of this name; choose one of ${TARGETS.join(", ")}`);
}
