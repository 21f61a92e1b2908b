/** The server under load: releases, releases from a large vault, durable stores, boot and memory. */

import { WireAgent } from "../support/wire_agent.ts";
import { expectOk } from "../support/wire_agent.ts";
import { withTempDir } from "../support/paths.ts";
import { World } from "../support/world.ts";
import { atLeast, type Figure, figure, median, under } from "./figures.ts";
import { loadRelease, type LoadResult, loadStore } from "./load.ts";

const PROJECT = "bench";
const NAMES = Array.from({ length: 10 }, (_, index) => `KEY_${index}`);
const LINES_PER_IMPORT = 10_000;

/** Fills the vault up to `count` secrets besides the ten of the project. */
async function fill(world: World, from: number, count: number): Promise<void> {
  for (let start = from; start < count; start += LINES_PER_IMPORT) {
    const length = Math.min(LINES_PER_IMPORT, count - start);
    const content = Array.from(
      { length },
      (_, index) => `FILLER_${start + index}=value-of-filler-${start + index}`,
    );
    await expectOk(world.admin("POST", "/admin/secrets/bulk", { content: content.join("\n") }));
  }
}

async function grantTen(world: World): Promise<void> {
  for (const name of NAMES) {
    const body = {
      key_path: name.toLowerCase(),
      secret_type: "KEY_VALUE",
      value: `the-value-of-${name}-in-some-length`,
    };
    const { id } = (await expectOk(world.admin("POST", "/admin/secrets", body))).json();
    await expectOk(world.admin("POST", `/admin/projects/${PROJECT}/grants`, { secret_id: id }));
  }
}

function noFailures(result: LoadResult): LoadResult {
  if (result.failed > 0) throw new Error(`${result.failed} of ${result.requests} requests failed`);
  return result;
}

const perSecond = (result: LoadResult) => result.requests / result.seconds;

async function residentMiB(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
}

async function bootMilliseconds(world: World): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 7; round++) {
    const started = performance.now();
    await world.startServer({ CORTEX_KEK_ARGON2: "m=8MiB,t=1,p=1" });
    times.push(performance.now() - started);
    await world.stopServer();
  }
  return median(times);
}

/** Every figure of the server, on one vault that grows. */
export async function benchServer(): Promise<Figure[]> {
  return await withTempDir(async (folder) => {
    await using world = new World({ folder });
    await world.startServer();
    const agent = await WireAgent.enrol(world, "bench-agent");
    await grantTen(world);
    await fill(world, 0, 1_000);
    const token = await agent.obtainToken(PROJECT, NAMES);
    const load = (connections: number, seconds: number, most: number) =>
      loadRelease(world, agent, PROJECT, token, { connections, seconds, most });

    await load(32, 2, 30_000);
    const small = noFailures(await load(32, 8, 80_000));
    const single = noFailures(await load(1, 4, 20_000));
    const stores = noFailures(await loadStore(world, "a", { connections: 16, seconds: 6 }));
    await fill(world, 1_000, 100_000);
    const large = noFailures(await load(32, 8, 80_000));
    await world.stopServer();
    return [
      figure("release of ten secrets, 32 connections", perSecond(small), "/s", atLeast(3_000)),
      figure("  its p99", small.p99_ms, "ms", under(25)),
      figure("release of ten secrets, 1 connection, p50", single.p50_ms, "ms", under(3)),
      figure(
        "release with 100,000 secrets stored, slow-down",
        perSecond(small) / perSecond(large),
        "x",
        under(1.3),
      ),
      figure("durable POST /admin/secrets, 16 connections", perSecond(stores), "/s", atLeast(1_000)),
    ];
  });
}

/** Boot time and idle memory of a vault with 10,000 secrets. */
export async function benchBoot(): Promise<Figure[]> {
  return await withTempDir(async (folder) => {
    await using world = new World({ folder });
    await world.startServer();
    await fill(world, 0, 10_000);
    await world.stopServer();
    const boot = await bootMilliseconds(world);
    await world.startServer();
    await expectOk(world.api("GET", "/readyz"));
    const memory = await residentMiB(world.server?.pid ?? 0);
    return [
      figure("server boot, tiny KDF, 10,000 secrets, p50", boot, "ms", under(300)),
      figure("idle memory with 10,000 secrets", memory, "MiB", under(130)),
    ];
  });
}
