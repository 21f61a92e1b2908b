/**
 * `cortex`. The common command, `run`, has its own short way in: what it does not need is not loaded, because every
 * millisecond here is paid by each program that runs under it.
 */

import { processContext } from "./context.ts";

async function main(args: readonly string[]): Promise<number> {
  const context = processContext();
  if (args[0] === "run") {
    const { runCommand } = await import("./commands/run.ts");
    return await runCommand(args.slice(1), context);
  }
  const { runProgram } = await import("./program.ts");
  return await runProgram(args, context);
}

Deno.exit(await main(Deno.args));
