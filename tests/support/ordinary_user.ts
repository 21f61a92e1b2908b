/**
 * The programs, and whoever attacks them, as one ordinary user. Tests that run as root would prove nothing: root sees
 * everything. So root makes copies that another user may read, and lends its programs a number that nobody has.
 */

import { denoDir, programCommand, type ProgramName, ROOT_PATH, writeShims } from "./programs.ts";

/** In no password file. */
const SPARE_UID = 54_321;
const NAMES: readonly ProgramName[] = ["cortex-server", "cortex-daemon", "cortex"];
const SOURCES = ["server", "daemon", "cli", "shared", "deno.json", "deno.lock"];

export class OrdinaryUser {
  readonly uid: number;
  readonly #lent: boolean;

  private constructor(uid: number, lent: boolean) {
    this.uid = uid;
    this.#lent = lent;
  }

  /** Runs `work` while {@linkcode programCommand} starts the programs as this user, who owns `folder`. */
  static async with(folder: string, work: (user: OrdinaryUser) => Promise<void>): Promise<void> {
    const own = Deno.uid() ?? 0;
    if (own !== 0) {
      await writeShims(`${folder}/programs`);
      return await work(new OrdinaryUser(own, false));
    }
    const before = Deno.env.get("CORTEX_PROGRAMS");
    const user = new OrdinaryUser(SPARE_UID, true);
    await user.#moveIn(folder);
    Deno.env.set("CORTEX_PROGRAMS", `${folder}/programs`);
    try {
      await work(user);
    } finally {
      if (before === undefined) Deno.env.delete("CORTEX_PROGRAMS");
      else Deno.env.set("CORTEX_PROGRAMS", before);
    }
  }

  /** A command as this user gives it. */
  command(...words: string[]): string[] {
    if (!this.#lent) return words;
    const id = String(this.uid);
    return ["/usr/bin/setpriv", `--reuid=${id}`, `--regid=${id}`, "--clear-groups", "--", ...words];
  }

  async #moveIn(folder: string): Promise<void> {
    await Deno.mkdir(`${folder}/programs`);
    await Deno.mkdir(`${folder}/cache`);
    await Deno.mkdir(`${folder}/home`, { mode: 0o700 });
    await this.#give(folder, `${folder}/cache`, `${folder}/home`);
    const given = Deno.env.get("CORTEX_PROGRAMS");
    if (given === undefined) await this.#copySources(folder);
    for (const name of NAMES) {
      const call = given === undefined ? this.#fromSource(name, folder) : await copied(name, given, folder);
      const text = `#!/bin/sh\nexport DENO_DIR='${folder}/cache'\n` +
        `[ "$(/usr/bin/id -u)" = 0 ] && exec ${this.command(...call).join(" ")} "$@"\nexec ${
          call.join(" ")
        } "$@"\n`;
      await Deno.writeTextFile(`${folder}/programs/${name}`, text, { mode: 0o755 });
    }
  }

  async #give(...paths: string[]): Promise<void> {
    for (const path of paths) await Deno.chown(path, this.uid, this.uid);
  }

  #fromSource(name: ProgramName, folder: string): string[] {
    const [, ...args] = programCommand(name);
    return [`${folder}/deno`, ...args.map((word) => word.replaceAll(ROOT_PATH, `${folder}/source`))];
  }

  async #copySources(folder: string): Promise<void> {
    await Deno.mkdir(`${folder}/source`);
    await Deno.copyFile(Deno.execPath(), `${folder}/deno`);
    await copy(...SOURCES.map((name) => `${ROOT_PATH}/${name}`), `${folder}/source/`);
    await copy(`${await denoDir()}/npm`, `${folder}/cache/`);
    await run("chmod", "-R", "a+rX", `${folder}/source`, `${folder}/cache`);
  }
}

async function copied(name: ProgramName, from: string, folder: string): Promise<string[]> {
  await Deno.mkdir(`${folder}/bin`, { recursive: true });
  await Deno.copyFile(`${from}/${name}`, `${folder}/bin/${name}`);
  return [`${folder}/bin/${name}`];
}

function copy(...words: string[]): Promise<void> {
  return run("cp", "-r", "--reflink=auto", ...words);
}

async function run(program: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, { args }).output();
  if (!success) throw new Error(`${program} failed: ${new TextDecoder().decode(stderr)}`);
}
