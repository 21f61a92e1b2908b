/**
 * `deno task bench`: real processes, real load, a table for people and `tests/output/bench.json` for programs. Machines
 * are noisy: compare figures of one run with each other, not with those of another day.
 */

import { ROOT } from "../support/source_files.ts";
import { benchAudit } from "./audit_bench.ts";
import { type Figure, formatTable } from "./figures.ts";
import { benchRedaction } from "./redaction_bench.ts";
import { benchLargeRotation, benchRotation } from "./rotation_bench.ts";
import { benchRun } from "./run_bench.ts";
import { benchBoot, benchServer } from "./server_bench.ts";
import { benchSinks } from "./sink_bench.ts";
import { benchThroughput } from "./throughput_bench.ts";

const SUITES: Readonly<Record<string, () => Promise<Figure[]>>> = {
  server: benchServer,
  boot: benchBoot,
  run: benchRun,
  redaction: benchRedaction,
  throughput: benchThroughput,
  sinks: benchSinks,
  audit: benchAudit,
  rotation: benchRotation,
};
/** Only by name: they take many minutes. */
const LARGE: typeof SUITES = { "rotation-million": benchLargeRotation };

const wanted = Deno.args.length > 0 ? Deno.args : Object.keys(SUITES);
const figures: Figure[] = [];
for (const name of wanted) {
  const suite = SUITES[name] ?? LARGE[name];
  if (suite === undefined) {
    throw new Error(`No such benchmark; there are ${Object.keys({ ...SUITES, ...LARGE }).join(", ")}`);
  }
  figures.push(...await suite());
}
await Deno.mkdir(new URL("tests/output/", ROOT), { recursive: true });
await Deno.writeTextFile(new URL("tests/output/bench.json", ROOT), `${JSON.stringify(figures, null, 2)}\n`);
console.log(formatTable(figures));
