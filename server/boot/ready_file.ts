/** Tells scripts where the server listens: one JSON line, written whole or not at all. */

import { StartupError } from "../startup_error.ts";

/** Removes what an earlier run left, so that the file never names a server that is gone. */
export function clearReadyFile(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw notWritable();
  }
}

/** @throws StartupError where the file cannot be written */
export function writeReadyFile(path: string, facts: { readonly url: string; readonly pid: number }): void {
  const draft = `${path}.${facts.pid}.tmp`;
  try {
    Deno.writeTextFileSync(draft, `${JSON.stringify(facts)}\n`, { createNew: true, mode: 0o600 });
    Deno.renameSync(draft, path);
  } catch {
    throw notWritable();
  }
}

function notWritable(): StartupError {
  return new StartupError("CORTEX_READY_FILE cannot be written; check that its folder exists and is yours");
}
