/** Paths and temporary folders of tests. */

import { fileURLToPath } from "node:url";

export function fromFileUrl(url: URL): string {
  return fileURLToPath(url);
}

/** Runs `work` with a fresh folder that is gone afterwards, whatever happens. Short names: a socket must fit in. */
export async function withTempDir<T>(work: (path: string) => Promise<T>): Promise<T> {
  const path = await Deno.makeTempDir({ prefix: "cx-" });
  try {
    return await work(path);
  } finally {
    await Deno.remove(path, { recursive: true });
  }
}
