/**
 * `deno run -A packaging/release.ts FOLDER [TARGET…]`: all that a release uploads: an archive for each target, the signed list of
 * daemons, what is inside, and the sums. Without `RELEASE_SIGNING_KEY` there is no list.
 */

import { writeArchive } from "./archive.ts";
import { currentCommit } from "./commit.ts";
import { checkTypes, compilePrograms } from "./programs.ts";
import { spdxTime } from "./sbom.ts";
import { parseTarget, type Target, TARGETS } from "./targets.ts";
import { sumLines } from "./sums.ts";

async function build(target: Target, folder: string, commit: string): Promise<string> {
  const programs = `${folder}/.programs/${target}`;
  await Deno.mkdir(programs, { recursive: true });
  await compilePrograms({ folder: programs, target, commit });
  await writeArchive(programs, target, folder);
  return `${target}=${programs}/cortex-daemon`;
}

async function saveOutput(file: string, args: readonly string[]): Promise<void> {
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", ...args],
    stdin: "null",
    stderr: "inherit",
  }).output();
  if (!success) throw new Error(`${file} was not made`);
  await Deno.writeFile(file, stdout);
}

/** Of the commit, so that what is made from it does not depend on when. */
async function commitTime(): Promise<string> {
  const { stdout } = await new Deno.Command("git", { args: ["log", "-1", "--format=%ct"], stdin: "null" })
    .output();
  return spdxTime(Number(new TextDecoder().decode(stdout).trim()));
}

const [first, ...named] = Deno.args;
if (first === undefined) throw new Error("name the folder of the release");
await Deno.mkdir(first, { recursive: true });
const folder = await Deno.realPath(first);
const commit = await currentCommit();
const targets = named.length === 0 ? TARGETS : named.map(parseTarget);
await checkTypes();
const daemons: string[] = [];
for (const target of targets) daemons.push(await build(target, folder, commit));
if ((Deno.env.get("RELEASE_SIGNING_KEY") ?? "") === "") {
  console.log("RELEASE_SIGNING_KEY is not set: no list of daemons");
} else await saveOutput(`${folder}/allowed-daemons.json`, ["packaging/allowed_daemons.ts", ...daemons]);
await saveOutput(`${folder}/sbom.spdx.json`, ["packaging/sbom.ts", commit, await commitTime()]);
await Deno.copyFile("packaging/install.sh", `${folder}/install.sh`);
await Deno.remove(`${folder}/.programs`, { recursive: true });
await Deno.writeTextFile(`${folder}/SHA256SUMS`, await sumLines(folder));
