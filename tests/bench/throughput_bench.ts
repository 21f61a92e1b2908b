/** How fast a program's output comes through: `cat` of a large file by itself and under `cortex run`, on pipes and on a terminal. */

import { MINUTE } from "../../shared/clock.ts";
import { prepareMainJob, PROJECT } from "../support/main_job.ts";
import { withTempDir } from "../support/paths.ts";
import { programCommand } from "../support/programs.ts";
import { readSource, sourceFiles } from "../support/source_files.ts";
import { World } from "../support/world.ts";
import { type Figure, figure, median } from "./figures.ts";

const ROUNDS = 5;
const MIB = 1024 ** 2;
/** `CORTEX_BENCH_MIB=1024` for the gigabyte that the design speaks of. */
const SIZE = Number(Deno.env.get("CORTEX_BENCH_MIB") ?? 256) * MIB;

/** Seconds of a shell command whose output goes through a pipe to `cat`, or to a terminal that `script` makes. */
async function seconds(
  command: string,
  way: "pipe" | "terminal",
  env: Record<string, string>,
  cwd: string,
): Promise<number> {
  const line = way === "pipe"
    ? `${command} | cat >/dev/null`
    : `script -qec '${command}' /dev/null >/dev/null`;
  const started = performance.now();
  const { success, stderr } = await new Deno.Command("bash", {
    args: ["-c", `set -o pipefail; ${line}`],
    env: { ...env, TERM: "xterm-256color", SHELL: "/bin/sh" },
    clearEnv: true,
    cwd,
    stdin: "null",
  }).output();
  if (!success) throw new Error(`${command} failed: ${new TextDecoder().decode(stderr)}`);
  return (performance.now() - started) / 1_000;
}

async function writeText(path: string): Promise<void> {
  const files = await Promise.all((await sourceFiles(["server", "daemon", "cli", "shared"])).map(readSource));
  const text = new TextEncoder().encode(files.join(""));
  using file = await Deno.open(path, { write: true, create: true });
  for (let left = SIZE; left > 0; left -= text.length) await file.write(text.subarray(0, left));
}

/** MiB/s of both, in turn, so that a noisy machine is noisy for both. */
async function compare(
  way: "pipe" | "terminal",
  cortex: string,
  env: Record<string, string>,
  cwd: string,
): Promise<Figure[]> {
  const times: { readonly direct: number; readonly wrapped: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const direct = await seconds("cat large", way, env, cwd);
    times.push({ direct, wrapped: await seconds(`${cortex} cat large`, way, env, cwd) });
  }
  const speed = (of: (time: typeof times[number]) => number) => SIZE / MIB / median(times.map(of));
  const share = 100 * median(times.map(({ direct, wrapped }) => direct / wrapped));
  return [
    figure(`cat of ${SIZE / MIB} MiB to a ${way}, direct`, speed(({ direct }) => direct), "MiB/s"),
    figure("  under cortex run", speed(({ wrapped }) => wrapped), "MiB/s", {
      note: `${share.toFixed(0)} % of direct`,
    }),
  ];
}

export async function benchThroughput(): Promise<Figure[]> {
  return await withTempDir(async (folder) => {
    await using world = new World({ folder, hangingMs: 30 * MINUTE });
    await prepareMainJob(world, { api_key: "value-of-the-only-key" });
    await writeText(`${folder}/large`);
    const env = await world.environment();
    const cortex = [...programCommand("cortex"), "run", "--project", PROJECT, "--"].join(" ");
    return [...await compare("pipe", cortex, env, folder), ...await compare("terminal", cortex, env, folder)];
  });
}
