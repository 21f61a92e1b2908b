/** `cortex-server restore`, which kills itself (SIGKILL) at a durable step: `crash_restore.ts STEP ARGUMENTS`. */

import { runRestore } from "../../../server/commands/restore.ts";
import { DURABLE_STEPS } from "../../../server/durable_steps.ts";

const [step = "", ...args] = Deno.args;
if (!(DURABLE_STEPS as readonly string[]).includes(step)) throw new Error(`no step ${step}`);

const io = {
  env: (name: string) => Deno.env.get(name),
  input: { isTerminal: () => false, readSync: () => null, setRaw: () => {}, say: () => {} },
  print: (line: string) => console.log(line),
  say: (line: string) => console.error(line),
};
Deno.exit(await runRestore(args, io, (at) => void (at === step && Deno.kill(Deno.pid, "SIGKILL"))));
