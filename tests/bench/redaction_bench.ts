/** How fast ordinary output passes the redactor, in one process: by the time on a core, whatever else the machine does. */

import { cpuUsage } from "node:process";
import { buildMatchers } from "../../daemon/redaction/matcher.ts";
import { buildPatterns } from "../../daemon/redaction/patterns.ts";
import { Redactor } from "../../daemon/redaction/redactor.ts";
import { readSource, sourceFiles } from "../support/source_files.ts";
import { atLeast, type Figure, figure, median } from "./figures.ts";

const VALUES = 50;
const CHUNK = 64 * 1024;
const ROUNDS = 7;

/** Values as keys look, with characters that every encoding changes. */
function values() {
  return Array.from({ length: VALUES }, (_, index) => ({
    name: `KEY_${index}`,
    value: new TextEncoder().encode(`sk-${crypto.randomUUID()}/+"${index}`),
  }));
}

async function ordinaryOutput(): Promise<Uint8Array> {
  const files = await Promise.all((await sourceFiles(["server", "daemon", "cli", "shared"])).map(readSource));
  return new TextEncoder().encode(files.join("").repeat(24));
}

function secondsFor(output: Uint8Array, redactor: Redactor): number {
  const started = cpuUsage();
  for (let at = 0; at < output.length; at += CHUNK) redactor.push(output.subarray(at, at + CHUNK));
  redactor.end();
  return cpuUsage(started).user / 1e6;
}

/** Throughput with fifty values in all their encodings, and what a run pays for five. */
export async function benchRedaction(): Promise<Figure[]> {
  const output = await ordinaryOutput();
  const matchers = buildMatchers(buildPatterns(values()).patterns);
  const seconds = Array.from({ length: ROUNDS }, () => secondsFor(output, new Redactor(matchers)));
  const builds = Array.from({ length: ROUNDS }, () => {
    const started = cpuUsage();
    buildMatchers(buildPatterns(values().slice(0, 5)).patterns);
    return cpuUsage(started).user / 1_000;
  });
  return [
    figure(
      "redaction of ordinary output, 50 values",
      output.length / 1024 ** 2 / median(seconds),
      "MiB/s",
      atLeast(200),
    ),
    figure("  what a run with 5 values pays before its start", median(builds), "ms"),
  ];
}
