/** `cortex run -- true` with a warm daemon, and where its time goes. */

import { prepareMainJob, PROJECT, storeAndGrant } from "../support/main_job.ts";
import { withTempDir } from "../support/paths.ts";
import { programCommand } from "../support/programs.ts";
import { expectOk, WireAgent } from "../support/wire_agent.ts";
import { World } from "../support/world.ts";
import { type Figure, figure, median, under } from "./figures.ts";

const ROUNDS = 40;

async function milliseconds(
  command: readonly string[],
  env: Record<string, string>,
  cwd: string,
): Promise<number> {
  const times: number[] = [];
  const [program = "", ...args] = command;
  for (let round = 0; round < ROUNDS; round++) {
    const started = performance.now();
    const { success, stderr } = await new Deno.Command(program, {
      args,
      env,
      clearEnv: true,
      cwd,
      stdin: "null",
      stdout: "null",
    })
      .output();
    if (!success) throw new Error(`${program} failed: ${new TextDecoder().decode(stderr)}`);
    times.push(performance.now() - started);
  }
  return median(times);
}

/** Median of {@linkcode ROUNDS} runs of `work`, in milliseconds. */
async function medianOf(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const started = performance.now();
    await work();
    times.push(performance.now() - started);
  }
  return median(times);
}

async function askStatus(world: World): Promise<void> {
  using connection = await Deno.connect({ transport: "unix", path: world.socketPath });
  await connection.write(new TextEncoder().encode('{"cmd":"status"}\n'));
  await new Response(connection.readable).text();
}

/** The wrapper's whole cost, that of its parts, and that of a direct run. */
export async function benchRun(): Promise<Figure[]> {
  return await withTempDir(async (folder) => {
    await using world = new World({ folder });
    await prepareMainJob(world, { api_key: "value-of-the-only-key" });
    const env = await world.environment();
    const time = (...command: string[]) => milliseconds(command, env, folder);
    const cortex = programCommand("cortex");
    const reader = await WireAgent.enrol(world, "reader");
    await storeAndGrant(world, "other_key", "value-of-another-key", "reads");
    const token = await reader.obtainToken("reads", ["OTHER_KEY"]);

    const direct = await time("true");
    const start = await time(...cortex, "run", "--help");
    const socket = await medianOf(() => askStatus(world));
    const server = await medianOf(() => expectOk(reader.readSecrets("reads", token)));
    const whole = await time(...cortex, "run", "--project", PROJECT, "--", "true");
    const compiled = Deno.env.get("CORTEX_PROGRAMS")
      ? "compiled"
      : "from source: set CORTEX_PROGRAMS for compiled ones";
    return [
      { ...figure("cortex run -- true, daemon warm, p50", whole, "ms", under(60)), note: compiled },
      figure("  of it: starting the program (cortex run --help)", start, "ms"),
      figure("  of it: the socket and one answer on it", socket, "ms"),
      figure("  of it: one attested read at the server", server, "ms"),
      figure("  of it: the rest: spawning, streams, the end", whole - start - socket - server, "ms"),
      figure("  for comparison: a direct run of true", direct, "ms"),
    ];
  });
}
