/**
 * How to start the three programs: from source with the permissions of `deno.json`, from the bundles in the folder that
 * `CORTEX_BUNDLES` names (see `bundles.ts`), or the compiled ones in the folder that `CORTEX_PROGRAMS` names.
 */

import { PROGRAMS } from "../../packaging/programs.ts";
import { fromFileUrl } from "./paths.ts";
import { ROOT } from "./source_files.ts";

export type ProgramName = keyof typeof PROGRAMS;

/** The top of the checkout, without a slash at its end. */
export const ROOT_PATH = fromFileUrl(ROOT).replace(/\/$/, "");

/** Program and first arguments that start `name`. */
export function programCommand(name: ProgramName): string[] {
  const folder = Deno.env.get("CORTEX_PROGRAMS");
  if (folder) return [`${folder}/${name}`];
  return denoCommand(name, Deno.execPath(), Deno.env.get("CORTEX_BUNDLES") || ROOT_PATH);
}

/** Starts `name` by a Deno out of a checkout, or of what is laid out as one. */
export function denoCommand(name: ProgramName, deno: string, checkout: string): string[] {
  const { profile, main } = PROGRAMS[name];
  const options = ["--quiet", "--no-prompt", "--no-check", `--config=${checkout}/deno.json`];
  return [deno, "run", ...options, `-P=${profile}`, `${checkout}/${main}`];
}

let cacheFolder: Promise<string> | undefined;

/** Deno's cache folder: programs with a HOME of their own must be told where the real one is. */
export function denoDir(): Promise<string> {
  cacheFolder ??= new Deno.Command(Deno.execPath(), { args: ["info", "--json"], stdout: "piped" }).output()
    .then(({ stdout }) => String(JSON.parse(new TextDecoder().decode(stdout)).denoDir));
  return cacheFolder;
}

/**
 * Writes one small script per program into `folder`, so that a shell finds `cortex` and the others on its PATH. They know
 * where Deno's cache is, whatever HOME they are started with.
 */
export async function writeShims(folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  const names: readonly ProgramName[] = ["cortex-server", "cortex-daemon", "cortex"];
  for (const name of names) {
    const command = programCommand(name).map((part) => `'${part}'`).join(" ");
    const script = `#!/bin/sh\nDENO_DIR='${await denoDir()}' exec ${command} "$@"\n`;
    await Deno.writeTextFile(`${folder}/${name}`, script, { mode: 0o755 });
  }
  await Deno.copyFile(`${folder}/cortex`, `${folder}/cortex-cli`);
}
