/** How a run that did not start is told: a pending approval in the predecessor's lines, the rest as everywhere. */

import { VaultError } from "../../shared/errors.ts";
import { cortexHome } from "../../shared/client/home.ts";
import type { CliContext } from "../context.ts";
import { reportFailure } from "../failure.ts";
import { sayPending } from "../pending.ts";
import { approvalAddress } from "./approval.ts";
import type { RunOptions } from "./options.ts";

/** Says it and returns the exit code. */
export async function reportRunFailure(
  error: unknown,
  options: Pick<RunOptions, "json" | "socket">,
  context: CliContext,
): Promise<number> {
  const pending = error instanceof VaultError && error.code === "grant.pending";
  if (!pending) return reportFailure(error, context.terminal, options.json);
  const approveAt = await approvalAddress(options.socket ?? cortexHome(context.env).socket);
  if (!options.json) return sayPending({ ...error.details, approveAt }, context.terminal);
  const details = approveAt === undefined ? error.details : { ...error.details, approve_at: approveAt };
  const located = new VaultError(error.code, error.message, details === undefined ? {} : { details });
  return reportFailure(located, context.terminal, true);
}
