/** A home of its own for `cortex` as a real process: nothing of the machine's own environment but PATH reaches it. */

import { denoDir, programCommand } from "../../support/programs.ts";
import { CliProcess } from "./cli_process.ts";

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly stdoutBytes: Uint8Array;
}

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: Uint8Array;
}

export class CliHome {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(): Promise<CliHome> {
    const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "cortex-cli-" }));
    await Deno.mkdir(`${folder}/home/.cortex`, { recursive: true, mode: 0o700 });
    await Deno.mkdir(`${folder}/work`);
    return new CliHome(folder);
  }

  get home(): string {
    return `${this.folder}/home`;
  }

  /** Where commands run. */
  get work(): string {
    return `${this.folder}/work`;
  }

  get socket(): string {
    return `${this.home}/.cortex/agent.sock`;
  }

  get sessionFile(): string {
    return `${this.home}/.cortex/daemon-session.json`;
  }

  async environment(extra: Readonly<Record<string, string>> = {}): Promise<Record<string, string>> {
    return {
      PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin",
      HOME: this.home,
      USER: "tester",
      DENO_DIR: await denoDir(),
      DENO_NO_UPDATE_CHECK: "1",
      ...extra,
    };
  }

  /** Runs `cortex` to its end. */
  async cortex(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
    const [program = "", ...first] = programCommand("cortex");
    const child = new Deno.Command(program, {
      args: [...first, ...args],
      env: await this.environment(options.env),
      clearEnv: true,
      cwd: options.cwd ?? this.work,
      stdin: options.stdin === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    if (options.stdin !== undefined) await feed(child.stdin, options.stdin);
    return asResult(await child.output());
  }

  /** Starts `cortex` without waiting for its end. */
  async start(args: readonly string[], options: CliOptions = {}): Promise<CliProcess> {
    const env = await this.environment(options.env);
    return new CliProcess([...programCommand("cortex"), ...args], env, options.cwd ?? this.work);
  }

  /** Runs `cortex` through a shell line that begins in the working folder; `$CORTEX` stands for the program. */
  async shell(line: string, env: Readonly<Record<string, string>> = {}): Promise<CliResult> {
    const quoted = programCommand("cortex").map((word) => `'${word}'`).join(" ");
    const child = new Deno.Command("/bin/sh", {
      args: ["-c", line.replaceAll("$CORTEX", quoted)],
      env: await this.environment(env),
      clearEnv: true,
      cwd: this.work,
      stdin: "null",
    });
    return asResult(await child.output());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

function asResult({ code, stdout, stderr }: Deno.CommandOutput): CliResult {
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr), stdoutBytes: stdout };
}

/** A child that ends before it has read everything is no failure of the test. */
async function feed(stream: WritableStream<Uint8Array>, bytes: Uint8Array): Promise<void> {
  const writer = stream.getWriter();
  await writer.write(bytes).catch(() => {});
  await writer.close().catch(() => {});
}
