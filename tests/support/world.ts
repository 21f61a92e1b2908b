/**
 * A whole CortexAuth on real processes in a folder of its own: a server on a free port, a home with a login, a daemon on
 * its socket. The demo, the end-to-end tests, the leak test and the benchmarks are told on this stage.
 *
 * Everything that any of the programs printed is kept in {@linkcode World.transcript}, so that it can be searched.
 */

import { answerText } from "./answer_text.ts";
import { RunningProgram } from "./running_program.ts";
import { denoDir, programCommand, type ProgramName } from "./programs.ts";

/** Tiny Argon2 parameters: for tests that boot a vault, not for the ones about the KDF. */
export const FAST_KDF = "m=8MiB,t=1,p=1";

export interface WorldOptions {
  /** Folder for everything; the caller removes it. */
  readonly folder: string;
  readonly kekPassword?: string;
  readonly adminToken?: string;
  readonly kdf?: string;
  /** Further environment of the server. */
  readonly serverEnv?: Readonly<Record<string, string>>;
  /** How long a program may run before it is taken to hang, in milliseconds. */
  readonly hangingMs?: number;
}

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body, taken to be of the shape that the test expects. */
  json<Shape = Record<string, string>>(): Shape;
}

export class World {
  readonly folder: string;
  readonly adminToken: string;
  readonly kekPassword: string;
  readonly transcript: string[] = [];
  readonly #kdf: string;
  readonly #serverEnv: Readonly<Record<string, string>>;
  readonly #hanging: { readonly hangingMs?: number };
  #server: RunningProgram | undefined;
  #daemon: RunningProgram | undefined;
  #url: string | undefined;

  constructor(options: WorldOptions) {
    this.folder = options.folder;
    this.adminToken = options.adminToken ?? crypto.randomUUID() + crypto.randomUUID();
    this.kekPassword = options.kekPassword ?? crypto.randomUUID();
    this.#kdf = options.kdf ?? FAST_KDF;
    this.#serverEnv = options.serverEnv ?? {};
    this.#hanging = options.hangingMs === undefined ? {} : { hangingMs: options.hangingMs };
  }

