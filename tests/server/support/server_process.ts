/** A real `cortex-server` process in a folder of its own, as an operator would start it. */

import { denoDir, programCommand } from "../../support/programs.ts";
import { RunningProgram } from "../../support/running_program.ts";

/** The cheapest derivation there is: these tests are about everything else. */
const SETTINGS = { PORT: "0", CORTEX_LOG: "json", CORTEX_KEK_ARGON2: "m=1MiB,t=1,p=1" };

export type Settings = Readonly<Record<string, string>>;

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class ServerFolder implements AsyncDisposable {
  readonly path: string;
  #running: RunningProgram[] = [];

  private constructor(path: string) {
    this.path = path;
  }

  static async make(): Promise<ServerFolder> {
    return new ServerFolder(await Deno.makeTempDir({ prefix: "cortex-test-" }));
  }

  /** Starts a server that is expected to listen, and waits until it does. */
  async listen(
    settings: Settings = {},
    args: readonly string[] = [],
  ): Promise<{ server: RunningProgram; url: string }> {
    const server = await this.start(settings, args);
    const [url] = await server.waitFor(/https?:\/\/(127\.0\.0\.1|localhost|\[::1\]):\d+/);
    return { server, url };
  }

  async start(settings: Settings = {}, args: readonly string[] = []): Promise<RunningProgram> {
    const options = { env: await this.environment(settings), cwd: this.path, transcript: [] };
    const server = new RunningProgram(
      "cortex-server",
      [...programCommand("cortex-server"), ...args],
      options,
    );
    this.#running.push(server);
    return server;
  }

  /** Runs a server that is expected to end by itself. `stdin` undefined is `/dev/null`. */
  async run(settings: Settings, args: readonly string[] = [], stdin?: string): Promise<Ended> {
    const [program = "", ...first] = programCommand("cortex-server");
    const child = new Deno.Command(program, {
      args: [...first, ...args],
      env: await this.environment(settings),
      clearEnv: true,
      cwd: this.path,
      stdin: stdin === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    if (stdin !== undefined) await writeAndClose(child.stdin, stdin);
    const { code, stdout, stderr } = await child.output();
    return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
  }

  async environment(settings: Settings): Promise<Record<string, string>> {
    return {
      PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin",
      HOME: this.path,
      DENO_DIR: await denoDir(),
      DENO_NO_UPDATE_CHECK: "1",
      NO_COLOR: "1",
      ...SETTINGS,
      ...settings,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#running) await server.stop("SIGKILL");
    await Deno.remove(this.path, { recursive: true });
  }
}

async function writeAndClose(stream: WritableStream<Uint8Array>, text: string): Promise<void> {
  const writer = stream.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
}
