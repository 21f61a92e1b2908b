/** Rotations of the key on a server that 16 clients keep busy. The large one is asked for by name: filling it takes minutes. */

import { rotateUnderLoad } from "../campaign/rotation_campaign.ts";
import { withTempDir } from "../support/paths.ts";
import { type Figure, figure, under } from "./figures.ts";

const CLIENTS = 16;

/** 100,000 secrets. */
export function benchRotation(): Promise<Figure[]> {
  return rotation(100_000, under(20));
}

/** 1,000,000 secrets. */
export function benchLargeRotation(): Promise<Figure[]> {
  return rotation(1_000_000, {});
}

async function rotation(secrets: number, target: Pick<Figure, "target">): Promise<Figure[]> {
  const options = { secrets, clients: CLIENTS, readAll: false };
  const result = await withTempDir((folder) => rotateUnderLoad({ folder, ...options }));
  const { failures, lost, seconds, rows, meanwhile, before } = result;
  if (failures.length + lost.length > 0) {
    throw new Error(`${failures.length} requests failed and ${lost.length} values were lost`);
  }
  const what = `rotation of the key, ${secrets.toLocaleString("en")} secrets, ${CLIENTS} clients`;
  return [
    figure(what, seconds, "s", target),
    figure(`${what}: rows`, rows / seconds, "rows/s"),
    figure(`${what}: requests meanwhile, p50`, meanwhile.p50, "ms", {
      note: `${before.p50} ms before it`,
    }),
    figure(`${what}: requests meanwhile, p99`, meanwhile.p99, "ms", {
      note: `${before.p99} ms before it`,
    }),
  ];
}
