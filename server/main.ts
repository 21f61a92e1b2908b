/**
 * `cortex-server`: configuration, boot, signals. The only file of the server that touches the environment or ends the
 * process; everything else is told what it needs.
 */

import { systemClock } from "../shared/clock.ts";
import { VaultError } from "../shared/errors.ts";
import type { LineInput } from "../shared/terminal/hidden_line.ts";
import { withAdminTokenFile } from "./boot/admin_token_file.ts";
import { readDotenvFile } from "./boot/dotenv_file.ts";
import { forgetSecrets } from "./boot/forget_secrets.ts";
import { helpText, VERSION_LINE } from "./boot/help.ts";
import { start } from "./boot/start.ts";
import { allCommands, findCommand } from "./commands/all.ts";
import type { CommandIo } from "./commands/command.ts";
import { readConfig, type ServerConfig } from "./config.ts";
import { Logger, writeToStdout } from "./log.ts";
import { parseNetwork } from "./middleware/client_address.ts";
import { StartupError } from "./startup_error.ts";

async function main(): Promise<number> {
  const [name, ...words] = Deno.args;
  const command = findCommand(name);
  if (command !== undefined) return await command.run(words, commandIo());
  if (name === undefined || /^(-|help$|version$)/.test(name)) return await serve();
  const known = allCommands().map(([name]) => name).join(", ");
  complain(`There is no such command; there are ${known}, and without one the server serves; see --help`);
  return 1;
}

function commandIo(): CommandIo {
  const say = (line: string) => terminal.say(`${line}\n`);
  return { env: (name) => Deno.env.get(name), input: terminal, print: writeToStdout, say };
}

async function serve(): Promise<number> {
  const dotenv = await readDotenvFile(".env");
  const result = readConfig({ args: Deno.args, env: Deno.env.toObject(), dotenv: dotenv.values, isNetwork });
  switch (result.kind) {
    case "help":
      writeToStdout(helpText().trimEnd());
      return 0;
    case "version":
      writeToStdout(VERSION_LINE);
      return 0;
    case "mistakes":
      for (const mistake of result.mistakes) complain(mistake);
      return 1;
    case "run":
      return await run(result.config, dotenv.warnings);
  }
}

async function run(given: ServerConfig, warnings: readonly string[]): Promise<number> {
  const config = await withAdminTokenFile(given);
  const log = new Logger({
    format: config.logFormat,
    level: config.logLevel,
    clock: systemClock,
    write: writeToStdout,
  });
  for (const warning of warnings) log.warn(warning);
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    log.error("a promise was rejected and nobody waited for it", { error: event.reason });
  });
  const endAtOnce = () => Deno.exit(1);
  const env = (name: string) => Deno.env.get(name);
  const forget = () => forgetSecrets((variable) => Deno.env.delete(variable));
  const process = {
    env,
    environment: () => Deno.env.toObject(),
    forgetSecrets: forget,
    input: terminal,
    print: writeToStdout,
    pid: Deno.pid,
    endAtOnce,
  };
  const server = await start({ config, log, ...process });
  await server.stop(await server.signal);
  return 0;
}

const terminal: LineInput = {
  isTerminal: () => Deno.stdin.isTerminal(),
  readSync: (bytes) => Deno.stdin.readSync(bytes),
  setRaw: (raw) => Deno.stdin.setRaw(raw),
  say: (text) => void Deno.stderr.writeSync(new TextEncoder().encode(text)),
};

function isNetwork(text: string): boolean {
  try {
    parseNetwork(text);
    return true;
  } catch {
    return false;
  }
}

function complain(message: string): void {
  console.error(`cortex-server: ${message}`);
}

try {
  Deno.exit(await main());
} catch (error) {
  complain(isExpected(error) ? error.message : `The server failed to start: ${describe(error)}`);
  Deno.exit(1);
}

function isExpected(error: unknown): error is StartupError | VaultError {
  return error instanceof StartupError || error instanceof VaultError;
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : "unknown reason";
}
