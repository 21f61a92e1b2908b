/**
 * Where the daemon's program is: beside this one, else on the PATH. From source it is this checkout's own, so that the
 * two are of one version.
 */

import { daemonFromSource, type ProgramCall } from "../shared/client/daemon_source.ts";
import { VaultError } from "../shared/errors.ts";

const NAME = "cortex-daemon";

/** @throws VaultError `child.not_found` */
export function findDaemonProgram(searchPath: string | undefined): ProgramCall {
  if (!Deno.build.standalone) return daemonFromSource();
  const own = Deno.execPath();
  const folders = [own.slice(0, own.lastIndexOf("/")), ...(searchPath ?? "").split(":")];
  const path = folders.filter((folder) => folder.startsWith("/")).map((folder) => `${folder}/${NAME}`).find(
    isProgram,
  );
  if (path !== undefined) return { path, args: [] };
  throw new VaultError(
    "child.not_found",
    `${NAME} is neither beside cortex nor on the PATH; install it there`,
  );
}

function isProgram(path: string): boolean {
  try {
    const { isFile, mode } = Deno.statSync(path);
    return isFile && ((mode ?? 0) & 0o111) !== 0;
  } catch {
    return false;
  }
}
