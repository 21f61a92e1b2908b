/** `cortex sign jwt`. */

import { Command, Option } from "@commander-js/extra-typings";
import { JWT_ALGORITHMS } from "../../../shared/signing/limits.ts";
import type { CliContext, Finish } from "../../context.ts";
import { collect, withSignOptions } from "./sign_options.ts";

const HELP = `
Prints one JSON Web Token in compact form. The server sets iat and exp; a token lives five minutes unless told, an hour at
most unless the key's grant says otherwise. --key names a private key in PEM: EC P-256, RSA of at least 2048 bits, or
Ed25519.

A claim is name=text, or name:=JSON for numbers, lists and objects.

Examples:
  cortex sign jwt --project shop --key APP_PRIVATE_KEY --alg RS256 --claim iss=12345 --ttl 10m
  cortex sign jwt --project shop --key ID_KEY --alg ES256 --kid 2026-01 --claim sub=build --claim 'aud:=["a","b"]'`;

/** The command as commander knows it. */
export function jwtCommand(context: CliContext, finish: Finish) {
  return withSignOptions(new Command("jwt").description("sign a JSON Web Token"))
    .addOption(new Option("--alg <name>", "the algorithm").choices(JWT_ALGORITHMS).makeOptionMandatory())
    .option("--claim <claim>", "a claim; may be repeated", collect)
    .option("--claims <file>", "a JSON object of claims, or - for standard input")
    .option("--ttl <time>", "how long it lives: 90s, 5m, 1h", "5m")
    .option("--kid <id>", "the key's id in the header")
    .addHelpText("after", HELP)
    .action(async (options) => {
      const { signJwt } = await import("../../sign/jwt.ts");
      finish(await signJwt(options, context));
    });
}
