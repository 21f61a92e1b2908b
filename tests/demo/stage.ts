/**
 * The folder of the demo, its two people, and the two ways in which it shows a command: run to its end, or left
 * running. What the admin has (the server's address and the admin token) is not in the agent's environment.
 */

import { RunningProgram } from "../support/running_program.ts";
import { denoDir, ROOT_PATH, writeShims } from "../support/programs.ts";

export const FOLDER = `${ROOT_PATH}/.demo`;

/** What the kernel takes as the path of a Unix socket (`sun_path` without its last NUL). */
const LONGEST_SOCKET_PATH = 107;

/** Something that the demo cannot go on with; its message is all that a newcomer needs to see. */
export class DemoError extends Error {}

const bold = (text: string) => Deno.stdout.isTerminal() && !Deno.noColor ? `\x1b[1m${text}\x1b[0m` : text;
const dim = (text: string) => Deno.stdout.isTerminal() && !Deno.noColor ? `\x1b[2m${text}\x1b[0m` : text;

/** Who types: the one who keeps the vault, or an agent on its host. */
export type Role = "admin" | "agent";

export interface Shown {
  readonly code: number;
  readonly output: string;
}

export class Stage {
  readonly #env: Readonly<Record<string, string>>;
  #adminEnv: Readonly<Record<string, string>> = {};
  #step = 0;

  private constructor(env: Record<string, string>) {
    this.#env = env;
  }

  /** An empty folder with the three programs on its PATH. Fails when an earlier demo still runs there. */
  static async prepare(): Promise<Stage> {
    const socket = `${FOLDER}/home/agent.sock`;
    if (new TextEncoder().encode(socket).byteLength > LONGEST_SOCKET_PATH) {
      throw new DemoError("This folder's path is too long for the daemon's socket; clone into a shorter one");
    }
    await Deno.remove(FOLDER, { recursive: true }).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
    await Deno.mkdir(`${FOLDER}/home`, { recursive: true, mode: 0o700 });
    await writeShims(`${FOLDER}/bin`);
    return new Stage({
      PATH: `${FOLDER}/bin:${Deno.env.get("PATH") ?? "/usr/bin:/bin"}`,
      HOME: `${FOLDER}/home`,
      LANG: Deno.env.get("LANG") ?? "C.UTF-8",
      DENO_DIR: await denoDir(),
      DENO_NO_UPDATE_CHECK: "1",
      CORTEX_DAEMON_SOCK: socket,
    });
  }

  /** Sets variables of the admin, and shows how. */
  exportForAdmin(env: Readonly<Record<string, string>>): void {
    const settings = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    this.#type("admin", `export ${settings.join(" ")}`);
    this.#adminEnv = env;
  }

  /** Writes a file of the demo, readable by its owner only. */
  async write(name: string, text: string): Promise<void> {
    await Deno.writeTextFile(`${FOLDER}/${name}`, text, { mode: 0o600 });
  }

  heading(text: string): void {
    this.#step += 1;
    console.log(`\n${bold(`${this.#step}. ${text}`)}`);
  }

  note(text: string): void {
    console.log(dim(`   ${text}`));
  }

  /** Shows a shell command, runs it, shows what it printed. */
  async run(role: Role, command: string, cwd = FOLDER): Promise<Shown> {
    this.#type(role, command);
    const { code, stdout, stderr } = await new Deno.Command("sh", {
      args: ["-c", command],
      cwd,
      env: this.#envOf(role),
      clearEnv: true,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).output();
    const output = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    if (output !== "") console.log(output.trimEnd());
    return { code, output };
  }

  /** Shows a command and leaves it running. */
  start(role: Role, program: string, args: readonly string[]): RunningProgram {
    this.#type(role, [program, ...args].join(" "));
    return new RunningProgram(program, [`${FOLDER}/bin/${program}`, ...args], {
      env: this.#envOf(role),
      cwd: FOLDER,
      transcript: [],
    });
  }

  #envOf(role: Role): Record<string, string> {
    return role === "admin" ? { ...this.#env, ...this.#adminEnv } : { ...this.#env };
  }

  /** Prints a command as a person would type it. */
  #type(role: Role, command: string): void {
    console.log(`${dim(role)} ${bold(`$ ${command}`)}`);
  }
}
