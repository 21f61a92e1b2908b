/** `cortex sign`: signatures by keys that stay in the vault, each kind in a file beside this one. */

import { Command } from "@commander-js/extra-typings";
import type { CliContext, Finish } from "../../context.ts";
import { awsCommand } from "./aws.ts";
import { hmacCommand } from "./hmac.ts";
import { jwtCommand } from "./jwt.ts";

const HELP = `
The key stays in the vault: the server signs, after a row in its audit log that says what. What is printed is the
signature and what goes with it. The first use of a key waits for an admin's approval, as a run does.`;

/** The group as commander knows it. */
export function signCommand(context: CliContext, finish: Finish) {
  return new Command("sign").description("sign a request, a token or a webhook by a key you never see")
    .addCommand(awsCommand(context, finish))
    .addCommand(jwtCommand(context, finish))
    .addCommand(hmacCommand(context, finish))
    .addHelpText("after", HELP);
}
