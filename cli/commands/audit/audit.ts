/** `cortex audit`: rows of the audit log, and what proves it outside of the server. */

import { Command } from "@commander-js/extra-typings";
import type { CliContext, Finish } from "../../context.ts";
import { fromEnv } from "../../options.ts";
import { withAdminOptions } from "../admin/admin_options.ts";

const LIST_HELP = `
Each line: time (UTC), who, what, how it ended, then what it was about, and the row's id. --json has every field.

Examples:
  cortex audit list --action get_secrets --agent bot-1 --limit 5
  cortex audit list --secret prod/stripe_key --no-looks`;

const ANCHOR_HELP = `
Asks the server for the newest signed head of the tree over its audit log, checks that it goes on from the last head that
was kept, and keeps it: as a line of FILE (made with mode 0600), or as a commit on the branch cortex-audit of a Git
repository, bare or not, whose work tree is not touched. Needs no admin token; meant for cron on another machine.

Exit code 125, and nothing is kept, when the log does not go on from the last head: it was rewritten or rolled back.

Examples:
  cortex audit anchor --url https://vault.example.com --file /var/lib/cortex-anchors/audit-heads.jsonl
  cortex audit anchor --url https://vault.example.com --git /srv/git/anchors.git`;

const PROVE_HELP = `
Shows the row with this id, and that it is in the tree of a head that the server signed. The proof is checked here.

Example:
  cortex audit prove 0d3f5c1e-7a42-4f5e-9a67-2b1c3d4e5f60`;

/** The group as commander knows it. */
export function auditCommand(context: CliContext, finish: Finish) {
  return new Command("audit").description("look into the audit log, keep and check proofs of it")
    .addCommand(listCommand(context, finish))
    .addCommand(anchorCommand(context, finish))
    .addCommand(proveCommand(context, finish));
}

function listCommand(context: CliContext, finish: Finish) {
  const command = new Command("list").description("rows that fit, newest first")
    .option("--agent <id>", "of this agent")
    .option("--project <name>", "of this project")
    .option("--action <name>", "such as get_secrets")
    .option("--status <status>", "such as success, denied or alarm")
    .option("--principal <who>", "such as admin or agent:bot-1")
    .option("--secret <key-path>", "about this secret, or naming it")
    .option("--no-looks", "without what people only looked at")
    .option("--since <time>", "from this time on, as 2026-01-02T03:04:05Z")
    .option("--until <time>", "before this time")
    .option("--limit <n>", "at most so many", "50");
  return withAdminOptions(command).addHelpText("after", LIST_HELP).action(async (options) => {
    const { listAuditRows } = await import("../../audit/list.ts");
    finish(await listAuditRows(options, context));
  });
}

function anchorCommand(context: CliContext, finish: Finish) {
  return new Command("anchor").description("keep the newest signed head outside of the server")
    .addOption(fromEnv("--url <url>", "the server's address", "CORTEX_URL"))
    .option("--file <file>", "keep it as a line of this file")
    .option("--git <repository>", "keep it as a commit in this repository")
    .option("--json", "print JSON")
    .addHelpText("after", ANCHOR_HELP)
    .action(async (options) => {
      const { anchor } = await import("../../audit/anchor.ts");
      finish(await anchor(options, context));
    });
}

function proveCommand(context: CliContext, finish: Finish) {
  const command = new Command("prove").description("show that a row is in the log").argument(
    "<id>",
    "the row's id",
  );
  return withAdminOptions(command).addHelpText("after", PROVE_HELP).action(async (id, options) => {
    const { prove } = await import("../../audit/prove.ts");
    finish(await prove(id, options, context));
  });
}
