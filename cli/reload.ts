/** Tells a running daemon that the login changed. */

import { VaultError } from "../shared/errors.ts";
import { askDaemon } from "./daemon_client.ts";

export type Reloaded = "reloaded" | "not_running" | "failed";

/** Never throws: the login itself has succeeded by now. */
export async function reloadDaemon(socket: string): Promise<Reloaded> {
  try {
    const answer = await askDaemon(socket, { cmd: "reload" });
    return answer.ok === true ? "reloaded" : "failed";
  } catch (error) {
    return error instanceof VaultError && error.code === "client.daemon_not_running"
      ? "not_running"
      : "failed";
  }
}
