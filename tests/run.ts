/**
 * `deno task test`: runs every test file and ends with one line, `N passed, N failed`.
 *
 * Tests that start real programs, or count the descriptors of their own process, get a process for each file, some at a
 * time; the rest share one process and all its cores. The programs are started from bundles that are made once.
 * Arguments are passed on to the test runner (`deno task test --filter chain`), paths narrow what is run.
 */

import { writeBundledCheckout } from "./support/bundles.ts";
import { withTempDir } from "./support/paths.ts";
import { sourceFiles } from "./support/source_files.ts";

const OWN_PROCESS = ["tests/shared/os/", "tests/daemon/", "tests/e2e/", "tests/docs/", "tests/browser/"];

/** For two cores: half of the time a test of programs waits for one of them. */
const LANES = 4;

/** What takes longest begins first, so that no lane is left with it alone at the end. */
const LONGEST = [
  "tests/docs/commands_test.ts",
  "tests/e2e/attacker_start_test.ts",
  "tests/e2e/attacker_test.ts",
  "tests/browser/pages_test.ts",
  "tests/e2e/terminal_test.ts",
  "tests/e2e/main_job_test.ts",
  "tests/e2e/bound_commands_test.ts",
  "tests/e2e/deliveries_test.ts",
  "tests/e2e/sign_test.ts",
  "tests/e2e/leak_hunt_test.ts",
];

const PRELOADED = "--preload=tests/support/draw_by_seed.ts";

interface Tally {
  readonly passed: number;
  readonly failed: number;
}

const NOTHING: Tally = { passed: 0, failed: 0 };

const sum = (one: Tally, other: Tally): Tally => ({
  passed: one.passed + other.passed,
  failed: one.failed + other.failed,
});

/** Copies a stream to standard output and gives back its text. */
async function passOn(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    await Deno.stdout.write(chunk);
    text += decoder.decode(chunk, { stream: true });
  }
  return text;
}

/** The counts of the runner's own summary lines; a run that ends without one has failed. */
function readTally(output: string, success: boolean): Tally {
  const tally = [...output.matchAll(/^(?:ok|FAILED) \| (\d+) passed.*?\| (\d+) failed/gm)]
    .map(([, passed, failed]) => ({ passed: Number(passed), failed: Number(failed) }))
    .reduce(sum, NOTHING);
  return success || tally.failed > 0 ? tally : { ...tally, failed: 1 };
}

function startTests(paths: readonly string[], flags: readonly string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--no-check", "--quiet", PRELOADED, ...flags, ...paths],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
    env: { NO_COLOR: "1" },
  }).spawn();
}

/** Shows what the tests print while they run. */
async function runShared(paths: readonly string[], flags: readonly string[]): Promise<Tally> {
  if (paths.length === 0) return NOTHING;
  const child = startTests(paths, ["--parallel", ...flags]);
  const [output, status] = await Promise.all([passOn(child.stdout), child.status]);
  return readTally(output, status.success);
}

/** Shows what a file's tests printed when they are over, so that files do not mix. */
async function runFile(path: string, flags: readonly string[]): Promise<Tally> {
  const child = startTests([path], flags);
  const [output, status] = await Promise.all([new Response(child.stdout).text(), child.status]);
  console.log(output);
  return readTally(output, status.success);
}

async function runEach(paths: readonly string[], flags: readonly string[]): Promise<Tally> {
  const first = LONGEST.filter((path) => paths.includes(path));
  const waiting = [...first, ...paths.filter((path) => !first.includes(path))];
  const lane = async () => {
    let tally = NOTHING;
    for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
      tally = sum(tally, await runFile(path, flags));
    }
    return tally;
  };
  return (await Promise.all(Array.from({ length: LANES }, lane))).reduce(sum);
}

/** The test files below the paths that were named, or all. */
async function testFiles(named: readonly string[]): Promise<string[]> {
  const files = (await sourceFiles(["tests"])).filter((path) => path.endsWith("_test.ts"));
  return named.length === 0 ? files : files.filter((path) => named.some((start) => path.startsWith(start)));
}

async function runAll(files: readonly string[], flags: readonly string[]): Promise<Tally> {
  const hasOwnProcess = (path: string) => OWN_PROCESS.some((folder) => path.startsWith(folder));
  const shared = await runShared(files.filter((path) => !hasOwnProcess(path)), flags);
  return sum(shared, await runEach(files.filter(hasOwnProcess), flags));
}

/**
 * Runs `work` with what its tests need: bundles of the programs in `CORTEX_BUNDLES`, which they start unless compiled ones
 * are given, and an empty folder for temporary files. A file that is left there counts as a failure.
 */
async function withFolders(work: () => Promise<Tally>): Promise<Tally> {
  // Not the machine's own folder: on a Mac its name is so long that no socket fits in.
  return await withTempDir(async (folder) => {
    // The tests of attackers go through it as another user.
    await Deno.chmod(folder, 0o711);
    for (const name of ["bundles", "tmp"]) await Deno.mkdir(`${folder}/${name}`);
    await writeBundledCheckout(`${folder}/bundles`);
    Deno.env.set("CORTEX_BUNDLES", `${folder}/bundles`);
    Deno.env.set("TMPDIR", `${folder}/tmp`);
    const left = (tally: Tally) => sum(tally, { passed: 0, failed: sayLeftovers(`${folder}/tmp`) });
    return left(await work());
  }, "/tmp");
}

/** Names what tests left behind; gives how many there are. */
function sayLeftovers(folder: string): number {
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
  if (names.length > 0) console.log(`\nleft behind in the folder for temporary files: ${names.join(", ")}`);
  return names.length;
}

const files = await testFiles(Deno.args.filter((argument) => argument.startsWith("tests/")));
const flags = Deno.args.filter((argument) => !argument.startsWith("tests/"));
const total = await withFolders(() => runAll(files, flags));
console.log(`\n${total.passed} passed, ${total.failed} failed`);
Deno.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
