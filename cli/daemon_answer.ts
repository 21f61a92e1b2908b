/** A question to the daemon whose answer has a known form: a refusal becomes the error that it tells. */

import type * as z from "zod";
import { codeFromWire, VaultError } from "../shared/errors.ts";
import { askDaemon, type LineAnswer } from "./daemon_client.ts";

/** Hashing a large program takes its time, and so does a server that is waited for. */
const TIMEOUT_MS = 60_000;

/** @throws VaultError what the daemon or the server answers */
export async function askForAnswer<Schema extends z.ZodType>(
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
