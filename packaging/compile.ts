/**
 * `deno task compile [folder] [--target=T]`: the three programs as single executables, each with exactly the permissions
 * that `deno.json` gives it.
 *
 * `DENO_COMPILE` names another Deno to compile with, and `DENORT_BIN` the base runtime to embed into, for machines
 * that cannot download one; Deno itself reads the latter.
 */

import { currentCommit } from "./commit.ts";
import { checkTypes, compilePrograms } from "./programs.ts";
import { parseTarget } from "./targets.ts";

const target = Deno.args.find((argument) => argument.startsWith("--target="))?.slice("--target=".length);
await checkTypes();
await compilePrograms({
  folder: Deno.args.find((argument) => !argument.startsWith("--")) ?? "dist",
  target: target === undefined ? undefined : parseTarget(target),
  commit: await currentCommit(),
});
