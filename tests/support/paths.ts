/** Paths and temporary folders of tests. */

import { fileURLToPath } from "node:url";

export function fromFileUrl(url: URL): string {
  return fileURLToPath(url);
}

/**
 * Runs `work` with a fresh folder that is gone afterwards, whatever happens. Short names: a socket must fit in.
 * `within` is the machine's folder for temporary files where it is left out.
 */
export async function withTempDir<T>(work: (path: string) => Promise<T>, within?: string): Promise<T> {
  const path = await Deno.makeTempDir({ prefix: "cx-", ...(within === undefined ? {} : { dir: within }) });
  try {
    return await work(path);
  } finally {
    await Deno.remove(path, { recursive: true });
  }
}
