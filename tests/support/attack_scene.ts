/**
 * A vault, a login, a daemon and an approval on real processes of one ordinary user, and another process of that user which
 * attacks them.
 */

import assert from "node:assert/strict";
import { prepareMainJob, PROJECT } from "./main_job.ts";
import { OrdinaryUser } from "./ordinary_user.ts";
import { withTempDir } from "./paths.ts";
import { ROOT_PATH } from "./programs.ts";
import { RunningProgram } from "./running_program.ts";
import { World } from "./world.ts";

export const CANARY = "canary-of-the-vault-4711";
export const PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";

export interface Scene {
  readonly world: World;
  readonly user: OrdinaryUser;
}

/** A vault, a login, a daemon and an approval, all of one ordinary user. */
export async function withScene(work: (scene: Scene) => Promise<void>): Promise<void> {
  await withTempDir(async (folder) => {
    await Deno.copyFile(`${ROOT_PATH}/tests/support/attacker.py`, `${folder}/attacker.py`);
    await Deno.chmod(`${folder}/attacker.py`, 0o644);
    await OrdinaryUser.with(folder, async (user) => {
      await using world = new World({ folder });
      await prepareMainJob(world, { api_key: CANARY });
      await work({ world, user });
    });
  });
}

export function attackCommand({ world, user }: Scene, ...words: string[]): string[] {
  return user.command("python3", "-I", `${world.folder}/attacker.py`, ...words);
}

export type Looks = Readonly<Record<string, string>>;

export async function attack(scene: Scene, ...words: string[]): Promise<Looks> {
  const [program = "", ...args] = attackCommand(scene, ...words);
  const command = new Deno.Command(program, { args, env: { PATH }, clearEnv: true, cwd: "/" });
  const { stdout, stderr } = await command.output();
  const line = new TextDecoder().decode(stdout).trim().split("\n").at(-1) ?? "";
  assert.ok(line.startsWith("{"), new TextDecoder().decode(stderr));
  return JSON.parse(line);
}

export function start(command: string[]): RunningProgram {
  return new RunningProgram("attacker", command, { env: { PATH }, cwd: "/", transcript: [] });
}

export async function readyToRun({ world }: Scene): Promise<void> {
  const run = await world.cortex(["run", "--project", PROJECT, "--", "sh", "-c", 'test -n "$API_KEY"']);
  assert.equal(run.code, 0, run.stderr);
}

export const worked = (looks: Looks) => Object.keys(looks).filter((name) => looks[name] === "worked");

export async function ptraceScope(): Promise<string> {
  return await Deno.readTextFile("/proc/sys/kernel/yama/ptrace_scope").then(
    (text) => text.trim(),
    () => "none",
  );
}

/** A process below another whose command line matches. */
export async function childOf(parent: number, pattern: RegExp): Promise<number> {
  for (let tries = 0; tries < 500; tries++) {
    for (const { name } of Deno.readDirSync("/proc")) {
      if (!/^\d+$/.test(name)) continue;
      const status = await Deno.readTextFile(`/proc/${name}/status`).catch(() => "");
      if (!status.includes(`PPid:\t${parent}\n`)) continue;
      const line = await Deno.readTextFile(`/proc/${name}/cmdline`).catch(() => "");
      if (pattern.test(line.replaceAll("\0", " "))) return Number(name);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`no child of ${parent} is like ${pattern}`);
}
