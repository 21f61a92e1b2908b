/**
 * The programs, and whoever attacks them, as one ordinary user. Tests that run as root would prove nothing: root sees
 * everything. So root makes copies that another user may read, and lends its programs a number that nobody has.
 */

import { writeBundledCheckout } from "./bundles.ts";
import { denoCommand, type ProgramName, writeShims } from "./programs.ts";

/** In no password file. */
const SPARE_UID = 54_321;
const NAMES: readonly ProgramName[] = ["cortex-server", "cortex-daemon", "cortex"];

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
    if (given === undefined) await bringDeno(folder);
    for (const name of NAMES) {
      const call = given === undefined
        ? denoCommand(name, `${folder}/deno`, `${folder}/checkout`)
        : await copied(name, given, folder);
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
}

/** Deno and the bundles, where another user may read them. */
async function bringDeno(folder: string): Promise<void> {
  await linkOrCopy(Deno.execPath(), `${folder}/deno`);
  await Deno.mkdir(`${folder}/checkout`);
  const bundles = Deno.env.get("CORTEX_BUNDLES");
  if (bundles === undefined) await writeBundledCheckout(`${folder}/checkout`);
  else await run("cp", "-r", `${bundles}/.`, `${folder}/checkout`);
  await run("chmod", "-R", "a+rX", `${folder}/checkout`);
}

/** A second name costs nothing, but is had on one file system only. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  await Deno.link(from, to).catch(() => Deno.copyFile(from, to));
}

async function copied(name: ProgramName, from: string, folder: string): Promise<string[]> {
  await Deno.mkdir(`${folder}/bin`, { recursive: true });
  await Deno.copyFile(`${from}/${name}`, `${folder}/bin/${name}`);
  return [`${folder}/bin/${name}`];
}

async function run(program: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, { args }).output();
  if (!success) throw new Error(`${program} failed: ${new TextDecoder().decode(stderr)}`);
}
