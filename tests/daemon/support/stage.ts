/** A daemon in this process with its home in a temporary folder, a fake server, and time that the test moves. */

import { Daemon, type DaemonParts } from "../../../daemon/daemon.ts";
import { createLog } from "../../../daemon/log.ts";
import { LoginSource } from "../../../daemon/login.ts";
import { generateSeed } from "../../../shared/crypto/ed25519.ts";
import type { MonitorProgram } from "../../../daemon/terminal/launch.ts";
import { heapKeyStorage } from "../../../shared/crypto/key_storage.ts";
import { toBase64Url } from "../../../shared/encoding.ts";
import { libc } from "../../../shared/os/libc.ts";
import { ProgramHashes } from "../../../shared/os/program_hash.ts";
import { Reactor } from "../../../shared/os/reactor.ts";
import { UnixListener } from "../../../shared/os/unix_listener.ts";
import type { ExecRequest } from "../../../shared/socket/messages.ts";
import { ExecClient, type RunResult } from "./exec_client.ts";
import { fakeAccessToken, FakeServer } from "./fake_server.ts";
import { ManualTimers } from "./manual_timers.ts";

libc(); // Opened outside of a test: it stays open.

export const AGENT = "test-agent";
export const PROJECT = "my app";

export interface StageOptions {
  /** Whether the host is logged in from the start. */
  readonly loggedIn?: boolean;
  readonly parts?: Partial<DaemonParts>;
}

export class Stage implements AsyncDisposable {
  readonly timers = new ManualTimers();
  readonly server = new FakeServer(this.timers);
  readonly folder: string;
  readonly logLines: string[] = [];
  readonly daemon: Daemon;
  readonly #running: Promise<void>;

  constructor({ loggedIn = true, parts = {} }: StageOptions = {}) {
    this.folder = Deno.makeTempDirSync({ prefix: "cortex-daemon-" });
    Deno.chmodSync(this.folder, 0o700);
    this.writeKey(AGENT);
    if (loggedIn) this.logIn(AGENT);
    this.daemon = new Daemon({ ...this.#parts(), ...parts });
    this.#running = this.daemon.run();
  }

  get socket(): string {
    return `${this.folder}/agent.sock`;
  }

  get sessionFile(): string {
    return `${this.folder}/daemon-session.json`;
  }

  writeKey(agentId: string): void {
    Deno.writeTextFileSync(`${this.folder}/agent-${agentId}.key`, toBase64Url(generateSeed()), {
      mode: 0o600,
    });
  }

  logIn(
    agentId: string,
    url = this.server.url,
    salt = "1",
    more: Readonly<Record<string, string>> = {},
  ): void {
    const session = {
      access_token: fakeAccessToken(agentId, salt),
      expires_in: 100,
      server_url: url,
      ...more,
    };
    Deno.writeTextFileSync(this.sessionFile, JSON.stringify(session), { mode: 0o600 });
  }

  request(program: string, args: readonly string[] = [], extra: Partial<ExecRequest> = {}): ExecRequest {
    return {
      cmd: "exec",
      v: 1,
      project: PROJECT,
      program,
      args,
      cwd: this.folder,
      env: [["PATH", "/usr/local/bin:/usr/bin:/bin"]],
      names: null,
      tty: { stdin: false, stdout: false, stderr: false },
      ...extra,
    };
  }

  async exec(
    program: string,
    args: readonly string[] = [],
    { input, ...extra }: Partial<ExecRequest> & { readonly input?: Uint8Array } = {},
  ): Promise<RunResult> {
    using client = await ExecClient.open(this.socket, this.request(program, args, extra));
    return await client.finish(input);
  }

  open(program: string, args: readonly string[] = [], extra: Partial<ExecRequest> = {}): Promise<ExecClient> {
    return ExecClient.open(this.socket, this.request(program, args, extra));
  }

  /** One line there, one line back. */
  async ask(request: Readonly<Record<string, unknown>> | string): Promise<Record<string, unknown>> {
    using connection = await Deno.connect({ transport: "unix", path: this.socket });
    const line = typeof request === "string" ? request : JSON.stringify(request);
    const bytes = new TextEncoder().encode(`${line}\n`);
    for (let at = 0; at < bytes.byteLength;) at += await connection.write(bytes.subarray(at));
    const text = await new Response(connection.readable).text();
    return JSON.parse(text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.daemon.stop();
    await this.#running;
    await this.server[Symbol.asyncDispose]();
    Deno.removeSync(this.folder, { recursive: true });
  }

  /** Only runs on a terminal need it. */
  get #monitor(): MonitorProgram {
    return { path: "/no/monitor", args: [], env: [], sha256: "" };
  }

  #parts(): DaemonParts {
    const reactor = new Reactor();
    const { folder: directory, sessionFile, timers } = this;
    return {
      reactor,
      listener: UnixListener.open(reactor, this.socket),
      sshListener: UnixListener.open(reactor, `${this.socket}.ssh`),
      logins: new LoginSource({ directory, sessionFile, storage: heapKeyStorage, allowInsecureHttp: false }),
      hashes: new ProgramHashes(),
      facts: { binarySha256: "ab".repeat(32), pid: Deno.pid, uid: 0, hostname: "host", bootId: undefined },
      host: { hostname: "host", os: "linux/x86_64" },
      surroundings: { cwd: directory, environment: [["PATH", "/usr/bin:/bin"], ["OF_DAEMON", "yes"]] },
      monitor: this.#monitor,
      hardening: [{ step: "tested", done: true }],
      timers,
      log: createLog({ json: true, clock: timers, write: (line) => this.logLines.push(line) }),
      random: () => 1,
    };
  }
}

export const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
