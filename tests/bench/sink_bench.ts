/** What a second sink costs: releases with the audit file, and with one that must have each row first, against none. */

import { withTempDir } from "../support/paths.ts";
import { expectOk, WireAgent } from "../support/wire_agent.ts";
import { World } from "../support/world.ts";
import { atLeast, type Figure, figure, median } from "./figures.ts";
import { loadRelease } from "./load.ts";

const PROJECT = "bench";
const NAMES = Array.from({ length: 10 }, (_, index) => `KEY_${index}`);
const ROUNDS = 3;

interface Setting {
  readonly name: string;
  readonly env: (folder: string) => Readonly<Record<string, string>>;
}

const NONE: Setting = { name: "none", env: () => ({}) };
const FILE: Setting = { name: "file", env: (folder) => ({ CORTEX_AUDIT_FILE: `${folder}/audit.jsonl` }) };
const REQUIRED: Setting = {
  name: "required",
  env: (folder) => ({ ...FILE.env(folder), CORTEX_AUDIT_SINKS_REQUIRED: "file" }),
};

async function grantTen(world: World): Promise<void> {
  for (const name of NAMES) {
    const body = { key_path: name.toLowerCase(), secret_type: "KEY_VALUE", value: `the-value-of-${name}` };
    const { id } = (await expectOk(world.admin("POST", "/admin/secrets", body))).json();
    await expectOk(world.admin("POST", `/admin/projects/${PROJECT}/grants`, { secret_id: id }));
  }
}

/** Releases a second, on a server and a folder of its own. */
async function throughput({ env }: Setting): Promise<number> {
  return await withTempDir(async (folder) => {
    await using world = new World({ folder, serverEnv: env(folder) });
    await world.startServer();
    const agent = await WireAgent.enrol(world, "bench-agent");
    await grantTen(world);
    const token = await agent.obtainToken(PROJECT, NAMES);
    const load = (seconds: number, most: number) =>
      loadRelease(world, agent, PROJECT, token, { connections: 32, seconds, most });
    await load(2, 20_000);
    const { requests, seconds, failed } = await load(4, 40_000);
    if (failed > 0) throw new Error(`${failed} of ${requests} releases failed`);
    return requests / seconds;
  });
}

/** The settings take turns, so that what else the machine does falls on all of them. */
export async function benchSinks(): Promise<Figure[]> {
  const measured = new Map<Setting, number[]>([NONE, FILE, REQUIRED].map((setting) => [setting, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [setting, figures] of measured) figures.push(await throughput(setting));
  }
  const of = (setting: Setting) => median(measured.get(setting) ?? []);
  return [
    figure("release of ten secrets, no sink", of(NONE), "/s"),
    figure("  with the audit file, ratio", of(FILE) / of(NONE), "x", atLeast(0.7)),
    figure("  with the audit file required, ratio", of(REQUIRED) / of(NONE), "x", atLeast(0.6)),
  ];
}
