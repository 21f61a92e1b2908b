/** `cortex sign hmac`. */

import { Command, Option } from "@commander-js/extra-typings";
import { HMAC_HASHES, WEBHOOK_FORMS } from "../../../shared/signing/limits.ts";
import type { CliContext, Finish } from "../../context.ts";
import { withSignOptions } from "./sign_options.ts";

const HELP = `
Prints the MAC of FILE, at most 1 MiB, which is sent to the server. With --format the headers of a webhook whose body FILE
is, as that service makes them; the server puts in the time. The audit log has the file's SHA-256, not the file.

Examples:
  cortex sign hmac --project shop --key HOOK_SECRET --prefix sha256= body.json
  cortex sign hmac --project shop --key HOOK_SECRET --format stripe body.json
  printf %s "$text" | cortex sign hmac --project shop --key HOOK_SECRET --alg sha512 --encoding base64 -`;

/** The command as commander knows it. */
export function hmacCommand(context: CliContext, finish: Finish) {
  const command = new Command("hmac").description("sign a message or a webhook by a shared secret")
    .argument("<file>", "what to sign, or - for standard input");
  return withSignOptions(command)
    .addOption(new Option("--alg <name>", "the hash").choices(HMAC_HASHES).default("sha256"))
    .addOption(new Option("--encoding <name>", "how to print it").choices(["hex", "base64"]).default("hex"))
    .option("--prefix <text>", "what to print before it, as in sha256=")
    .addOption(
      new Option("--format <name>", "print the headers of a webhook").choices(WEBHOOK_FORMS)
        .conflicts(["alg", "encoding", "prefix"]),
    )
    .option("--id <id>", "the message's id, for standard-webhooks; made up where it is left out")
    .addHelpText("after", HELP)
    .action(async (file, options) => {
      const { signHmac } = await import("../../sign/hmac.ts");
      finish(await signHmac(file, options, context));
    });
}
