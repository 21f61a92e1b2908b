/**
 * The three programs, bundled and compiled. Each is bundled into one file first: a compiled program that loads packages from
 * npm one by one starts 35 ms later and is 20 MB larger.
 */

import { type Target } from "./targets.ts";

interface Program {
  readonly name: string;
  readonly profile: string;
  readonly main: string;
  /** Modules that are loaded by URL, next to the main one: bundled by themselves and embedded. */
  readonly workers: readonly string[];
}

const PROGRAMS: readonly Program[] = [
  {
    name: "cortex-server",
    profile: "server",
    main: "server/main.ts",
    workers: ["server/vault/kdf_worker.ts"],
  },
  { name: "cortex-daemon", profile: "daemon", main: "daemon/main.ts", workers: [] },
  { name: "cortex", profile: "cortex", main: "cli/main.ts", workers: [] },
];

export interface CompileOptions {
  /** Where the programs go. */
  readonly folder: string;
  /** This machine's own where it is left out. */
  readonly target?: Target | undefined;
  /** What `cortex version` says; see `shared/version.ts`. */
  readonly commit: string;
}

const compiler = Deno.env.get("DENO_COMPILE") ?? Deno.execPath();

/** All programs, and `cortex-cli` as a copy of `cortex`. @throws Error where a step fails */
export async function compilePrograms(options: CompileOptions): Promise<void> {
  const { folder } = options;
  const scratch = `${folder}/.bundle`;
  await Deno.mkdir(scratch, { recursive: true });
  try {
    for (const program of PROGRAMS) await compile(program, scratch, options);
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
  await Deno.copyFile(`${folder}/cortex`, `${folder}/cortex-cli`);
}

async function compile(
  program: Program,
  scratch: string,
  { folder, target, commit }: CompileOptions,
): Promise<void> {
  const main = await bundle(program.main, `${scratch}/${program.name}.js`);
  await writeCommit(main, commit);
  const workers = await Promise.all(
    program.workers.map((path) => bundle(path, `${scratch}/${baseName(path)}`)),
  );
  const output = `${folder}/${program.name}`;
  await run(compiler, [
    "compile",
    "--quiet",
    "--no-check",
    "--config=deno.json",
    "--no-prompt",
    `-P=${program.profile}`,
    ...(target === undefined ? [] : [`--target=${target}`]),
    ...workers.map((path) => `--include=${path}`),
    `--output=${output}`,
    main,
  ]);
  const { size } = await Deno.stat(output);
  console.log(`${output}  ${(size / 1024 ** 2).toFixed(1)} MiB`);
}

/** One file without imports but of what Deno has built in. */
async function bundle(source: string, target: string): Promise<string> {
  await run(Deno.execPath(), ["bundle", "--quiet", "--platform=deno", `--output=${target}`, source]);
  return target;
}

/** The one place that knows where the program was made from. */
async function writeCommit(bundled: string, commit: string): Promise<void> {
  const text = await Deno.readTextFile(bundled);
  const parts = text.split('"from source"');
  if (parts.length !== 2) throw new Error("the place of the commit is not in the bundle exactly once");
  await Deno.writeTextFile(bundled, parts.join(JSON.stringify(commit)));
}

async function run(program: string, args: readonly string[]): Promise<void> {
  const { success } = await new Deno.Command(program, { args: [...args], stdin: "null", stderr: "inherit" })
    .output();
  if (!success) throw new Error(`${args[0]} ${args.at(-1)} failed`);
}

/** Workers keep their name: the bundle looks for them beside itself. */
function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
