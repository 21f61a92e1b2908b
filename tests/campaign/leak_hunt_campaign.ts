/**
 * The leak hunt: values in every form that programs print them in, cut at random, on both outputs and on a terminal. No piece of any
 * may come through, and nothing else may be touched.
 */

import { withTempDir } from "../support/paths.ts";
import { huntInProcess } from "./leak_hunt/in_process.ts";
import { passOrdinaryOutput } from "./leak_hunt/ordinary.ts";
import { huntInReality } from "./leak_hunt/real.ts";

export interface HuntCampaign {
  /** Tried inside one process, and printed by real children. */
  readonly cases: number;
  readonly realCases: number;
  /** Bytes of each kind of ordinary output. */
  readonly ordinary: number;
  readonly seed: number;
}

export interface HuntFigures {
  readonly seed: number;
  readonly cases: number;
  readonly realCases: number;
  readonly encodings: number;
  readonly ordinaryFiles: number;
  readonly ordinaryMiB: number;
  readonly seconds: number;
  readonly escapes: readonly string[];
  readonly falseHits: readonly string[];
}

/** The whole hunt. */
export async function huntLeaks({ cases, realCases, ordinary, seed }: HuntCampaign): Promise<HuntFigures> {
  const from = performance.now();
  const passed = await passOrdinaryOutput(ordinary, seed);
  const real = await withTempDir((folder) => huntInReality(folder, realCases, seed));
  const inside = await huntInProcess(cases, seed);
  return {
    seed,
    cases: inside.cases,
    realCases: real.cases,
    encodings: inside.byEncoder.size,
    ordinaryFiles: passed.files,
    ordinaryMiB: Math.round(passed.bytes / 1024 ** 2),
    seconds: Math.round((performance.now() - from) / 1_000),
    escapes: [...real.escapes, ...inside.escapes],
    falseHits: passed.falseHits,
  };
}
