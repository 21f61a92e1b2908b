/**
 * `deno task campaign`: what takes too long for every run of the tests. 100,000 secrets, 16 clients, one rotation of the key:
 * no request may fail and nothing may be lost.
 */

import { withTempDir } from "../support/paths.ts";
import { rotateUnderLoad } from "./rotation_campaign.ts";

const secrets = Number(Deno.args[0] ?? 100_000);
const result = await withTempDir((folder) =>
  rotateUnderLoad({ folder, secrets, clients: 16, readAll: Deno.args[1] !== "sample" })
);
const { failures, lost, ...figures } = result;
console.log(JSON.stringify({ secrets, ...figures, failures: failures.length, lost: lost.length }, null, 2));
for (const line of [...failures, ...lost].slice(0, 10)) console.error(line);
Deno.exit(failures.length + lost.length === 0 ? 0 : 1);
