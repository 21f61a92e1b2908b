/** `cortex admin rotate-key`: a new unseal password and a new key under everything. */

import { Command, Option } from "@commander-js/extra-typings";
import type { CliContext, Finish } from "../../context.ts";
import { withAdminOptions } from "./admin_options.ts";

const HELP = `
Sets a new unseal password and wraps everything in the vault under a new key, while the server serves. From the first moment
the new password opens the vault; the old one does too until the last row is done, and not after that. All recovery shares
made before are void then: make new ones. Backups made before still open with the password that they were made under.

The current password is proved where it is given: by --current-password-file, CORTEX_KEK_PASSWORD_FILE, CORTEX_KEK_PASSWORD
or at the prompt. Where it is lost, give an empty line there or --current-password-lost.

Ctrl-C ends this command and not the rotation: "cortex admin rotate-key --status" says how far it is. A server that is
killed meanwhile goes on with it after its next start, with either password.

Examples:
  cortex admin rotate-key
  cortex admin rotate-key --new-password-file new.txt --current-password-file old.txt --json
  cortex admin rotate-key --status`;

/** The command as commander knows it. */
export function rotateKeyCommand(context: CliContext, finish: Finish) {
  const command = new Command("rotate-key").description("set a new unseal password and rotate the key")
    .addOption(new Option("--new-password-file <path>", "file with the new password, mode 0600 or 0400"))
    .addOption(new Option("--current-password-file <path>", "file with the present one, mode 0600 or 0400"))
    .option("--current-password-lost", "do not ask for the present password")
    .option("--status", "only say how far the rotation is, or how the last one ended");
  return withAdminOptions(command).addHelpText("after", HELP).action(async (options) => {
    const { rotateKey, showStatus } = await import("../../admin/rotate_key.ts");
    finish(await (options.status ? showStatus(options, context) : rotateKey(options, context)));
  });
}
