/**
 * `deno task campaign NAME`: what takes too long for every run of the tests.
 *
 * - `rotation [SECRETS] [sample]`: 100,000 secrets, 16 clients, one rotation of the key: no request may fail and nothing may be lost.
 * - `leak-hunt [CASES] [SEED]`: 100,000 prints of values in all forms: none may come through, and nothing else may be touched.
 * - `daemon-fuzz [CASES] [SEED]`: 20,000 pieces of nonsense for each of the daemon's sockets: it answers clearly, and goes on serving.
 */

import { withTempDir } from "../support/paths.ts";
import { fuzzDaemon } from "./daemon_fuzz_campaign.ts";
import { huntLeaks } from "./leak_hunt_campaign.ts";
import { rotateUnderLoad } from "./rotation_campaign.ts";

/** What is printed, and what has gone wrong. */
interface Outcome {
  readonly figures: object;
  readonly failures: readonly string[];
}

async function rotation(secrets = "100000", sample = ""): Promise<Outcome> {
  const options = { secrets: Number(secrets), clients: 16, readAll: sample !== "sample" };
  const { failures, lost, ...figures } = await withTempDir((folder) =>
    rotateUnderLoad({ folder, ...options })
  );
  const counts = { failures: failures.length, lost: lost.length };
  return { figures: { secrets: options.secrets, ...figures, ...counts }, failures: [...failures, ...lost] };
}

async function leakHunt(
  cases = "100000",
  seed = String(crypto.getRandomValues(new Uint32Array(1))[0]),
): Promise<Outcome> {
  const wanted = { cases: Number(cases), realCases: Math.ceil(Number(cases) / 25), ordinary: 64 * 1024 ** 2 };
  console.error(`seed ${seed}`);
  const { escapes, falseHits, ...figures } = await huntLeaks({ ...wanted, seed: Number(seed) });
  const counts = { escapes: escapes.length, falseHits: falseHits.length };
  return { figures: { ...figures, ...counts }, failures: [...escapes, ...falseHits] };
}

async function daemonFuzz(
  cases = "20000",
  seed = String(crypto.getRandomValues(new Uint32Array(1))[0]),
): Promise<Outcome> {
  console.error(`seed ${seed}`);
  const { failures, ...figures } = await fuzzDaemon({ cases: Number(cases), seed: Number(seed) });
  return { figures: { ...figures, failures: failures.length }, failures };
}

const CAMPAIGNS: Readonly<Record<string, (...args: string[]) => Promise<Outcome>>> = {
  rotation,
  "leak-hunt": leakHunt,
  "daemon-fuzz": daemonFuzz,
};

const [name = "", ...args] = Deno.args;
const campaign = CAMPAIGNS[name];
if (campaign === undefined) {
  throw new Error(`No such campaign; there are ${Object.keys(CAMPAIGNS).join(", ")}`);
}
const { figures, failures } = await campaign(...args);
console.log(JSON.stringify(figures, null, 2));
for (const line of failures.slice(0, 20)) console.error(line);
Deno.exit(failures.length === 0 ? 0 : 1);
