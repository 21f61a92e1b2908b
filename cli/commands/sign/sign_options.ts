/** The options that every kind of signature has. */

import type { Command } from "@commander-js/extra-typings";
import { fromEnv } from "../../options.ts";

/** Adds them. */
export function withSignOptions<Args extends unknown[], Options extends Record<string, unknown>>(
  command: Command<Args, Options>,
) {
  return command
    .addOption(
      fromEnv("--project <name>", "the project that has the key", "CORTEX_PROJECT").makeOptionMandatory(),
    )
    .requiredOption("--key <name>", "the key, by the name it is granted under")
    .option("--wait [seconds]", "wait for an admin's approval, an hour unless told")
    .addOption(
      fromEnv("--sock <path>", "the daemon's socket (default: ~/.cortex/agent.sock)", "CORTEX_DAEMON_SOCK"),
    )
    .option("--json", "print JSON");
}

/** Collects an option that may be given several times. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...before ?? [], value];
}
