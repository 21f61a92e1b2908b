/** The hunt inside one process: through the classes that the daemon gives a child's output to, without the child. */

import { buildMatchers, type Matchers } from "../../../daemon/redaction/matcher.ts";
import { buildPatterns } from "../../../daemon/redaction/patterns.ts";
import { RedactedOutput } from "../../../daemon/run/redacted_output.ts";
import { type OutputStream, STDERR, STDOUT } from "../../../shared/socket/frames.ts";
import { describeCase, type HuntCase, makeCase, makeValues } from "./cases.ts";
import { Random } from "./random.ts";
import { findPiece } from "./readings.ts";

export interface HuntResult {
  readonly cases: number;
  /** Cases by what they printed, for the reader who asks what was tried. */
  readonly byEncoder: ReadonlyMap<string, number>;
  /** One line each. */
  readonly escapes: readonly string[];
}

/** Values of one run, and how many cases are made of them: building the automaton is what takes time. */
const VALUES = 5;
const CASES = 250;

/** Tries `count` cases; the same seed tries the same ones. */
export async function huntInProcess(count: number, seed: number): Promise<HuntResult> {
  const byEncoder = new Map<string, number>();
  const escapes: string[] = [];
  for (let done = 0, round = 0; done < count; round++) {
    const random = new Random(seed + round);
    const values = makeValues(random, VALUES);
    const matchers = buildMatchers(buildPatterns(values).patterns);
    for (let at = 0; at < CASES && done < count; at++, done++) {
      const tried = makeCase(values, random);
      const piece = findPiece(await shownOf(tried, matchers), tried.part, tried.encoder.reading);
      byEncoder.set(tried.encoder.name, (byEncoder.get(tried.encoder.name) ?? 0) + 1);
      if (piece !== undefined) escapes.push(`seed ${seed + round}, case ${at}: ${describeCase(tried)}`);
    }
  }
  return { cases: count, byEncoder, escapes };
}

/** What the caller sees of both streams, in the order in which it is sent. */
async function shownOf(tried: HuntCase, matchers: Matchers): Promise<Uint8Array> {
  const shown: Uint8Array[] = [];
  const output = buildOutput(matchers, shown);
  for (const [at, piece] of tried.pieces.entries()) await output.write(streamOf(tried, at), piece);
  await output.end(STDOUT);
  await output.end(STDERR);
  return new Uint8Array(shown.flatMap((bytes) => [...bytes]));
}

function buildOutput(matchers: Matchers, shown: Uint8Array[]): RedactedOutput {
  const keep = (_: OutputStream, bytes: Uint8Array) => {
    shown.push(bytes.slice());
    return Promise.resolve();
  };
  return new RedactedOutput(matchers, keep, () => {});
}

function streamOf({ route }: HuntCase, at: number): OutputStream {
  if (route === "both") return at === 0 ? STDOUT : STDERR;
  return route === "stdout" ? STDOUT : STDERR;
}
