/**
 * The hunt through real processes: a vault, a daemon, `cortex run`, and a child that prints many cases one after another, with
 * pauses, on pipes and on a terminal. What `cortex` wrote is taken apart again and read.
 */

import { prepareMainJob, PROJECT } from "../../support/main_job.ts";
import { programCommand } from "../../support/programs.ts";
import { World } from "../../support/world.ts";
import { describeCase, type HuntCase, makeCase, makeValues } from "./cases.ts";
import type { HuntResult } from "./in_process.ts";
import { Random } from "./random.ts";
import { findPiece } from "./readings.ts";
import type { HuntedValue } from "./values.ts";

const VALUES = 12;

/** Reads a plan and prints it: each step is a descriptor, base64 of bytes, milliseconds to wait before. */
const PRINTER = `
import base64, json, os, sys, time
for line in open(sys.argv[1]):
    for fd, printed, wait in json.loads(line):
        if wait: time.sleep(wait / 1000)
        data = base64.b64decode(printed)
        while data: data = data[os.write(fd, data):]
`;

type Step = readonly [descriptor: number, printed: string, wait: number];
type Way = "pipes" | "terminal";

/** Tries `count` cases, half of them on a terminal, in a folder that the caller removes. */
export async function huntInReality(folder: string, count: number, seed: number): Promise<HuntResult> {
  const random = new Random(seed);
  // What a JSON answer and an environment cannot hold as a text is for the other hunt.
  const values = makeValues(random, VALUES * 4).filter(({ value }) => isEnvironmentText(value)).slice(
    0,
    VALUES,
  );
  await using world = new World({ folder });
  await prepareMainJob(
    world,
    Object.fromEntries(values.map(({ name, value }) => [name.toLowerCase(), textOf(value)])),
  );
  const byEncoder = new Map<string, number>();
  const escapes: string[] = [];
  for (const way of ["pipes", "terminal"] as const) {
    const cases = Array.from({ length: Math.ceil(count / 2) }, () => makeCase(values, random));
    escapes.push(...await huntOneWay(world, way, cases, random));
    for (const { encoder: { name } } of cases) byEncoder.set(name, (byEncoder.get(name) ?? 0) + 1);
  }
  return { cases: Math.ceil(count / 2) * 2, byEncoder, escapes };
}

async function huntOneWay(
  world: World,
  way: Way,
  cases: readonly HuntCase[],
  random: Random,
): Promise<string[]> {
  const plan = `${world.folder}/plan-${way}`;
  await Deno.writeTextFile(
    plan,
    cases.map((tried) => `${JSON.stringify(stepsOf(tried, way, random))}\n`).join(""),
  );
  const options = way === "terminal" ? ["--tty"] : [];
  const run = await runCortex(world, [...options, "--", "python3", "-c", PRINTER, plan]);
  const [out, err] = [casesIn(run.stdout, way === "pipes" ? 1 : 2), casesIn(run.stderr, 2)];
  if (out.length !== cases.length) {
    throw new Error(`${out.length} of ${cases.length} cases came out on ${way}`);
  }
  return cases.flatMap((tried, at) => {
    const shown = Uint8Array.from(`${out[at] ?? ""}${err[at] ?? ""}`, (char) => char.charCodeAt(0));
    const piece = findPiece(shown, tried.part, tried.encoder.reading);
    return piece === undefined ? [] : [`on ${way}, case ${at}: ${describeCase(tried)}`];
  });
}

async function runCortex(world: World, args: readonly string[]): Promise<Deno.CommandOutput> {
  const [program = "", ...first] = programCommand("cortex");
  const run = await new Deno.Command(program, {
    args: [...first, "run", "--project", PROJECT, ...args],
    env: await world.environment(),
    clearEnv: true,
    cwd: world.folder,
    stdin: "null",
  }).output();
  if (run.success) return run;
  throw new Error(
    `The printing child ended with ${run.code}: ${new TextDecoder().decode(run.stderr).slice(-500)}`,
  );
}

/** Ends a case on one of the outputs. No value has such bytes, which separate groups. */
const mark = (descriptor: number) => `\x1d${descriptor}\x1d`;

/**
 * Halves come on both outputs only where those are one terminal: what is written to two pipes has no order that anybody could rely
 * on, least of all the hunt. In process, where there is one, halves are tried on two streams.
 */
function stepsOf({ pieces, route }: HuntCase, way: Way, random: Random): Step[] {
  const steps = pieces.map((piece, index): Step => {
    const isOther = route === "stderr" || (route === "both" && way === "terminal" && index > 0);
    return [isOther ? 2 : 1, piece.toBase64(), random.chance(0.03) ? random.between(1, 4) : 0];
  });
  return [...steps, [1, btoa(mark(1)), 0], [2, btoa(mark(2)), 0]];
}

/** What came of each case, one character a byte. */
function casesIn(output: Uint8Array, descriptor: number): string[] {
  const text = new TextDecoder("latin1").decode(output).replaceAll("\r\n", "\n");
  return text.split(mark(descriptor)).slice(0, -1).map((shown) => shown.replace(mark(1), ""));
}

function isEnvironmentText(value: HuntedValue["value"]): boolean {
  try {
    return !new TextDecoder("utf-8", { fatal: true }).decode(value).includes("\0");
  } catch {
    return false;
  }
}

function textOf(value: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(value);
}
