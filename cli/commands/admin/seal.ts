/** `cortex admin seal`, `unseal` and `seal-status`. */

import { Command } from "@commander-js/extra-typings";
import type { CliContext, Finish } from "../../context.ts";
import { fromEnv } from "../../options.ts";
import { withAdminOptions } from "./admin_options.ts";

const SEAL_HELP = `
Wipes the keys from the server's memory. Until somebody unseals it, it answers nothing but that it is sealed: programs
that run keep what they were given, new ones wait.`;

const UNSEAL_HELP = `
Asks for the unseal password, or with --share for one recovery share: whoever keeps one runs this on their own machine,
and the last of them opens the vault. No admin token is needed. Shares wait for an hour at most; --reset forgets them.`;

/** `seal` as commander knows it. */
export function sealCommand(context: CliContext, finish: Finish) {
  const command = new Command("seal").description(
    "wipe the server's keys and serve nothing until it is unsealed",
  );
  return withAdminOptions(command).addHelpText("after", SEAL_HELP).action(async (options) => {
    const { seal } = await import("../../admin/seal.ts");
    finish(await seal(options, context));
  });
}

/** `unseal` as commander knows it. */
export function unsealCommand(context: CliContext, finish: Finish) {
  return new Command("unseal").description("open a sealed vault by its password, or give one share of it")
    .addOption(fromEnv("--url <url>", "the server's address", "CORTEX_URL"))
    .option("--password-file <path>", "file with the unseal password, mode 0600 or 0400")
    .option("--share", "ask for one recovery share in place of the password")
    .option("--share-file <path>", "file with one recovery share, mode 0600 or 0400")
    .option("--reset", "forget the shares that were given so far")
    .option("--json", "print JSON")
    .addHelpText("after", UNSEAL_HELP)
    .action(async (options) => {
      const { unseal } = await import("../../admin/seal.ts");
      finish(await unseal(options, context));
    });
}

/** `seal-status` as commander knows it. */
export function sealStatusCommand(context: CliContext, finish: Finish) {
  return new Command("seal-status").description("whether the vault is sealed; exit code 123 where it is")
    .addOption(fromEnv("--url <url>", "the server's address", "CORTEX_URL"))
    .option("--json", "print JSON")
    .action(async (options) => {
      const { sealStatus } = await import("../../admin/seal.ts");
      finish(await sealStatus(options, context));
    });
}
