/** Asks the daemon what an agent may do, and reads its answer. */

import { z } from "zod";
import { codeFromWire, VaultError } from "../../shared/errors.ts";
import { CommandBinding, CommandFacts } from "../../shared/api/command.ts";
import { CommandRequestAnswer, ExplainAnswer } from "../../shared/api/command_grants.ts";
import {
  type CommandRequestLine,
  type ExplainRequestLine,
  PROTOCOL_VERSION,
} from "../../shared/socket/messages.ts";
import { askDaemon, type LineAnswer } from "../daemon_client.ts";

const Explanation = ExplainAnswer.extend({ command: CommandFacts.nullable() });
/** What the server says, with the command as the daemon found it. */
export type Explanation = z.infer<typeof Explanation>;

const Asked = CommandRequestAnswer.extend({ binding: CommandBinding });
/** A request as it stands, with the binding that was asked for. */
export type Asked = z.infer<typeof Asked>;

/** Hashing a large program takes its time. */
const TIMEOUT_MS = 60_000;

/** @throws VaultError what the daemon or the server answers */
export async function askExplanation(
  socket: string,
  request: Omit<ExplainRequestLine, "cmd" | "v">,
): Promise<Explanation> {
  return await ask(socket, { cmd: "explain", v: PROTOCOL_VERSION, ...request }, Explanation);
}

/** @throws VaultError what the daemon or the server answers */
export async function askForCommand(
  socket: string,
  request: Omit<CommandRequestLine, "cmd" | "v">,
): Promise<Asked> {
  return await ask(socket, { cmd: "request", v: PROTOCOL_VERSION, ...request }, Asked);
}

async function ask<Schema extends z.ZodType>(
  socket: string,
  line: Readonly<Record<string, unknown>>,
  schema: Schema,
): Promise<z.infer<Schema>> {
  const answer = await askDaemon(socket, line, { timeoutMs: TIMEOUT_MS });
  if (answer.ok === false) throw failureOf(answer);
  const read = schema.safeParse(answer);
  if (read.success) return read.data;
  throw new VaultError(
    "client.frame_invalid",
    "The daemon's answer is not understood; are both of one version?",
  );
}

function failureOf({ error, error_code, details }: LineAnswer): VaultError {
  const code = typeof error_code === "string" ? codeFromWire(error_code) : undefined;
  const facts = typeof details === "object" && details !== null ? { details: { ...details } } : {};
  const message = typeof error === "string" ? error : "The daemon refused and gave no reason";
  return new VaultError(code ?? "server.internal", message, facts);
}
