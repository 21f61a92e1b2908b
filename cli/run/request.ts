/** `cortex run --request`: asks a person for exactly this command, and with `--wait` runs it once they said yes. */

import { cortexHome } from "../../shared/client/home.ts";
import { EXIT, VaultError } from "../../shared/errors.ts";
import { parseProjectName } from "../../shared/names.ts";
import type { CliContext } from "../context.ts";
import { formatDuration } from "../duration.ts";
import { wantedNames } from "../env_file.ts";
import { type Asked, askExplanation, askForAnyCommand, askForCommand } from "../explain/ask.ts";
import { bindingLines, runWords } from "../explain/words.ts";
import { approveLine } from "../pending.ts";
import { approvalAddress } from "./approval.ts";
import { meantCommand } from "./meant_command.ts";
import type { RunOptions } from "./options.ts";
import { runWhenApproved, waitUntil } from "./wait.ts";

/** Asks; gives the exit code, or undefined where the command may run now. @throws VaultError */
export async function requestCommand(options: RunOptions, context: CliContext): Promise<number | undefined> {
  const socket = options.socket ?? cortexHome(context.env).socket;
  const wanted = wantedNames(options.envFile);
  const names = wanted.kind === "named" ? wanted.names : null;
  const command = meantCommand(options.program, options.args);
  const project = parseProjectName(options.project);
  if (options.request.anyCommand) {
    return await requestProject(socket, { project, names, command }, options, context);
  }
  const asked = await askForCommand(socket, { project, names, command, ...options.request });
  if (asked.status === "approved") return sayApproved(asked, options, context);
  const approveAt = await approvalAddress(socket);
  if (options.json) context.terminal.note(JSON.stringify({ event: "command_requested", ...asked }));
  else sayRequested(asked, options, approveAt, context);
  if (options.wait === undefined) return EXIT.pendingApproval;
  await waitUntil(() => checkDecided(socket, project, asked), options.wait, context);
  return undefined;
}

/** Asks for the keys for any command. @throws VaultError `grant.pending` without `--wait` */
async function requestProject(
  socket: string,
  asked: Parameters<typeof askForAnyCommand>[1],
  options: RunOptions,
  context: CliContext,
): Promise<number | undefined> {
  const ask = () => askForAnyCommand(socket, asked);
  try {
    await ask();
  } catch (error) {
    const isPending = error instanceof VaultError && error.code === "grant.pending";
    if (!isPending || options.wait === undefined) throw error;
    await runWhenApproved(error, ask, { socket, wait: options.wait, json: options.json }, context);
  }
  if (options.wait !== undefined) return undefined;
  if (options.json) context.terminal.json({ ok: true, status: "approved" });
  else {context.terminal.note(
      "[cortex-cli] the keys are approved for any command already; run it without --request",
    );}
  return EXIT.ok;
}

/** With `--wait` the command runs: that was meant by it. */
function sayApproved(asked: Asked, options: RunOptions, { terminal }: CliContext): number | undefined {
  if (options.wait !== undefined) return undefined;
  if (options.json) terminal.json({ ok: true, ...asked });
  else terminal.note("[cortex-cli] exactly this command is approved already; run it without --request");
  return EXIT.ok;
}

function sayRequested(
  { id, binding, names, unmatched }: Asked,
  { request }: RunOptions,
  approveAt: string | undefined,
  { terminal }: CliContext,
): void {
  const { uses, seconds } = request;
  const lines = [
    "pending approval: an admin has to allow exactly this command",
    `request_id: ${id}`,
    ...bindingLines(binding).map((line) => `  ${line}`),
    `  keys        ${names.join(", ")}`,
    `  terms       ${runWords(uses)}, for ${formatDuration(seconds)} after the approval`,
    ...(binding.environment.length > 0
      ? []
      : ["of your variables it keeps only what every program needs; name others with --keep-env"]),
    ...(unmatched.length === 0 ? [] : [`not granted, so not asked for: ${unmatched.join(", ")}`]),
    "hint: tell an admin; once it is approved, run the same command without --request",
    approveLine(id, approveAt),
  ];
  for (const line of lines) terminal.note(`[cortex-cli] ${line}`);
}

/** @throws VaultError `grant.pending` while nobody has decided, `grant.denied` */
async function checkDecided(socket: string, project: string, { id }: Asked): Promise<void> {
  const { commands } = await askExplanation(socket, { project, names: [], command: null });
  const status = commands.find((command) => command.id === id)?.status;
  if (status === "approved") return;
  if (status === "pending") throw new VaultError("grant.pending", "The request waits for an admin");
  throw new VaultError("grant.denied", "An admin denied this command, or took the request off the list");
}
