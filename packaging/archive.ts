/**
 * `deno run -A packaging/archive.ts FOLDER TARGET OUT`: one archive of a release, the same bytes from the same files: the
 * three programs, `cortex-cli`, licence, README, CHANGELOG, completions, man pages and units. Needs GNU tar.
 */

import { linkOldName } from "./programs.ts";
import { archiveName, parseTarget, RELEASED_PROGRAMS } from "./targets.ts";

const DOCUMENTS = ["LICENSE", "README.md", "CHANGELOG.md", "SECURITY.md"] as const;

/** Writes `OUT/cortex-auth-v…-TARGET.tar.gz` from compiled programs and documents; gives its path. */
export async function writeArchive(programs: string, target: string, out: string): Promise<string> {
  const name = archiveName(parseTarget(target));
  const folder = `${out}/${name}`;
  await Deno.mkdir(out, { recursive: true });
  try {
    await fill(folder, programs);
    const file = `${folder}.tar.gz`;
    await run("sh", ["-c", TAR, "tar", out, name, file]);
    return file;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Names in order, times and owners of nobody: the archive says nothing of the machine that made it. */
const TAR =
  'set -e; cd "$1"; tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --format=ustar ' +
  '-cf - "$2" | gzip -9n > "$3"';

async function fill(folder: string, programs: string): Promise<void> {
  await Deno.mkdir(`${folder}/units`, { recursive: true });
  for (const name of RELEASED_PROGRAMS) await put(`${programs}/${name}`, `${folder}/${name}`, 0o755);
  await linkOldName(folder);
  for (const name of DOCUMENTS) await put(name, `${folder}/${name}`, 0o644);
  for await (const { name, isFile } of Deno.readDir("packaging/units")) {
    if (isFile) await put(`packaging/units/${name}`, `${folder}/units/${name}`, 0o644);
  }
  await run(`${Deno.execPath()}`, ["run", "-A", "--no-check", "packaging/help_files.ts", folder]);
}

async function put(from: string, to: string, mode: number): Promise<void> {
  await Deno.copyFile(from, to);
  await Deno.chmod(to, mode);
}

async function run(program: string, args: readonly string[]): Promise<void> {
  const { success } = await new Deno.Command(program, { args: [...args], stdin: "null", stdout: "null" })
    .output();
  if (!success) throw new Error(`${program} failed`);
}

if (import.meta.main) {
  const [programs, target, out] = Deno.args;
  if (programs === undefined || target === undefined || out === undefined) {
    throw new Error("name the folder of the programs, the target and where the archive goes");
  }
  console.log(await writeArchive(programs, target, await Deno.realPath(out)));
}
