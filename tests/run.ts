/**
 * `deno task test`: runs every test file and ends with one line, `N passed, N failed`.
 *
 * Tests that start real programs, or count the descriptors of their own process, run one after another; the rest share the
 * cores, and with them the process.
 * Arguments are passed on to the test runner (`deno task test --filter chain`), paths narrow what is run.
 */

import { sourceFiles } from "./support/source_files.ts";

const ALONE = ["tests/shared/os/", "tests/daemon/", "tests/e2e/", "tests/docs/", "tests/browser/"];

interface Tally {
  passed: number;
  failed: number;
}

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
  const tally = { passed: 0, failed: 0 };
  for (const [, passed, failed] of output.matchAll(/^(?:ok|FAILED) \| (\d+) passed.*?\| (\d+) failed/gm)) {
    tally.passed += Number(passed);
    tally.failed += Number(failed);
  }
  if (!success && tally.failed === 0) tally.failed = 1;
  return tally;
}

async function runGroup(paths: string[], flags: string[]): Promise<Tally> {
  if (paths.length === 0) return { passed: 0, failed: 0 };
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--no-check", "--quiet", ...flags, ...paths],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
    env: { NO_COLOR: "1" },
  }).spawn();
  const [output, status] = await Promise.all([passOn(child.stdout), child.status]);
  return readTally(output, status.success);
}

/** The test files below the paths that were named, or all. */
async function testFiles(named: readonly string[]): Promise<string[]> {
  const files = (await sourceFiles(["tests"])).filter((path) => path.endsWith("_test.ts"));
  return named.length === 0 ? files : files.filter((path) => named.some((start) => path.startsWith(start)));
}

const files = await testFiles(Deno.args.filter((argument) => argument.startsWith("tests/")));
const flags = Deno.args.filter((argument) => !argument.startsWith("tests/"));
const runsAlone = (path: string) => ALONE.some((folder) => path.startsWith(folder));

const shared = await runGroup(files.filter((path) => !runsAlone(path)), ["--parallel", ...flags]);
const alone = await runGroup(files.filter(runsAlone), flags);
const total = { passed: shared.passed + alone.passed, failed: shared.failed + alone.failed };
console.log(`\n${total.passed} passed, ${total.failed} failed`);
Deno.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
