/**
 * Somebody who reads a document and types its commands, one block after the other, in one folder with one shell's
 * variables. What the text tells a reader to put in (the admin token, the code that was shown) is put in.
 */

import { existsSync } from "node:fs";
import { RunningProgram } from "../support/running_program.ts";
import { denoDir, writeShims } from "../support/programs.ts";
import type { Block } from "./markdown.ts";

/** Words of the documents that stand for something printed before, and where a reader finds it. */
const PLACEHOLDERS: Readonly<Record<string, RegExp>> = {
  "PASTE-THE-ADMIN-TOKEN": /^\s*([0-9a-f]{64})\s*$/gm,
  "ABCD-EFGH": /user_code: ([A-Z2-9]{4}-[A-Z2-9]{4})/g,
  "SECRET-ID": /"id":"([0-9a-f-]{36})"/g,
  "GRANT-ID": /"?grant_id"?: ?"?([0-9a-f-]{36})/g,
};

/** Brings the Deno that runs the tests; another version would have to come from the network. */
const NPX = `#!/bin/sh
[ "$1 $2" = "--yes deno@2.9.6" ] || { echo "npx $*: the documents name another Deno" >&2; exit 64; }
shift 2
exec '${Deno.execPath()}' "$@"
`;

/** What a reader's documents need of Deno comes from npx and from the programs. */
function pathWithoutDeno(): string {
  const hasDeno = (folder: string) => existsSync(`${folder}/deno`);
  return (Deno.env.get("PATH") ?? "").split(":").filter((folder) => !hasDeno(folder)).join(":");
}

export class Reader {
  readonly #folder: string;
  readonly #port: number;
  readonly #running: RunningProgram[] = [];
  readonly #printed: string[] = [];

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.#port = port;
  }

  /** The commands are typed in `folder/work`, which is made; HOME is `folder/home`, which is empty. */
  static async sit(folder: string): Promise<Reader> {
    await writeShims(`${folder}/bin`);
    await Deno.writeTextFile(`${folder}/bin/npx`, NPX, { mode: 0o755 });
    await Deno.mkdir(`${folder}/home`, { mode: 0o700 });
    await Deno.mkdir(`${folder}/work`, { recursive: true });
    await Deno.writeTextFile(`${folder}/state`, "");
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    return new Reader(folder, listener.addr.port);
  }

  async #environment(): Promise<Record<string, string>> {
    return {
      PATH: `${this.#folder}/bin:${pathWithoutDeno()}`,
      HOME: `${this.#folder}/home`,
      LANG: "C.UTF-8",
      NO_COLOR: "1",
      DENO_DIR: await denoDir(),
      DENO_NO_UPDATE_CHECK: "1",
      PORT: String(this.#port),
      // A reader is asked for it on the terminal; there is none here.
      CORTEX_KEK_PASSWORD: "the password that a reader would type",
      CORTEX_KEK_ARGON2: "m=8MiB,t=1,p=1",
    };
  }

  /** Types a block; its exit code and what it printed. */
  async type(block: Block): Promise<{ code: number; output: string }> {
    const commands = this.#fillIn(block.commands);
    const program = await this.#shell(commands, block.mode === "background");
    if (block.mode === "background") {
      this.#running.push(program);
      // The name of a set of recovery shares looks like the code of a device.
      await program.waitFor(/listening|(?<!set |-)\b[A-Z2-9]{4}-[A-Z2-9]{4}/i);
      return { code: 0, output: program.output() };
    }
    return { code: await program.ended(), output: program.output() };
  }

  /** All that the commands have printed. */
  printed(): string {
    return this.#printed.join("");
  }

  async #shell(commands: string, background: boolean): Promise<RunningProgram> {
    const state = `${this.#folder}/state`;
    const keep = background ? "" : `\ntrap 'export -p >${state}; printf "cd %q\\n" "$PWD" >>${state}' EXIT\n`;
    const script = `cd ${this.#folder}/work\n. ${state}\nset -eo pipefail${keep}\n${commands}`;
    return new RunningProgram("bash", ["bash", "-c", script], {
      env: await this.#environment(),
      cwd: this.#folder,
      transcript: this.#printed,
    });
  }

  #fillIn(commands: string): string {
    let text = commands.replaceAll(":3000", `:${this.#port}`);
    for (const [word, pattern] of Object.entries(PLACEHOLDERS)) {
      if (!text.includes(word)) continue;
      const seen = [...this.#printed.join("").matchAll(pattern)].at(-1)?.[1];
      if (seen === undefined) throw new Error(`Nothing was printed that could stand for ${word}`);
      text = text.replaceAll(word, seen);
    }
    return text;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Deno.Command(`${this.#folder}/bin/cortex`, {
      args: ["daemon", "stop"],
      env: await this.#environment(),
      clearEnv: true,
      stdout: "null",
      stderr: "null",
    }).output();
    for (const program of this.#running.toReversed()) await program.stop("SIGTERM");
  }
}
