/** Asks the daemon what an agent may do, and reads its answer. */

import * as z from "zod";
import { CommandBinding, CommandFacts } from "../../shared/api/command.ts";
import { CommandRequestAnswer, ExplainAnswer } from "../../shared/api/command_grants.ts";
import {
  type CommandRequestLine,
  type ExplainRequestLine,
  PROTOCOL_VERSION,
} from "../../shared/socket/messages.ts";
import { askForAnswer } from "../daemon_answer.ts";

const Explanation = ExplainAnswer.extend({ command: CommandFacts.nullable() });
/** What the server says, with the command as the daemon found it. */
export type Explanation = z.infer<typeof Explanation>;

const Asked = CommandRequestAnswer.extend({ binding: CommandBinding });
/** A daemon that knows nothing of it would ask for the one command instead. */
const Approved = z.object({ status: z.literal("approved"), names: z.array(z.string()) });

/** A request as it stands, with the binding that was asked for. */
export type Asked = z.infer<typeof Asked>;

/** @throws VaultError what the daemon or the server answers */
export async function askExplanation(
  socket: string,
  request: Omit<ExplainRequestLine, "cmd" | "v">,
): Promise<Explanation> {
  return await askForAnswer(socket, { cmd: "explain", v: PROTOCOL_VERSION, ...request }, Explanation);
}

/** Asks for the keys for any command; comes back where they are approved. @throws VaultError `grant.pending` and others */
export async function askForAnyCommand(
  socket: string,
  request: Pick<CommandRequestLine, "project" | "names" | "command">,
): Promise<void> {
  const terms = { patterns: false, commit: false, uses: null, seconds: 1, note: null, any_command: true };
  await askForAnswer(socket, { cmd: "request", v: PROTOCOL_VERSION, ...terms, ...request }, Approved);
}

/** @throws VaultError what the daemon or the server answers */
export async function askForCommand(
  socket: string,
  request: Omit<CommandRequestLine, "cmd" | "v">,
): Promise<Asked> {
  return await askForAnswer(socket, { cmd: "request", v: PROTOCOL_VERSION, ...request }, Asked);
}
