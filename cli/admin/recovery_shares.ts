/**
 * Making recovery shares. A share is seen where its keeper wants it and nowhere else: by itself on a terminal, in a private
 * file, or as JSON that was asked for. Everything that can fail is tried before the shares are made.
 */

import { GeneratedShares, RecoverySetList, type RecoverySetSummary } from "../../shared/api/recovery.ts";
import { utf8 } from "../../shared/encoding.ts";
import { EXIT, VaultError } from "../../shared/errors.ts";
import { createPrivateFile } from "../../shared/os/private_file.ts";
import { askHidden, whileHidden } from "../../shared/terminal/hidden_line.ts";
import type { CliContext } from "../context.ts";
import { type AdminOptions, connectAsAdmin } from "./connection.ts";
import { readSecretLine } from "./secret_input.ts";

export interface GenerateOptions extends AdminOptions {
  readonly threshold: number;
  readonly shares: number;
  readonly outDir?: string | undefined;
  readonly passwordFile?: string | undefined;
}

/** The derivation of a key from the password may cost many seconds on a small machine. */
const TIMEOUT_MS = 120_000;

/** `generate`: makes a set and hands its shares out. @throws VaultError */
export async function generateShares(options: GenerateOptions, context: CliContext): Promise<number> {
  const directory = options.outDir === undefined ? undefined : prepareDirectory(options.outDir);
  if (directory === undefined && options.json === undefined && !context.terminal.showsData) {
    throw new VaultError(
      "request.invalid",
      "Standard output is no terminal, and shares go into no log; give --out-dir, or --json if you mean it",
    );
  }
  const connection = await connectAsAdmin(options, context, TIMEOUT_MS);
  const password = await readSecretLine({
    prompt: "Unseal password of the vault: ",
    file: options.passwordFile ?? context.env("CORTEX_KEK_PASSWORD_FILE"),
    fromEnvironment: context.env("CORTEX_KEK_PASSWORD"),
    missing:
      "There is no unseal password; give --password-file, or set CORTEX_KEK_PASSWORD_FILE or CORTEX_KEK_PASSWORD",
  }, context);
  const { threshold, shares } = options;
  const made = await connection.requestJson(
    "POST",
    "/admin/shamir/generate",
    (value) => GeneratedShares.safeParse(value).data,
    { body: { threshold, shares, password } },
  );
  handOut(made, directory, options, context);
  return EXIT.ok;
}

/** `list`: the sets, newest first. @throws VaultError */
export async function listSets(options: AdminOptions, context: CliContext): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const parse = (value: unknown) => RecoverySetList.safeParse(value).data;
  const sets = await connection.requestJson("GET", "/admin/shamir/sets", parse);
  if (options.json) context.terminal.json(sets);
  else if (sets.length === 0) {
    context.terminal.note(
      "There are no recovery shares; make them with cortex admin recovery-shares generate",
    );
  } else for (const set of sets) context.terminal.data(describeSet(set));
  return EXIT.ok;
}

function describeSet(set: RecoverySetSummary): string {
  const state = set.opens_vault ? "opens the vault" : "void since the key was rotated";
  return `${set.set_id}  ${set.threshold} of ${set.shares_count}  made ${set.created_at} UTC  ${state}`;
}

function handOut(
  made: GeneratedShares,
  directory: string | undefined,
  { json }: GenerateOptions,
  context: CliContext,
): void {
  const files = directory === undefined ? undefined : writeFiles(made, directory);
  if (json && files !== undefined) {
    const { shares: _inTheFiles, ...rest } = made;
    context.terminal.json({ ...rest, files });
  } else if (json) context.terminal.json(made);
  else if (files === undefined) showOneByOne(made, context);
  else for (const file of files) context.terminal.data(file);
  if (!json) sayWhatTheyAre(made, context);
}

function sayWhatTheyAre(made: GeneratedShares, { terminal }: CliContext): void {
  const { set_id, threshold, shares_count, older_sets } = made;
  terminal.note(
    `Set ${set_id}: any ${threshold} of ${shares_count} shares open the vault without its password`,
  );
  if (older_sets > 0) {
    terminal.warn(
      `${older_sets} older ${
        older_sets === 1 ? "set opens" : "sets open"
      } it as well; cortex admin rotate-key voids them all`,
    );
  }
  terminal.note(made.warning);
}

/** Each share by itself, gone from the screen before the next one: whoever stands by sees theirs only. */
function showOneByOne(made: GeneratedShares, { terminal, input }: CliContext): void {
  const pauses = input.isTerminal();
  for (const [index, share] of made.shares.entries()) {
    terminal.data(`${title(made, index)}\n\n${share}\n`);
    if (pauses) waitForKeeper(made, index, { terminal, input });
  }
}

function waitForKeeper(
  made: GeneratedShares,
  index: number,
  { terminal, input }: Pick<CliContext, "terminal" | "input">,
): void {
  try {
    whileHidden(
      input,
      () => askHidden(input, "Press Enter once it is kept; it is taken off the screen then"),
    );
  } catch (cause) {
    const shown = `${index + 1} of ${made.shares_count}`;
    const message =
      `Set ${made.set_id} was made, but only ${shown} of its shares were shown; generate another set`;
    throw new VaultError("client.interrupted", message, { cause });
  } finally {
    terminal.clearScreen();
  }
}

function title({ set_id, shares_count, kek_version }: GeneratedShares, index: number): string {
  return `Recovery share ${index + 1} of ${shares_count}, set ${set_id}, key version ${kek_version}`;
}

/** The absolute path of a folder, made with 0700 where there is none: before any share is. */
function prepareDirectory(path: string): string {
  const whole = path.startsWith("/") ? path : `${Deno.cwd()}/${path}`;
  try {
    Deno.mkdirSync(whole, { mode: 0o700 });
  } catch (cause) {
    if (!(cause instanceof Deno.errors.AlreadyExists) || !Deno.statSync(whole).isDirectory) {
      throw new VaultError("client.file_unsafe", `${whole} cannot be made; name a folder of yours`, {
        cause,
      });
    }
  }
  return whole;
}

/** @throws VaultError where one cannot be written */
function writeFiles(made: GeneratedShares, directory: string): string[] {
  return made.shares.map((share, index) => {
    const path = `${directory}/recovery-share-${index + 1}-of-${made.shares_count}-${made.set_id}.txt`;
    const words = `# ${title(made, index)}, made ${made.created_at} UTC\n` +
      `# Any ${made.threshold} shares of this set open the vault without its password\n`;
    try {
      createPrivateFile(path, utf8(`${words}${share}\n`));
    } catch (cause) {
      const message = `Set ${made.set_id} was made, but ${path} cannot be written; generate another set`;
      throw new VaultError("client.file_unsafe", message, { cause });
    }
    return path;
  });
}
