/**
 * Where the shares of a recovery boot come from: a folder, a terminal that shows nothing, or lines of standard input where that
 * is no terminal. A share that is refused is told of and the next one is looked at: what is asked for is only what is missing.
 */

import { wipe } from "../../shared/crypto/wipe.ts";
import { fromUtf8 } from "../../shared/encoding.ts";
import {
  askHidden,
  type LineInput,
  LONGEST_LINE_BYTES,
  readPlainLine,
  whileHidden,
} from "../../shared/terminal/hidden_line.ts";
import { StartupError } from "../startup_error.ts";
import { describeOffer, isTaken, type Offer } from "./offer.ts";
import type { ShareCollector } from "./share_collector.ts";

export interface ShareSources {
  /** A folder with one share in each file, or undefined. */
  readonly directory: string | undefined;
  readonly input: LineInput;
  /** Told of every share that came and what became of it. */
  readonly note: (line: string) => void;
}

/** Nobody else may read a share, and nobody of the group may replace it. */
const REFUSED_MODE = 0o027;
/** Who was refused this often in a row on a terminal has the wrong papers. */
const MOST_REFUSALS = 10;
const MOST_FILES = 1_000;

/**
 * Feeds the collector until it has enough.
 * @throws StartupError where the source ends before that; what was given is wiped then
 */
export async function collectShares(collector: ShareCollector, sources: ShareSources): Promise<void> {
  try {
    if (sources.directory !== undefined) await collectFromDirectory(collector, sources, sources.directory);
    else if (sources.input.isTerminal()) whileHidden(sources.input, () => askForShares(collector, sources));
    else collectFromLines(collector, sources);
  } catch (error) {
    collector.wipe();
    throw error;
  }
}

function askForShares(collector: ShareCollector, { input }: ShareSources): void {
  input.say("Recovery shares open this vault without its password; what you type stays hidden\r\n");
  let refusals = 0;
  for (;;) {
    const text = askHidden(input, `Recovery share ${(collector.progress?.given ?? 0) + 1}: `);
    if (text.trim() === "") throw tooFew(collector, "An empty line ended the recovery");
    const offer = collector.offer(text);
    input.say(`${describeOffer(offer)}\r\n`);
    if (isOver(offer)) return;
    refusals = isTaken(offer) ? 0 : refusals + 1;
    if (refusals === MOST_REFUSALS) throw tooFew(collector, "Too many shares were refused");
  }
}

function collectFromLines(collector: ShareCollector, { input, note }: ShareSources): void {
  for (const line of linesOf(input)) {
    if (isComment(line)) continue;
    const offer = collector.offer(line);
    note(describeOffer(offer));
    if (isOver(offer)) return;
  }
  throw tooFew(collector, "Standard input ended");
}

async function collectFromDirectory(
  collector: ShareCollector,
  { note }: ShareSources,
  directory: string,
): Promise<void> {
  for (const name of await filesOf(directory)) {
    const offer = collector.offer(await readShareFile(`${directory}/${name}`));
    note(`${JSON.stringify(name)}: ${describeOffer(offer)}`);
    if (isOver(offer)) return;
  }
  throw tooFew(collector, "CORTEX_RECOVERY_SHARES_DIR has no more files");
}

/** Whether there are enough. @throws StartupError where two shares say different things: none of them can be believed */
function isOver(offer: Offer): boolean {
  if (offer.kind === "contradiction") throw new StartupError(describeOffer(offer));
  return offer.kind === "enough";
}

/** A line that is for people, or none: files with shares may come one after the other through a pipe. */
function isComment(line: string): boolean {
  return /^\s*(#|$)/.test(line);
}

function* linesOf(input: LineInput): Generator<string> {
  let ended = false;
  const watched: LineInput = {
    ...input,
    readSync: (bytes) => {
      const count = input.readSync(bytes);
      ended = count === null;
      return count;
    },
  };
  while (!ended) yield readPlainLine(watched);
}

async function filesOf(directory: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(directory)) {
      if (!isDirectory && !name.startsWith(".")) names.push(name);
      if (names.length > MOST_FILES) throw new StartupError("CORTEX_RECOVERY_SHARES_DIR has too many files");
    }
  } catch (error) {
    throw unreadable("CORTEX_RECOVERY_SHARES_DIR", error);
  }
  return names.sort();
}

async function readShareFile(path: string): Promise<string> {
  const bytes = await readPrivately(path).catch((error: unknown) => {
    throw unreadable(`The recovery share ${JSON.stringify(path)}`, error);
  });
  const text = fromUtf8(bytes);
  wipe(bytes);
  return text ?? "";
}

async function readPrivately(path: string): Promise<Uint8Array> {
  const { mode, size } = await Deno.stat(path);
  if (((mode ?? 0) & REFUSED_MODE) !== 0) {
    throw new StartupError(
      `The recovery share ${JSON.stringify(path)} is open to other users; give it mode 0600 or 0400`,
    );
  }
  return size > LONGEST_LINE_BYTES ? new Uint8Array() : await Deno.readFile(path);
}

function unreadable(what: string, error: unknown): StartupError {
  if (error instanceof StartupError) return error;
  const reason = error instanceof Deno.errors.NotFound ? "it does not exist" : "permission denied";
  return new StartupError(`${what} cannot be read: ${reason}`);
}

function tooFew({ progress }: ShareCollector, what: string): StartupError {
  const stand = progress === undefined
    ? "no share of this vault was given"
    : `${progress.given} of ${progress.needed} shares of set ${progress.setId} were given`;
  return new StartupError(`${what}: ${stand}; start again with enough of them`);
}
