/**
 * The three programs, type-checked, bundled and compiled. Each is bundled first: a compiled program that loads packages
 * from npm one by one starts 35 ms later and is 20 MB larger.
 *
 * V8's code cache is off. It would be a file of a name that anybody knows in the folder for temporary files, and whoever
 * writes it first decides what the program runs.
 */

import { type Source, writeBundle } from "./bundle.ts";
import { run } from "./run.ts";
import { type Target } from "./targets.ts";

/** What each program is made of, by its name. */
export const PROGRAMS = {
  "cortex-server": { profile: "server", main: "server/main.ts", workers: ["server/vault/kdf_worker.ts"] },
  "cortex-daemon": { profile: "daemon", main: "daemon/main.ts", workers: [] },
  "cortex": { profile: "cortex", main: "cli/main.ts", workers: [] },
} as const satisfies Readonly<Record<string, Source>>;

export interface CompileOptions {
  /** Where the programs go. */
  readonly folder: string;
  /** This machine's own where it is left out. */
  readonly target?: Target | undefined;
  /** What `cortex version` says; see `shared/version.ts`. */
  readonly commit: string;
}

const compiler = Deno.env.get("DENO_COMPILE") ?? Deno.execPath();

/** All programs, and `cortex-cli` as a link to `cortex`. @throws Error where a step fails */
export async function compilePrograms(options: CompileOptions): Promise<void> {
  await Deno.mkdir(options.folder, { recursive: true });
  const folder = await Deno.realPath(options.folder);
  for (const [name, source] of Object.entries(PROGRAMS)) {
    await compile(source, `${folder}/${name}`, options);
    const { size } = await Deno.stat(`${folder}/${name}`);
    console.log(`${options.folder}/${name}  ${(size / 1024 ** 2).toFixed(1)} MiB`);
  }
  await linkOldName(folder);
}

/** The predecessor's name of the command line: a link, so that it weighs nothing. */
export async function linkOldName(folder: string): Promise<void> {
  await Deno.remove(`${folder}/cortex-cli`).catch(() => {});
  await Deno.symlink("cortex", `${folder}/cortex-cli`);
}

/** Bundles are compiled as they are, so their sources are checked before. @throws Error where a type is wrong */
export async function checkTypes(): Promise<void> {
  const files = Object.values(PROGRAMS).flatMap(({ main, workers }) => [main, ...workers]);
  await run(Deno.execPath(), ["check", "--quiet", ...files]);
}

async function compile(source: Source, output: string, { target, commit }: CompileOptions): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "cortex-compile-" });
  try {
    const { main, workers } = await writeBundle(source, folder, commit);
    await run(compiler, [
      "compile",
      "--quiet",
      "--no-check",
      "--no-code-cache",
      "--config=deno.json",
      "--no-prompt",
      `-P=${source.profile}`,
      ...(target === undefined ? [] : [`--target=${target}`]),
      ...workers.map((name) => `--include=${name}`),
      `--output=${output}`,
      main,
    ], { cwd: folder });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
