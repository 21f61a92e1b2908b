/** The way of a request for a signature: through the daemon, waiting for an approval where that is wished. */

import { CommanderError } from "@commander-js/extra-typings";
import * as z from "zod";
import type { SignRequest, SignResponse } from "../../shared/api/sign.ts";
import { cortexHome } from "../../shared/client/home.ts";
import { EXIT, VaultError } from "../../shared/errors.ts";
import { parseProjectName } from "../../shared/names.ts";
import { PROTOCOL_VERSION } from "../../shared/socket/messages.ts";
import type { CliContext } from "../context.ts";
import { askForAnswer } from "../daemon_answer.ts";
import { reportRunFailure } from "../run/failure.ts";

/** The options of every kind of signature. */
export interface SignOptions {
  readonly project: string;
  /** The name of the grant. */
  readonly key: string;
  /** Seconds; true for as long as a run waits. */
  readonly wait?: string | true | undefined;
  readonly sock?: string | undefined;
  readonly json?: true | undefined;
}

const DEFAULT_WAIT_SECONDS = 3_600;

/** What is printed may go into curl's file and before a terminal: one line of visible characters. */
const headers = z.array(z.tuple([z.string().regex(/^[A-Za-z0-9-]+$/), z.string().regex(/^[ -~]*$/)]));
const Answer: z.ZodType<SignResponse> = z.discriminatedUnion("kind", [
  z.object({ kind: z.enum(["aws", "webhook"]), headers }),
  z.object({ kind: z.literal("aws_presigned"), query: z.string().regex(/^[A-Za-z0-9._~%=&-]*$/) }),
  z.object({ kind: z.literal("jwt"), token: z.string().regex(/^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+){2}$/) }),
  z.object({ kind: z.literal("hmac"), mac: z.base64() }),
]);

/** Asks, and hands what was signed to `print`; the exit code. */
export async function signAndPrint(
  request: SignRequest,
  options: SignOptions,
  context: CliContext,
  print: (signed: SignResponse) => void,
): Promise<number> {
  const socket = options.sock ?? cortexHome(context.env).socket;
  const wait = waitOf(options.wait);
  const json = options.json === true;
  const line = {
    cmd: "sign",
    v: PROTOCOL_VERSION,
    project: parseProjectName(options.project),
    cwd: Deno.cwd(),
  };
  const attempt = () => askForAnswer(socket, { ...line, request }, Answer);
  try {
    print(await attempt());
  } catch (error) {
    if (!isPending(error) || wait === undefined) {
      return await reportRunFailure(error, { socket, json }, context);
    }
    const { runWhenApproved } = await import("../run/wait.ts");
    print(await runWhenApproved(error, attempt, { socket, wait, json }, context));
  }
  return EXIT.ok;
}

function isPending(error: unknown): error is VaultError {
  return error instanceof VaultError && error.code === "grant.pending";
}

/** Seconds to wait for an approval; undefined for not waiting. @throws CommanderError */
export function waitOf(wait: SignOptions["wait"]): number | undefined {
  if (wait === undefined || wait === true) return wait === true ? DEFAULT_WAIT_SECONDS : undefined;
  if (/^\d{1,7}$/.test(wait)) return Number(wait);
  throw wrongUsage("--wait takes whole seconds, as in --wait=600");
}

/** What was asked and what came do not fit. */
export function notThatAnswer(): VaultError {
  return new VaultError(
    "client.frame_invalid",
    "The daemon answers another question; use one release of both",
  );
}

/** A command line that was wrong, told as such. */
export function wrongUsage(message: string): CommanderError {
  return new CommanderError(EXIT.usage, "cortex.usage", message);
}
