/**
 * `deno task compile [folder]`: the three programs as single executables, each with exactly the permissions that
 * `deno.json` gives it.
 *
 * Each program is bundled into one file first: a compiled program that loads packages from npm one by one starts 35 ms
 * later and is 20 MB larger. `DENO_COMPILE` names another Deno to compile with, and `DENORT_BIN` the base runtime to
 * embed into, for machines that cannot download one; Deno itself reads the latter.
 */

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

const compiler = Deno.env.get("DENO_COMPILE") ?? Deno.execPath();

async function run(program: string, args: readonly string[]): Promise<void> {
  const { success } = await new Deno.Command(program, { args: [...args], stdin: "null", stderr: "inherit" })
    .output();
  if (!success) throw new Error(`${args[0]} ${args.at(-1)} failed`);
}

/** One file without imports but of what Deno has built in. */
async function bundle(source: string, target: string): Promise<string> {
  await run(Deno.execPath(), ["bundle", "--quiet", "--platform=deno", `--output=${target}`, source]);
  return target;
}

async function compile(program: Program, folder: string, scratch: string): Promise<void> {
  const main = await bundle(program.main, `${scratch}/${program.name}.js`);
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
    ...workers.map((path) => `--include=${path}`),
    `--output=${output}`,
    main,
  ]);
  const { size } = await Deno.stat(output);
  console.log(`${output}  ${(size / 1024 ** 2).toFixed(1)} MiB`);
}

/** Workers keep their name: the bundle looks for them beside itself. */
function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

const folder = Deno.args[0] ?? "dist";
const scratch = `${folder}/.bundle`;
await Deno.mkdir(scratch, { recursive: true });
try {
  for (const program of PROGRAMS) await compile(program, folder, scratch);
} finally {
  await Deno.remove(scratch, { recursive: true });
}
await Deno.copyFile(`${folder}/cortex`, `${folder}/cortex-cli`);
