/** `cortex sign aws`. */

import { Command, Option } from "@commander-js/extra-typings";
import type { CliContext, Finish } from "../../context.ts";
import { fromEnv } from "../../options.ts";
import { collect, withSignOptions } from "./sign_options.ts";

const HELP = `
Signs one request by Signature Version 4, good for about fifteen minutes, and prints its headers; with --presign, an
address that is good by itself for that long. --key names the secret access key. Send the request exactly as signed: with
these headers, this method, this body, and the address as --format curl or json prints it.

The server builds what is signed from the parts given here, and dates it. A signature is good for that one request; the
audit log says method, host, path and service.

Examples:
  cortex sign aws --project shop --key AWS_SECRET_ACCESS_KEY --id-name AWS_ACCESS_KEY_ID --service s3 \\
    --region eu-central-1 --format curl PUT https://bucket.s3.eu-central-1.amazonaws.com/report.txt \\
    --body report.txt | curl -K -
  cortex sign aws … --service s3 --region eu-central-1 --presign 15m GET https://bucket.s3.eu-central-1.amazonaws.com/a.pdf`;

/** The command as commander knows it. */
export function awsCommand(context: CliContext, finish: Finish) {
  const command = new Command("aws").description("sign a request to AWS (Signature Version 4)")
    .argument("<method>", "GET, PUT, …")
    .argument("<url>", "the whole address, query included");
  return withSignOptions(command)
    .option("--access-key-id <id>", "the id of the key")
    .option("--id-name <name>", "the id, by the name it is granted under (it ends in AWS_ACCESS_KEY_ID)")
    .option("--session-token-name <name>", "the session token, by its name (it ends in AWS_SESSION_TOKEN)")
    .requiredOption("--service <name>", "as in s3, sqs, execute-api")
    .addOption(fromEnv("--region <name>", "as in eu-central-1", "AWS_REGION").makeOptionMandatory())
    .option("--header <line>", "a further header 'name: value', signed too; may be repeated", collect)
    .option("--body <file>", "the body, or - for standard input; only its SHA-256 leaves this host")
    .option("--unsigned-payload", "leave the body out of the signature (S3 over HTTPS)")
    .option("--presign <time>", "sign the address instead: 90s, 15m, 12h, at most 7d")
    .addOption(
      new Option("--format <format>", "how to print it").choices(["headers", "curl", "json"] as const),
    )
    .addHelpText("after", HELP)
    .action(async (method, url, options) => {
      const { signAws } = await import("../../sign/aws.ts");
      finish(await signAws(method, url, options, context));
    });
}
