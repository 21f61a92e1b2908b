/** `cortex daemon …`: the group of commands about this host's daemon. Each verb is loaded when it is called. */

import { Command } from "@commander-js/extra-typings";
import type { CliContext, Finish } from "../../context.ts";
import { fromEnv } from "../../options.ts";

const HELP = `
A host is enrolled once, then runs its daemon:
  cortex daemon login --url https://vault.example.com
  cortex daemon start
  cortex daemon status`;

const LOGIN_HELP = `
Shows a link and a code; an admin opens the link, compares host and fingerprint, and approves. Waits as long as the
code lives. The agent key is made here, stays in ~/.cortex/agent-<id>.key (0600) and is never overwritten.

With --json there are two lines on standard output: one with the code, one when the login is done.

Examples:
  cortex daemon login --url https://vault.example.com
  cortex daemon login --url http://127.0.0.1:3000 --agent-id build-bot --no-browser`;

const SOCKET_TEXT = "the daemon's socket (default: ~/.cortex/agent.sock)";

/** The group as commander knows it. */
export function daemonCommand(context: CliContext, finish: Finish): Command {
  const group = new Command("daemon").description("enrol this host and run its daemon").addHelpText(
    "after",
    HELP,
  );
  addLogin(group, context, finish);
  group.command("status").description("say whether the daemon runs and for whom")
    .addOption(socketOption()).option("--json", "print JSON")
    .addHelpText("after", "\nExit code 122 when it is not ready to run programs.")
    .action(async (options) => {
      const { daemonStatus } = await import("./status.ts");
      finish(await daemonStatus(options, context));
    });
  group.command("logout").description("forget this host's login").option("--json", "print JSON")
    .addHelpText("after", "\nThe agent key stays; ask an admin to revoke the device if it is lost.")
    .action(async (options) => {
      const { daemonLogout } = await import("./logout.ts");
      finish(await daemonLogout(options, context));
    });
  addStartAndStop(group, context, finish);
  return group;
}

function addLogin(group: Command, context: CliContext, finish: Finish): void {
  group.command("login").description("enrol this host with a server, with a person's approval")
    .addOption(fromEnv("--url <url>", "the server", "CORTEX_URL").makeOptionMandatory())
    .addOption(
      fromEnv("--agent-id <id>", "name of this agent (default: made of user and host)", "CORTEX_AGENT_ID"),
    )
    .option("--namespace <name>", "the namespace to be enrolled in")
    .option("--device-name <text>", "what the approver sees besides the host's name")
    .option("--no-browser", "do not open the link")
    .option("--trust-new-key", "accept that the server has another key than at the last login")
    .option("--json", "print JSON")
    .addHelpText("after", LOGIN_HELP)
    .action(async (options) => {
      const { daemonLogin } = await import("./login.ts");
      finish(await daemonLogin(options, context));
    });
}

function addStartAndStop(group: Command, context: CliContext, finish: Finish): void {
  group.command("start").description("start the daemon in the background and wait until it is ready")
    .addOption(socketOption()).option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExit code 0 when it runs; what it still lacks is told. Does nothing when it runs already. Its log is ~/.cortex/daemon.log.",
    )
    .action(async (options) => {
      const { daemonStart } = await import("./start.ts");
      finish(await daemonStart(options, context));
    });
  group.command("stop").description("stop the daemon").addOption(socketOption()).option(
    "--json",
    "print JSON",
  )
    .action(async (options) => {
      const { daemonStop } = await import("./stop.ts");
      finish(await daemonStop(options, context));
    });
  group.command("restart").description("stop the daemon, then start it").addOption(socketOption())
    .option("--json", "print JSON")
    .addHelpText("after", "\nPrograms that run are ended first, as by stop.")
    .action(async (options) => {
      const { daemonStop } = await import("./stop.ts");
      const { daemonStart } = await import("./start.ts");
      await daemonStop({ ...options, json: undefined }, context);
      finish(await daemonStart(options, context));
    });
  group.command("logs").description("print the log of a daemon that was started by start")
    .option("-n, --lines <count>", "how many of the last lines", "50")
    .option("-f, --follow", "go on with what comes")
    .action(async (options) => {
      const { daemonLogs } = await import("./logs.ts");
      finish(await daemonLogs(options, context));
    });
}

function socketOption() {
  return fromEnv("--sock <path>", SOCKET_TEXT, "CORTEX_DAEMON_SOCK");
}
