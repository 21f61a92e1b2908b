/** Where an approver goes: the server that the daemon is logged in to. */

import { askDaemon } from "../daemon_client.ts";

/** The server's address, or undefined where the daemon does not say it. */
export async function approvalAddress(socket: string): Promise<string | undefined> {
  try {
    const { server_url } = await askDaemon(socket, { cmd: "status" });
    return typeof server_url === "string" && server_url !== "" ? server_url : undefined;
  } catch {
    return undefined;
  }
}
