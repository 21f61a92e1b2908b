/** `cortex daemon logs`: the log of a daemon that `cortex daemon start` launched. Under systemd it is in the journal. */

import { cortexHome } from "../../../shared/client/home.ts";
import { EXIT, VaultError } from "../../../shared/errors.ts";
import type { CliContext } from "../../context.ts";
import type { Terminal } from "../../terminal.ts";

export interface LogOptions {
  readonly lines: string;
  readonly follow?: true | undefined;
}

/** How often the file is looked at while it is followed. */
const LOOK_EVERY_MS = 250;
/** More is a question for a pager. */
const MAX_BYTES = 4 * 1024 * 1024;

/** Prints the last lines, and what comes until somebody interrupts. @throws VaultError `request.invalid` */
export async function daemonLogs(
  { lines, follow }: LogOptions,
  { terminal, env }: CliContext,
): Promise<number> {
  const count = /^\d{1,6}$/.test(lines) ? Number(lines) : undefined;
  if (count === undefined) throw new VaultError("request.invalid", "The option --lines takes a whole number");
  const { logFile } = cortexHome(env);
  using file = openLog(logFile);
  if (file === undefined) return sayNoLog(logFile, terminal);
  const { size } = await file.stat();
  await file.seek(Math.max(0, size - MAX_BYTES), Deno.SeekMode.Start);
  const last = (await readOn(file)).trimEnd().split("\n").slice(-count);
  if (count > 0) { for (const line of last) terminal.data(printable(line)); }
  while (follow) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    const more = await readOn(file);
    if (more !== "") terminal.data(printable(more.replace(/\n$/, "")));
  }
  return EXIT.ok;
}

function openLog(path: string): Deno.FsFile | undefined {
  try {
    return Deno.openSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function sayNoLog(path: string, terminal: Terminal): number {
  terminal.note(`${terminal.paint("red", "cortex:")} There is no log at ${path}`);
  terminal.note("  cortex daemon start begins one; under systemd: journalctl --user -u cortex-daemon");
  return EXIT.failure;
}

async function readOn(file: Deno.FsFile): Promise<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(64 * 1024);
  let text = "";
  for (let count: number | null; (count = await file.read(buffer)) !== null;) {
    text += decoder.decode(buffer.subarray(0, count), { stream: true });
  }
  return text;
}

/** What a program or a server said may stand in the log: nothing of it moves the cursor. */
function printable(text: string): string {
  return text.replace(/[^\P{C}\n\t]/gu, " ");
}
