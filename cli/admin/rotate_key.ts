/**
 * Rotating the key of a server, and watching it. The server does the work: whatever becomes of this program, the rotation goes
 * on, and everything said here says so.
 */

import { KekRotationProgress, RotateKeyAnswer } from "../../shared/api/kek_rotation.ts";
import { EXIT } from "../../shared/errors.ts";
import { askHidden, whileHidden } from "../../shared/terminal/hidden_line.ts";
import type { CliContext } from "../context.ts";
import { type AdminConnection, type AdminOptions, connectAsAdmin } from "./connection.ts";
import { watchRotation } from "./rotation_watch.ts";
import { readSecretLine } from "./secret_input.ts";

export interface RotateKeyOptions extends AdminOptions {
  readonly newPasswordFile?: string | undefined;
  readonly currentPasswordFile?: string | undefined;
  readonly currentPasswordLost?: true | undefined;
}

/** Two derivations of a key may cost many seconds on a small machine. */
const TIMEOUT_MS = 120_000;

/** Begins a rotation and stays until its end. @throws VaultError of the connection, of the server, `client.interrupted` */
export async function rotateKey(options: RotateKeyOptions, context: CliContext): Promise<number> {
  const connection = await connectAsAdmin(options, context, TIMEOUT_MS);
  const current = await currentPassword(options, context);
  const password = await newPassword(options, context);
  const begun = await connection.requestJson(
    "POST",
    "/admin/rotate-key",
    (value) => RotateKeyAnswer.safeParse(value).data,
    {
      body: {
        new_kek_password: password,
        wait: false,
        ...(current === undefined ? {} : { current_kek_password: current }),
      },
    },
  );
  context.terminal.note(
    `Version ${begun.new_kek_version} of the key has begun: the new password opens the vault from now on`,
  );
  const ended = await watchRotation(() => readProgress(connection), context.terminal);
  return tell(ended, options, context);
}

/** How far the rotation is, or how the last one ended. @throws VaultError */
export async function showStatus(options: AdminOptions, context: CliContext): Promise<number> {
  return tell(await readProgress(await connectAsAdmin(options, context)), options, context);
}

function readProgress(connection: AdminConnection): Promise<KekRotationProgress> {
  const parse = (value: unknown) => KekRotationProgress.safeParse(value).data;
  return connection.requestJson("GET", "/admin/rotate-key", parse);
}

function tell(progress: KekRotationProgress, { json }: AdminOptions, { terminal }: CliContext): number {
  if (json) terminal.json(progress);
  else {
    terminal.note(`${progress.message}.`);
    if (progress.state !== "idle") terminal.note(rowsOf(progress));
    for (const { table, id } of progress.unreadable) terminal.warn(`row ${id} of ${table} does not open`);
  }
  return progress.state === "blocked" ? EXIT.failure : EXIT.ok;
}

function rowsOf(progress: KekRotationProgress): string {
  const { kek_version, rows_rewrapped, rows_remaining, begun_at, completed_at } = progress;
  const left = rows_remaining === 0 ? "" : `, ${rows_remaining} to go`;
  const ended = completed_at === null ? "" : `, complete ${completed_at}`;
  return `Key version ${kek_version}: ${rows_rewrapped} rows re-wrapped${left}; begun ${begun_at}${ended} UTC`;
}

function newPassword({ newPasswordFile }: RotateKeyOptions, context: CliContext): Promise<string> {
  return readSecretLine({
    prompt: "New unseal password: ",
    repeatPrompt: "The same once more: ",
    file: newPasswordFile ?? context.env("CORTEX_NEW_KEK_PASSWORD_FILE"),
    fromEnvironment: context.env("CORTEX_NEW_KEK_PASSWORD"),
    missing:
      "There is no new password; give --new-password-file, or set CORTEX_NEW_KEK_PASSWORD_FILE or CORTEX_NEW_KEK_PASSWORD",
  }, context);
}

/** Undefined where it is lost, or where nobody is there to ask. */
async function currentPassword(options: RotateKeyOptions, context: CliContext): Promise<string | undefined> {
  if (options.currentPasswordLost) return undefined;
  const file = options.currentPasswordFile ?? context.env("CORTEX_KEK_PASSWORD_FILE");
  const fromEnvironment = context.env("CORTEX_KEK_PASSWORD");
  if (file === undefined && fromEnvironment === undefined) return askCurrent(context);
  const missing = "The present password is blank; name the right file, or give --current-password-lost";
  return await readSecretLine({ prompt: "", file, fromEnvironment, missing }, context);
}

function askCurrent({ input }: CliContext): string | undefined {
  if (!input.isTerminal()) return undefined;
  const typed = whileHidden(input, () => askHidden(input, "Present unseal password (empty if lost): "));
  return typed.trim() === "" ? undefined : typed;
}
