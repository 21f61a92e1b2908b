/** `cortex version`: what this program is. */

import { Command } from "@commander-js/extra-typings";
import { EXIT } from "../../shared/errors.ts";
import { COMMIT, VERSION, versionLine } from "../../shared/version.ts";
import type { CliContext, Finish } from "../context.ts";

/** The command as commander knows it. */
export function versionCommand(context: CliContext, finish: Finish): Command {
  const command = new Command("version").description("print the version and what it runs on")
    .option("--json", "print JSON")
    .action(({ json }) => {
      const facts = {
        version: VERSION,
        commit: COMMIT,
        deno: Deno.version.deno,
        os: Deno.build.os,
        arch: Deno.build.arch,
      };
      if (json) context.terminal.json(facts);
      else context.terminal.data(`${versionLine("cortex")}, Deno ${facts.deno}, ${facts.os}/${facts.arch}`);
      finish(EXIT.ok);
    });
  return command;
}
