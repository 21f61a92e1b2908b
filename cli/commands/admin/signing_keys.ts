/** `cortex admin signing-keys`: the keys that sign tokens. */

import { Command } from "@commander-js/extra-typings";
import type { CliContext, Finish } from "../../context.ts";
import { withAdminOptions } from "./admin_options.ts";

const ROTATE_HELP = `
The new key is listed at /.well-known/jwks.json at once and signs some minutes later, when whoever keeps that list has
seen it. What the old key signed goes on verifying until it ends. Hosts that pinned the old key follow by themselves:
the old key vouches for the new one.

--immediate begins with the new key at once: after a leak, and then destroy the old one.`;

const DESTROY_HELP = `
Only a retired key can be destroyed. While tokens that it signed are alive the command says how many and changes
nothing; with --invalidate they end: those hosts have to log in again, and signed project tokens are refused.`;

/** The group as commander knows it. */
export function signingKeysCommand(context: CliContext, finish: Finish) {
  return new Command("signing-keys").description("the keys that sign tokens")
    .addCommand(listCommand(context, finish))
    .addCommand(rotateCommand(context, finish))
    .addCommand(destroyCommand(context, finish));
}

function listCommand(context: CliContext, finish: Finish) {
  const command = new Command("list").description("which keys there are, and what each of them signed");
  return withAdminOptions(command).action(async (options) => {
    const { listSigningKeys } = await import("../../admin/signing_keys.ts");
    finish(await listSigningKeys(options, context));
  });
}

function rotateCommand(context: CliContext, finish: Finish) {
  const command = new Command("rotate").description("make the next signing key")
    .option("--immediate", "begin with it at once");
  return withAdminOptions(command).addHelpText("after", ROTATE_HELP).action(async (options) => {
    const { rotateSigningKey } = await import("../../admin/signing_keys.ts");
    finish(await rotateSigningKey(options, context));
  });
}

function destroyCommand(context: CliContext, finish: Finish) {
  const command = new Command("destroy").description("destroy a retired signing key")
    .argument("<kid>", "the key, as list names it")
    .option("--invalidate", "also while tokens that it signed are alive");
  return withAdminOptions(command).addHelpText("after", DESTROY_HELP).action(async (kid, options) => {
    const { destroySigningKey } = await import("../../admin/signing_keys.ts");
    finish(await destroySigningKey(kid, options, context));
  });
}
