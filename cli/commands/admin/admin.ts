/** `cortex admin`: what an operator does with a running server, each verb in a file beside this one. */

import { Command } from "@commander-js/extra-typings";
import type { CliContext, Finish } from "../../context.ts";
import { agentsCommand } from "./agents.ts";
import { allowlistCommand } from "./allowlist.ts";
import { approvalsCommand } from "./approvals.ts";
import { auditSinksCommand } from "./audit_sinks.ts";
import { backupCommand } from "./backup.ts";
import { channelsCommand } from "./channels.ts";
import { dashboardCommand } from "./dashboard.ts";
import { decoysCommand } from "./decoys.ts";
import { devicesCommand } from "./devices.ts";
import { grantsCommand } from "./grants.ts";
import { namespacesCommand } from "./namespaces.ts";
import { createUserCommand, peopleCommand } from "./people.ts";
import { policiesCommand } from "./policies.ts";
import { projectsCommand } from "./projects.ts";
import { recoverySharesCommand } from "./recovery_shares.ts";
import { rotateKeyCommand } from "./rotate_key.ts";
import { secretsCommand } from "./secrets.ts";
import { sealCommand, sealStatusCommand, unsealCommand } from "./seal.ts";
import { signingKeysCommand } from "./signing_keys.ts";

/** The group as commander knows it. */
export function adminCommand(context: CliContext, finish: Finish) {
  return new Command("admin").description("operate a server: keys, recovery, log, alarms, backup")
    .addCommand(agentsCommand(context, finish))
    .addCommand(allowlistCommand(context, finish))
    .addCommand(approvalsCommand(context, finish))
    .addCommand(auditSinksCommand(context, finish))
    .addCommand(backupCommand(context, finish))
    .addCommand(channelsCommand(context, finish))
    .addCommand(createUserCommand(context, finish))
    .addCommand(dashboardCommand(context, finish))
    .addCommand(decoysCommand(context, finish))
    .addCommand(devicesCommand(context, finish))
    .addCommand(grantsCommand(context, finish))
    .addCommand(namespacesCommand(context, finish))
    .addCommand(peopleCommand(context, finish))
    .addCommand(policiesCommand(context, finish))
    .addCommand(projectsCommand(context, finish))
    .addCommand(recoverySharesCommand(context, finish))
    .addCommand(rotateKeyCommand(context, finish))
    .addCommand(sealCommand(context, finish))
    .addCommand(sealStatusCommand(context, finish))
    .addCommand(secretsCommand(context, finish))
    .addCommand(signingKeysCommand(context, finish))
    .addCommand(unsealCommand(context, finish));
}
