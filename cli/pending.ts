/**
 * What a person or agent reads when a run waits for an approval. The first four lines are the predecessor's, each
 * beginning `[cortex-cli]`: scripts and skills look for them.
 */

import { printableLine } from "../shared/client/answer_error.ts";
import { EXIT } from "../shared/errors.ts";
import type { Terminal } from "./terminal.ts";

/** Facts of a pending approval as server and daemon send them; nothing in here is trusted to be printable. */
export interface PendingFacts {
  readonly grant_id?: unknown;
  readonly requested_keys?: unknown;
  /** The server's address, for the one who approves. */
  readonly approveAt?: string | undefined;
}

/** Says it on standard error; returns the exit code. */
export function sayPending(facts: PendingFacts, terminal: Terminal): number {
  for (const line of pendingLines(facts)) terminal.note(`[cortex-cli] ${line}`);
  return EXIT.pendingApproval;
}

function pendingLines(facts: PendingFacts): string[] {
  const { grantId, keys } = readPending(facts);
  return [
    "pending approval: an admin has to allow this agent's first access, or its wider access, to the project",
    `grant_id: ${grantId}`,
    `requested_keys: ${JSON.stringify(keys)}`,
    "hint: ask an admin to approve it, then run the same command again, or add --wait to wait for them",
    approveLine(grantId, facts.approveAt),
  ];
}

/** How a person decides about a request: a command, and the page where the server's address is known. */
export function approveLine(id: string, serverUrl: string | undefined): string {
  const command = `approve with: cortex admin approvals approve ${id}`;
  if (serverUrl === undefined) return command;
  const url = printableLine(serverUrl);
  return `${command} --url ${url}, or at ${url}/ui/approvals`;
}

/** The facts, cleaned for printing. */
export function readPending(
  facts: PendingFacts,
): { readonly grantId: string; readonly keys: readonly string[] } {
  const keys: readonly unknown[] = Array.isArray(facts.requested_keys) ? facts.requested_keys : [];
  return {
    grantId: printableLine(typeof facts.grant_id === "string" ? facts.grant_id : "unknown", 64),
    keys: keys.map((key) => printableLine(String(key), 255)),
  };
}
