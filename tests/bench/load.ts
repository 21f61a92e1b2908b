/** Load from a second process: `wrk`, one thread, so that the server keeps the other core. */

import { sha256Hex } from "../../shared/crypto/hash.ts";
import type { WireAgent } from "../support/wire_agent.ts";
import type { World } from "../support/world.ts";

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  /** Answers that were not 2xx or 3xx, and connection errors. */
  readonly failed: number;
}

export interface LoadOptions {
  readonly connections: number;
  readonly seconds: number;
}

const scriptPath = (name: string) => new URL(name, import.meta.url).pathname;

async function wrk(script: string, url: string, args: string[], options: LoadOptions): Promise<LoadResult> {
  const { stdout, stderr, success } = await new Deno.Command("wrk", {
    args: [
      "-t1",
      `-c${options.connections}`,
      `-d${options.seconds}s`,
      "--latency",
      "-s",
      scriptPath(script),
      url,
      "--",
      ...args,
    ],
    stdout: "piped",
    stderr: "piped",
  }).output();
  const text = new TextDecoder().decode(stdout);
  const match = /^RESULT (.*)$/m.exec(text);
  if (!success || !match?.[1]) throw new Error(`wrk failed: ${new TextDecoder().decode(stderr)}${text}`);
  return JSON.parse(match[1]);
}

/** Reads ten secrets again and again, each request attested anew. `most` bounds how many are signed beforehand. */
export async function loadRelease(
  world: World,
  agent: WireAgent,
  project: string,
  token: string,
  options: LoadOptions & { readonly most: number },
): Promise<LoadResult> {
  const path = `/project/secrets/${project}`;
  const authTokenId = sha256Hex(token);
  const headers = Array.from({ length: options.most }, () => agent.attestation("GET", path, authTokenId));
  const file = `${world.folder}/headers.txt`;
  await Deno.writeTextFile(file, headers.join("\n"));
  return await wrk("release.lua", world.url, [token, path, file], options);
}

/** Stores new secrets, each durable before its answer. */
export function loadStore(world: World, run: string, options: LoadOptions): Promise<LoadResult> {
  return wrk("store.lua", world.url, [world.adminToken, run], options);
}
