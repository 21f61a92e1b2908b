/** `cortex run -- true` with a warm daemon, and where its time goes. */

import { EXIT } from "../../shared/errors.ts";
import { withTempDir } from "../support/paths.ts";
import { programCommand } from "../support/programs.ts";
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

async function prepare(world: World): Promise<void> {
  await world.startServer();
  const { id } = (await world.admin("POST", "/admin/secrets", {
    key_path: "api_key",
    secret_type: "KEY_VALUE",
    value: "value-of-the-only-key",
  })).json();
  await world.admin("POST", "/admin/projects/bench/grants", { secret_id: id });
  await world.login("bench-agent");
  await world.startDaemon();
  const first = await world.cortex(["run", "--project", "bench", "--", "true"]);
  if (first.code !== EXIT.pendingApproval) {
    throw new Error(`The first run ended with ${first.code}: ${first.stderr}`);
  }
  const [grant] = (await world.admin("GET", "/admin/pending-grants")).json<{ id: string }[]>();
  await world.admin("POST", `/admin/pending-grants/${grant?.id}/approve`, {});
}

/** The wrapper's whole cost, that of its parts, and that of a direct run. */
export async function benchRun(): Promise<Figure[]> {
  return await withTempDir(async (folder) => {
    await using world = new World({ folder });
    await prepare(world);
    const env = await world.environment();
    const time = (command: readonly string[]) => milliseconds(command, env, folder);
    const cortex = programCommand("cortex");
    const direct = await time(["true"]);
    const start = await time([...cortex, "version"]);
    const socket = await time([...cortex, "status"]);
    const whole = await time([...cortex, "run", "--project", "bench", "--", "true"]);
    const compiled = Deno.env.get("CORTEX_PROGRAMS")
      ? "compiled"
      : "from source: set CORTEX_PROGRAMS for compiled ones";
    return [
      { ...figure("cortex run -- true, daemon warm, p50", whole, "ms", under(60)), note: compiled },
      figure("  of it: starting the program (cortex version)", start, "ms"),
      figure("  of it: the socket and a status answer", socket - start, "ms"),
      figure("  of it: server, spawn and streams", whole - socket, "ms"),
      figure("  a direct run of true", direct, "ms"),
    ];
  });
}
