/**
 * `deno task test`: runs every test file and ends with one line, `N passed, N failed`.
 *
 * Tests that start real programs, or count the descriptors of their own process, get a process for each file. The others
 * share one, a few neighbours at a time: loading the server anew takes longer than most of them. The programs are
 * started from bundles that are made once.
 * Arguments are passed on to the test runner (`deno task test --filter chain`), paths narrow what is run.
 */

import { writeBundledCheckout } from "./support/bundles.ts";
import { withTempDir } from "./support/paths.ts";
import { ROOT, sourceFiles } from "./support/source_files.ts";

const OWN_PROCESS = ["tests/shared/os/", "tests/daemon/", "tests/e2e/", "tests/docs/", "tests/browser/"];

/** What takes longest begins first, by itself, so that no lane is left with it alone at the end. */
const LONGEST = [
  "tests/docs/commands_test.ts",
  "tests/server/services/keys/kek_rotation_crash_test.ts",
  "tests/browser/pages_test.ts",
  "tests/e2e/attacker_start_test.ts",
  "tests/e2e/terminal_test.ts",
  "tests/e2e/main_job_test.ts",
  "tests/e2e/bound_commands_test.ts",
  "tests/e2e/attacker_test.ts",
  "tests/e2e/deliveries_test.ts",
  "tests/e2e/sign_test.ts",
  "tests/e2e/leak_hunt_test.ts",
  "tests/server/identity/token_confusion_test.ts",
  "tests/e2e/template_render_test.ts",
  "tests/browser/docs_test.ts",
  "tests/server/commands/restore_test.ts",
  "tests/server/boot/process_test.ts",
  "tests/server/boot/recovery_test.ts",
];

/** Half of the time a test of programs waits for one of them. */
const LANES = Math.min(8, 2 * navigator.hardwareConcurrency);

/** How many files share a process. */
const NEIGHBOURS = 8;

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

/** The counts of the runner's own summary lines; a run that ends without one has failed. */
function readTally(output: string, success: boolean): Tally {
  const tally = [...output.matchAll(/^(?:ok|FAILED) \| (\d+) passed.*?\| (\d+) failed/gm)]
    .map(([, passed, failed]) => ({ passed: Number(passed), failed: Number(failed) }))
    .reduce(sum, NOTHING);
  return success || tally.failed > 0 ? tally : { ...tally, failed: 1 };
}

/** Runs files in one process; shows what their tests printed when they are over, so that jobs do not mix. */
async function runJob(paths: readonly string[], folder: string, flags: readonly string[]): Promise<Tally> {
  const file = paths.length === 1 ? paths.join() : await writeImports(paths, folder);
  const args = ["test", "-A", "--no-check", "--quiet", "--config=deno.json", PRELOADED, ...flags, file];
  const child = new Deno.Command(Deno.execPath(), {
    args,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
    env: { NO_COLOR: "1" },
  });
  const { stdout, success } = await child.output();
  const output = new TextDecoder().decode(stdout);
  console.log(paths.length === 1 ? output : `${paths.join("\n")}\n${output}`);
  return readTally(output, success);
}

/** One module that is all of these; gives its path. */
async function writeImports(paths: readonly string[], folder: string): Promise<string> {
  const file = `${folder}/${paths[0]?.replaceAll("/", "_")}`;
  await Deno.writeTextFile(file, paths.map((path) => `import "${new URL(path, ROOT)}";\n`).join(""));
  return file;
}

async function runJobs(
  jobs: readonly (readonly string[])[],
  folder: string,
  flags: readonly string[],
): Promise<Tally> {
  const waiting = [...jobs];
  const lane = async () => {
    let tally = NOTHING;
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      tally = sum(tally, await runJob(job, folder, flags));
    }
    return tally;
  };
  return (await Promise.all(Array.from({ length: LANES }, lane))).reduce(sum);
}

/** The files by who shares a process, in the order of their start. */
function jobsOf(files: readonly string[]): readonly (readonly string[])[] {
  const first = LONGEST.filter((path) => files.includes(path));
  const rest = files.filter((path) => !first.includes(path));
  const own = rest.filter((path) => OWN_PROCESS.some((folder) => path.startsWith(folder)));
  const sharing = rest.filter((path) => !own.includes(path));
  const groups = Array.from(
    { length: Math.ceil(sharing.length / NEIGHBOURS) },
    (_, at) => sharing.slice(at * NEIGHBOURS, (at + 1) * NEIGHBOURS),
  );
  return [...first.map((path) => [path]), ...groups, ...own.map((path) => [path])];
}

/** The test files below the paths that were named, or all. */
async function testFiles(named: readonly string[]): Promise<string[]> {
  const files = (await sourceFiles(["tests"])).filter((path) => path.endsWith("_test.ts"));
  return named.length === 0 ? files : files.filter((path) => named.some((start) => path.startsWith(start)));
}

/**
 * Runs `work` with what its tests need: bundles of the programs in `CORTEX_BUNDLES`, which they start unless compiled ones
 * are given, and an empty folder for temporary files. A file that is left there counts as a failure. `work` gets a folder
 * for modules of its own.
 */
async function withFolders(work: (modules: string) => Promise<Tally>): Promise<Tally> {
  // Not the machine's own folder: on a Mac its name is so long that no socket fits in.
  return await withTempDir(async (folder) => {
    // The tests of attackers go through it as another user.
    await Deno.chmod(folder, 0o711);
    for (const name of ["bundles", "modules", "tmp"]) await Deno.mkdir(`${folder}/${name}`);
    await writeBundledCheckout(`${folder}/bundles`);
    Deno.env.set("CORTEX_BUNDLES", `${folder}/bundles`);
    Deno.env.set("TMPDIR", `${folder}/tmp`);
    const tally = await work(`${folder}/modules`);
    return sum(tally, { passed: 0, failed: sayLeftovers(`${folder}/tmp`) });
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
const total = await withFolders((modules) => runJobs(jobsOf(files), modules, flags));
console.log(`\n${total.passed} passed, ${total.failed} failed`);
Deno.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
