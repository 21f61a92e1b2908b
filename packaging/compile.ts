/**
 * `deno task compile [folder]`: the three programs as single executables, each with exactly the permissions that
 * `deno.json` gives it.
 *
 * `DENO_COMPILE` names another Deno to compile with, and `DENORT_BIN` the base runtime to embed into, for machines that
 * cannot download one; Deno itself reads the latter.
 */

interface Program {
  readonly name: string;
  readonly profile: string;
  readonly main: string;
  /** Modules that are loaded by URL and so not seen by the compiler. */
  readonly include: readonly string[];
}

const PROGRAMS: readonly Program[] = [
  {
    name: "cortex-server",
    profile: "server",
    main: "server/main.ts",
    include: ["server/vault/kdf_worker.ts"],
  },
  { name: "cortex-daemon", profile: "daemon", main: "daemon/main.ts", include: [] },
  { name: "cortex", profile: "cortex", main: "cli/main.ts", include: [] },
];

async function compile(program: Program, folder: string): Promise<void> {
  const output = `${folder}/${program.name}`;
  const { success } = await new Deno.Command(Deno.env.get("DENO_COMPILE") ?? Deno.execPath(), {
    args: [
      "compile",
      "--quiet",
      "--no-check",
      `-P=${program.profile}`,
      ...program.include.map((path) => `--include=${path}`),
      `--output=${output}`,
      program.main,
    ],
    stdin: "null",
  }).output();
  if (!success) throw new Error(`${program.name} could not be compiled`);
  const { size } = await Deno.stat(output);
  console.log(`${output}  ${(size / 1024 ** 2).toFixed(1)} MiB`);
}

const folder = Deno.args[0] ?? "dist";
await Deno.mkdir(folder, { recursive: true });
for (const program of PROGRAMS) await compile(program, folder);
await Deno.copyFile(`${folder}/cortex`, `${folder}/cortex-cli`);