  /** Base URL of the server, once it listens. */
  get url(): string {
    if (this.#url === undefined) throw new Error("The server was not started");
    return this.#url;
  }

  get home(): string {
    return `${this.folder}/home`;
  }

  get socketPath(): string {
    return `${this.home}/.cortex/agent.sock`;
  }

  get databasePath(): string {
    return `${this.folder}/vault.db`;
  }

  get server(): RunningProgram | undefined {
    return this.#server;
  }

  get daemon(): RunningProgram | undefined {
    return this.#daemon;
  }

  /** The environment of a person or agent on this stage: nothing of the machine's own but PATH. */
  async environment(extra: Readonly<Record<string, string>> = {}): Promise<Record<string, string>> {
    await Deno.mkdir(this.home, { recursive: true, mode: 0o700 });
    return {
      PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin",
      HOME: this.home,
      LANG: "C.UTF-8",
      DENO_DIR: await denoDir(),
      DENO_NO_UPDATE_CHECK: "1",
      NO_COLOR: "1",
      ...extra,
    };
  }

  async startServer(extra: Readonly<Record<string, string>> = {}): Promise<void> {
    this.#server = await this.#start("cortex-server", [], {
      DATABASE_URL: `sqlite://${this.databasePath}`,
      PORT: this.#url === undefined ? "0" : new URL(this.#url).port,
      CORTEX_KEK_PASSWORD: this.kekPassword,
      CORTEX_KEK_ARGON2: this.#kdf,
      CORTEX_LOG: "json",
      ADMIN_TOKEN: this.adminToken,
      ...this.#serverEnv,
      ...extra,
    });
    const line = await this.#server.waitFor(/https?:\/\/127\.0\.0\.1:(\d+)/);
    this.#url = line[0];
  }

  async startDaemon(extra: Readonly<Record<string, string>> = {}): Promise<void> {
    this.#daemon = await this.#start("cortex-daemon", [], extra);
    await this.#daemon.waitFor(/listening/i);
  }

  async #start(
    name: ProgramName,
    args: string[],
    extra: Readonly<Record<string, string>>,
  ): Promise<RunningProgram> {
    const env = await this.environment(extra);
    return new RunningProgram(name, [...programCommand(name), ...args], {
      env,
      cwd: this.folder,
      transcript: this.transcript,
      ...this.#hanging,
    });
  }

  /** Runs `cortex` to its end as the agent's user would. */
  async cortex(args: string[], options: CortexOptions = {}): Promise<CommandResult> {
    const command = programCommand("cortex");
    const [program = "", ...first] = command;
    const child = new Deno.Command(program, {
      args: [...first, ...args],
      env: await this.environment(options.env),
      clearEnv: true,
      cwd: options.cwd ?? this.folder,
      stdin: options.stdin === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    if (options.stdin !== undefined) await writeAll(child.stdin, options.stdin);
    const { code, stdout, stderr } = await child.output();
    const result = {
      code,
      stdout: new TextDecoder().decode(stdout),
      stderr: new TextDecoder().decode(stderr),
    };
    if (options.record !== false) this.transcript.push(result.stdout, result.stderr);
    return result;
  }

  /** Starts `cortex` without waiting for its end. */
  async startCortex(args: string[], options: CortexOptions = {}): Promise<RunningProgram> {
    return new RunningProgram("cortex", [...programCommand("cortex"), ...args], {
      env: await this.environment(options.env),
      cwd: options.cwd ?? this.folder,
      transcript: this.transcript,
    });
  }

  /** A call of the admin API. */
  admin(method: string, path: string, body?: unknown): Promise<ApiAnswer> {
    return this.api(method, path, { headers: { "X-Admin-Token": this.adminToken }, body });
  }

  /** Any call of the server's API. */
  async api(method: string, path: string, options: ApiOptions = {}): Promise<ApiAnswer> {
    const answer = await fetch(`${this.url}${path}`, {
      method,
      redirect: "manual",
      headers: {
        ...options.headers,
        ...(options.body === undefined ? {} : { "Content-Type": "application/json" }),
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    });
    const text = await answerText(answer);
    return { status: answer.status, headers: answer.headers, text, json: () => JSON.parse(text) };
  }

  /** Enrols this home as `agentId` by the real device flow, with an admin's approval. */
  async login(agentId: string): Promise<void> {
    const login = await this.startCortex([
      "daemon",
      "login",
      "--url",
      this.url,
      "--agent-id",
      agentId,
      "--no-browser",
    ]);
    const [userCode] = await login.waitFor(/\b[A-Z2-9]{4}-[A-Z2-9]{4}\b/);
    const answer = await this.admin("POST", "/admin/web/device/approve", {
      user_code: userCode,
      agent_id: agentId,
    });
    if (answer.status !== 200) throw new Error(`Approval failed: ${answer.text}`);
    const code = await login.ended();
    if (code !== 0) throw new Error(`Login ended with ${code}: ${login.output()}`);
  }

  async stopServer(signal: Deno.Signal = "SIGTERM"): Promise<number> {
    const code = await this.#server?.stop(signal) ?? 0;
    this.#server = undefined;
    return code;
  }

  async stopDaemon(signal: Deno.Signal = "SIGTERM"): Promise<number> {
    const code = await this.#daemon?.stop(signal) ?? 0;
    this.#daemon = undefined;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopDaemon();
    await this.stopServer();
  }
}

export interface CortexOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: Uint8Array;
  /** False for output too large or too private to keep. */
  readonly record?: boolean;
}

export interface ApiOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

async function writeAll(stream: WritableStream<Uint8Array>, bytes: Uint8Array): Promise<void> {
  const writer = stream.getWriter();
  await writer.write(bytes).catch(() => {});
  await writer.close().catch(() => {});
}
