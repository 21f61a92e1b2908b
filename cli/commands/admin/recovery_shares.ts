/** `cortex admin recovery-shares`: shares that open the vault when its password is lost. */

import { Command, Option } from "@commander-js/extra-typings";
import { VaultError } from "../../../shared/errors.ts";
import type { CliContext, Finish } from "../../context.ts";
import { withAdminOptions } from "./admin_options.ts";

const HELP = `
Splits the vault's key into shares. Any THRESHOLD of them open the vault without its password; fewer tell nothing. The
operator's password is asked for: the admin token alone does not give the key away. The server keeps no share.

On a terminal each share is shown by itself, and taken off the screen before the next one. Otherwise the shares go
into files of their own (--out-dir, mode 0600) or onto standard output as JSON (--json), and nowhere else.

Every set that was made since the last rotation of the key opens the vault. "cortex admin rotate-key" voids them all:
generate a new set after it.

Example:
  cortex admin recovery-shares generate --threshold 3 --shares 5`;

const CHECK_HELP = `
The share is read here and sent nowhere: the server is only asked for its list of sets. Exit code 0 when the share is
whole and its set opens the vault.`;

/** The group as commander knows it. */
export function recoverySharesCommand(context: CliContext, finish: Finish) {
  return new Command("recovery-shares")
    .description("shares that open the vault when its password is lost")
    .addCommand(generateCommand(context, finish))
    .addCommand(listCommand(context, finish))
    .addCommand(checkCommand(context, finish));
}

function generateCommand(context: CliContext, finish: Finish) {
  const command = new Command("generate").description("make a new set of recovery shares")
    .requiredOption("--threshold <number>", "how many shares open the vault, from 2", wholeNumber)
    .requiredOption("--shares <number>", "how many shares to make, up to 200", wholeNumber)
    .option("--out-dir <folder>", "write each share into a file of its own, mode 0600")
    .addOption(new Option("--password-file <path>", "file with the unseal password, mode 0600 or 0400"));
  return withAdminOptions(command).addHelpText("after", HELP).action(async (options) => {
    const { generateShares } = await import("../../admin/recovery_shares.ts");
    finish(await generateShares(options, context));
  });
}

function listCommand(context: CliContext, finish: Finish) {
  const command = new Command("list").description("which sets were made, and whether they open the vault");
  return withAdminOptions(command).action(async (options) => {
    const { listSets } = await import("../../admin/recovery_shares.ts");
    finish(await listSets(options, context));
  });
}

function checkCommand(context: CliContext, finish: Finish) {
  const command = new Command("check").description("whether a share that you keep is still good")
    .option("--share-file <path>", "file with the share, mode 0600 or 0400; else it is asked for, hidden");
  return withAdminOptions(command).addHelpText("after", CHECK_HELP).action(async (options) => {
    const { checkShare } = await import("../../admin/recovery_share_check.ts");
    finish(await checkShare(options, context));
  });
}

function wholeNumber(text: string): number {
  if (/^\d{1,3}$/.test(text)) return Number(text);
  throw new VaultError("request.invalid", "--threshold and --shares take whole numbers, such as 3 and 5");
}
