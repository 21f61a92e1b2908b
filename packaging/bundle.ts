/**
 * What a program is compiled from: a folder of its own with the bundle and the little of `deno.json` that the program needs,
 * all of one date, so that the compiled bytes do not depend on where and when they were made.
 *
 * What is imported where it is needed stays a file of its own, so that `cortex run` reads no more than it runs.
 */

import { run } from "./run.ts";

export interface Source {
  /** Its set of permissions in `deno.json`. */
  readonly profile: string;
  readonly main: string;
  /** Modules that are loaded by URL, next to the main one: bundled by themselves. */
  readonly workers: readonly string[];
}

/** Names of files in the folder. */
export interface Bundle {
  readonly main: string;
  readonly workers: readonly string[];
}

/** Writes the bundle of `source` into `folder`, which is empty. @throws Error where a step fails */
export async function writeBundle(source: Source, folder: string, commit: string): Promise<Bundle> {
  await bundle(source.main, "--code-splitting", `--outdir=${folder}`);
  await writeCommit(folder, commit);
  const workers = source.workers.map((path) => ({ path, name: baseName(path) }));
  for (const { path, name } of workers) await bundle(path, `--output=${folder}/${name}`);
  await writeConfig(folder, source.profile);
  for (const name of await filesIn(folder)) await Deno.utime(`${folder}/${name}`, 0, 0);
  return { main: "main.js", workers: workers.map(({ name }) => name) };
}

async function bundle(path: string, ...into: readonly string[]): Promise<void> {
  await run(Deno.execPath(), ["bundle", "--quiet", "--platform=deno", ...into, path]);
}

/** The one place that knows where the program was made from. */
async function writeCommit(folder: string, commit: string): Promise<void> {
  let places = 0;
  for (const name of await filesIn(folder)) {
    const text = await Deno.readTextFile(`${folder}/${name}`);
    const parts = text.split('"from source"');
    places += parts.length - 1;
    if (parts.length > 1) await Deno.writeTextFile(`${folder}/${name}`, parts.join(JSON.stringify(commit)));
  }
  if (places !== 1) throw new Error("the place of the commit is not in the bundle exactly once");
}

/** A bundle has its packages inside and imports nothing, from nowhere. */
async function writeConfig(folder: string, profile: string): Promise<void> {
  const { unstable, permissions } = JSON.parse(await Deno.readTextFile("deno.json"));
  const own = { unstable, permissions: { [profile]: { ...permissions[profile], import: { deny: true } } } };
  await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify(own));
}

async function filesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
}

/** Workers keep their name: the bundle looks for them beside itself. */
function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
