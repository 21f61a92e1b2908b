/** `cortex admin allowlist`: which daemon programs may attest. */

import { Command } from "@commander-js/extra-typings";
import type { CliContext, Finish } from "../../context.ts";
import { withAdminOptions } from "./admin_options.ts";

const SHA = "SHA-256 of the program, as cortex daemon status shows it";
const HELP = `
As long as the list is empty, every daemon may attest; from its first entry on, only those on it.

Example:
  cortex admin allowlist import allowed-daemons.json --key PROJECT_KEY`;

/** The group as commander knows it. */
export function allowlistCommand(context: CliContext, finish: Finish) {
  return new Command("allowlist").description("which daemon programs may attest").addHelpText("after", HELP)
    .addCommand(listCommand(context, finish))
    .addCommand(addCommand(context, finish))
    .addCommand(importCommand(context, finish))
    .addCommand(removeCommand(context, finish));
}

function listCommand(context: CliContext, finish: Finish) {
  return withAdminOptions(new Command("list").description("what is allowed")).action(async (options) => {
    const { listAllowed } = await import("../../admin/allowlist.ts");
    finish(await listAllowed(options, context));
  });
}

function addCommand(context: CliContext, finish: Finish) {
  const command = new Command("add").description("allow one program").argument("<sha256>", SHA)
    .option("--version <text>", "its version").option("--description <text>", "a line for people");
  return withAdminOptions(command).action(async (sha256, options) => {
    const { addAllowed } = await import("../../admin/allowlist.ts");
    finish(await addAllowed(sha256, options, context));
  });
}

function importCommand(context: CliContext, finish: Finish) {
  const command = new Command("import").description(
    "allow the daemons of a release, by the project's signature",
  )
    .argument("<file>", "allowed-daemons.json of the release")
    .requiredOption("--key <public-key>", "the project's public key, in base64url")
    .option("--older", "also where a newer release is allowed already");
  return withAdminOptions(command).action(async (file, options) => {
    const { importAllowed } = await import("../../admin/allowlist.ts");
    finish(await importAllowed(file, options, context));
  });
}

function removeCommand(context: CliContext, finish: Finish) {
  const command = new Command("remove").description("allow a program no more, and end its sessions")
    .argument("<sha256>", SHA);
  return withAdminOptions(command).action(async (sha256, options) => {
    const { removeAllowed } = await import("../../admin/allowlist.ts");
    finish(await removeAllowed(sha256, options, context));
  });
}
