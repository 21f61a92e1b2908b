/** `cortex admin secrets`: what the vault holds, and the values that were before. */

import { Command, Option } from "@commander-js/extra-typings";
import type { CliContext, Finish } from "../../context.ts";
import { withAdminOptions } from "./admin_options.ts";

const SECRET = "key path or id of the secret";
const NAMESPACE = ["--namespace <name>", "the secret's namespace, where several have the key path"] as const;

const DUPLICATES = ["fail", "skip", "replace"] as const;
const TYPES = ["KEY_VALUE", "JSON_CONFIG", "TEMPLATE_CONFIG", "SSH_KEY"] as const;

const ADD_HELP = `
The value comes from --value-file, from standard input by --value-file -, or is asked for on the terminal, twice and not
shown. It is never an argument: arguments are in the shell's history and in ps. The line end of a value of one line is
cut off; bytes that are no UTF-8 are stored as they are.

Examples:
  cortex admin secrets add prod/stripe_key
  pbpaste | cortex admin secrets add prod/stripe_key --value-file -
  cortex admin secrets add deploy_key --type SSH_KEY --value-file ./id_ed25519`;

const SET_HELP = `
The value comes from where "secrets add" takes it: --value-file, standard input, or the terminal. What was the value is
kept as an older version: "secrets rollback" brings it back. Programs that run keep what they were started with.

Examples:
  cortex admin secrets set prod/stripe_key
  openssl rand -hex 32 | cortex admin secrets set session_key --value-file -`;

const DELETE_HELP = `
Says which projects lose it, and asks. What is deleted is gone, older values and grants with it; backups that were made
before still hold it, sealed. To take it from one project only, end its grant: "cortex admin grants --help".`;

const ROLLBACK_HELP = `
The old value becomes a new version; what it replaces is kept like any value before. Tokens read it at once.`;

const DESTROY_HELP = `
What is destroyed is gone: no rollback brings it back. Backups that were made before still hold it, sealed.
--keep 0 destroys every older value; the present one stays.`;

/** The group as commander knows it. */
export function secretsCommand(context: CliContext, finish: Finish) {
  return new Command("secrets").description("secrets, which are listed without values, and their versions")
    .addCommand(listCommand(context, finish))
    .addCommand(addCommand(context, finish))
    .addCommand(setCommand(context, finish))
    .addCommand(importCommand(context, finish))
    .addCommand(versionsCommand(context, finish))
    .addCommand(rollbackCommand(context, finish))
    .addCommand(destroyCommand(context, finish))
    .addCommand(deleteCommand(context, finish));
}

function listCommand(context: CliContext, finish: Finish) {
  const command = new Command("list").description("which secrets there are")
    .option("--namespace <name>", "only those of one namespace");
  return withAdminOptions(command).action(async (options) => {
    const { listSecrets } = await import("../../admin/secrets.ts");
    finish(await listSecrets(options, context));
  });
}

function addCommand(context: CliContext, finish: Finish) {
  const command = new Command("add").description("store a secret")
    .argument("<key-path>", "its name, such as prod/stripe_key")
    .addOption(new Option("--type <type>", "what it is").choices(TYPES).default("KEY_VALUE" as const))
    .option("--namespace <name>", "the namespace it lies in")
    .option("--description <text>", "one line for people")
    .option("--value-file <path>", "file with the value; - is standard input")
    .option("--unredactable", "store a value too short or too common to be replaced in output");
  return withAdminOptions(command).addHelpText("after", ADD_HELP).action(async (keyPath, options) => {
    const { addSecret } = await import("../../admin/add_secret.ts");
    finish(await addSecret(keyPath, options, context));
  });
}

function setCommand(context: CliContext, finish: Finish) {
  const command = new Command("set").description("give a secret a new value")
    .argument("<secret>", SECRET)
    .option(...NAMESPACE)
    .option("--description <text>", "one line for people")
    .option("--value-file <path>", "file with the value; - is standard input")
    .option("--unredactable", "take a value too short or too common to be replaced in output");
  return withAdminOptions(command).addHelpText("after", SET_HELP).action(async (secret, options) => {
    const { setSecret } = await import("../../admin/change_secret.ts");
    finish(await setSecret(secret, options, context));
  });
}

function importCommand(context: CliContext, finish: Finish) {
  const command = new Command("import").description("store every NAME=value of a dotenv file")
    .argument("<file>", "the file; - is standard input")
    .option("--namespace <name>", "the namespace they lie in")
    .option("--prefix <text>", "comes before every name, joined by /")
    .addOption(
      new Option("--duplicates <what>", "what happens to a key path that is there").choices(DUPLICATES)
        .default("fail" as const),
    )
    .option("--partial", "store the good lines even where others are not")
    .option("--unredactable", "store values too short or too common to be replaced in output")
    .option("--dry-run", "say what would happen and store nothing");
  return withAdminOptions(command).action(async (file, options) => {
    const { importSecrets } = await import("../../admin/import_secrets.ts");
    finish(await importSecrets(file, options, context));
  });
}

function versionsCommand(context: CliContext, finish: Finish) {
  const command = new Command("versions").description("when each value of a secret was written and replaced")
    .argument("<secret>", SECRET).option(...NAMESPACE);
  return withAdminOptions(command).action(async (secret, options) => {
    const { listVersions } = await import("../../admin/secrets.ts");
    finish(await listVersions(secret, options, context));
  });
}

function rollbackCommand(context: CliContext, finish: Finish) {
  const command = new Command("rollback").description("make an older value the present one")
    .argument("<secret>", SECRET).argument("<version>", "the version, as versions numbers it")
    .option(...NAMESPACE);
  return withAdminOptions(command).addHelpText("after", ROLLBACK_HELP).action(
    async (secret, version, options) => {
      const { rollBackSecret } = await import("../../admin/secrets.ts");
      finish(await rollBackSecret(secret, version, options, context));
    },
  );
}

function destroyCommand(context: CliContext, finish: Finish) {
  const command = new Command("destroy-versions").description("destroy older values of a secret for good")
    .argument("<secret>", SECRET)
    .option("--version <number>", "this one")
    .option("--keep <count>", "all but the newest that many")
    .option(...NAMESPACE);
  return withAdminOptions(command).addHelpText("after", DESTROY_HELP).action(async (secret, options) => {
    const { destroyVersions } = await import("../../admin/secrets.ts");
    finish(await destroyVersions(secret, options, context));
  });
}

function deleteCommand(context: CliContext, finish: Finish) {
  const command = new Command("delete").description("delete a secret, its older values and its grants")
    .argument("<secret>", SECRET)
    .option(...NAMESPACE)
    .option("--yes", "do not ask");
  return withAdminOptions(command).addHelpText("after", DELETE_HELP).action(async (secret, options) => {
    const { deleteSecret } = await import("../../admin/change_secret.ts");
    finish(await deleteSecret(secret, options, context));
  });
}
