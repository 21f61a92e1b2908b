/**
 * The real server, which kills itself (SIGKILL) at a durable step: `crash_server.ts STEP [TIMES] [-- flags]`. The step is
 * one of `DURABLE_STEPS`; it dies when that is reached for the TIMES-th time, 1 unless told. STEP `-` never dies.
 */

import { DURABLE_STEPS, type DurableStep } from "../../../server/durable_steps.ts";
import { readConfig } from "../../../server/config.ts";
import { Logger, writeToStdout } from "../../../server/log.ts";
import { start } from "../../../server/boot/start.ts";
import { systemClock } from "../../../shared/clock.ts";

const [step = "", times = "1", ...flags] = Deno.args;
if (step !== "-" && !(DURABLE_STEPS as readonly string[]).includes(step)) throw new Error(`no step ${step}`);

/** Opened before the server gives the right to it up. */
const libc = Deno.dlopen(Deno.build.os === "darwin" ? "libSystem.dylib" : "libc.so.6", {
  kill: { parameters: ["i32", "i32"], result: "i32" },
});
const SIGKILL = 9;
const { pid } = Deno;
let left = Number(times);

function reached(at: DurableStep): void {
  if (at === step && --left === 0) libc.symbols.kill(pid, SIGKILL);
}

const env = Deno.env.toObject();
const result = readConfig({ args: flags, env, dotenv: {}, isNetwork: () => true });
if (result.kind !== "run") throw new Error(JSON.stringify(result));
const { config } = result;
const log = new Logger({ format: "json", level: config.logLevel, clock: systemClock, write: writeToStdout });
const input = {
  isTerminal: () => false,
  readSync: () => null,
  setRaw: () => {},
  say: () => {},
};
const server = await start({
  config,
  log,
  input,
  env: (name) => env[name],
  environment: () => env,
  forgetSecrets: () => {},
  print: writeToStdout,
  pid,
  endAtOnce: () => Deno.exit(1),
  reached,
});
await server.stop(await server.signal);
Deno.exit(0);
