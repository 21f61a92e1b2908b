/**
 * `cortex`. The common command, `run`, has its own short way in: what it does not need is not loaded, because every
 * millisecond here is paid by each program that runs under it.
 */

import { processContext } from "./context.ts";

async function main(args: readonly string[]): Promise<number> {
  const context = processContext();
  const [verb, ...rest] = args;
  if (verb === "run" || verb === "ssh") {
    const { runCommand } = await import("./commands/run.ts");
    return await runCommand(verb, rest, context);
  }
  const { runProgram } = await import("./program.ts");
  return await runProgram(args, context);
}

Deno.exit(await main(Deno.args));
