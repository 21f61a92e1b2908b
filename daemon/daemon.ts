/** The daemon as one object: its parts, the verbs of its socket, and its end. Knows nothing of how it was started. */

import { formatTimestamp, SECOND } from "../shared/clock.ts";
import { VaultError } from "../shared/errors.ts";
import type { Fd } from "../shared/os/descriptor.ts";
import type { Peer } from "../shared/os/peer.ts";
import type { ProgramHashes } from "../shared/os/program_hash.ts";
import type { ProtectionStep } from "../shared/os/protection.ts";
import type { Reactor } from "../shared/os/reactor.ts";
import type { UnixListener } from "../shared/os/unix_listener.ts";
import type { SocketRequest } from "../shared/socket/messages.ts";
import type { DaemonFacts } from "./attest.ts";
import { Callers } from "./caller/callers.ts";
import type { HostFacts } from "./caller_headers.ts";
import { explainCommand, requestCommand } from "./command/requests.ts";
import type { Connection } from "./connection.ts";
import type { Log } from "./log.ts";
import type { LoginSource } from "./login.ts";
import { ProjectTokens } from "./projects.ts";
import { type ChildRun, HANG_UP_GRACE } from "./run/child_run.ts";
import { type ExecDeps, serveExec } from "./run/exec.ts";
import { type DaemonSurroundings, legacyRun } from "./run/legacy.ts";
import { ServerCalls } from "./server_calls.ts";
import { SessionKeeper } from "./session.ts";
import { signForCaller } from "./sign.ts";
import { SshAgent } from "./ssh/agent.ts";
import { serveSocket } from "./socket.ts";
import { renderToFile } from "./template/output_file.ts";
import { statusAnswer, type StatusDeps } from "./status.ts";
import type { MonitorProgram } from "./terminal/launch.ts";
import type { Timers } from "./timers.ts";

export interface DaemonParts {
  readonly reactor: Reactor;
  readonly listener: UnixListener;
  /** For the SSH agent. */
  readonly sshListener: UnixListener;
  readonly logins: LoginSource;
  readonly hashes: ProgramHashes;
  readonly facts: DaemonFacts;
  readonly host: HostFacts;
  readonly surroundings: DaemonSurroundings;
  readonly monitor: MonitorProgram;
  readonly hardening: readonly ProtectionStep[];
  readonly timers: Timers;
  readonly log: Log;
  /** As `Math.random`; for the jitter of retries. */
  readonly random: () => number;
  /** Hashes of programs that this host's owner allows. */
  readonly allowedCallers?: readonly string[];
  /** Tests give one that fails. */
  readonly identify?: (connection: Fd) => Peer;
}

/** A caller that does not read cannot keep the daemon from ending: its child is dead by then. */
const STOP_GRACE = HANG_UP_GRACE + SECOND;

export class Daemon {
  readonly #parts: DaemonParts;
  readonly #exec: ExecDeps & { readonly surroundings: DaemonSurroundings };
  readonly #status: StatusDeps;
  readonly #children = new Set<ChildRun>();
  readonly #sshAgent: SshAgent;
  readonly #connections = new Set<Connection>();
  #stopping = false;

  constructor(parts: DaemonParts) {
    const { timers, log, logins, facts, host, reactor, hashes, surroundings, monitor } = parts;
    const sessions = new SessionKeeper({ logins, facts, timers, log, random: parts.random });
    const calls = new ServerCalls({ sessions, timers, host });
    const projects = new ProjectTokens({ calls, sessions, timers });
    const callers = new Callers({ sessions, hashes, timers, local: parts.allowedCallers ?? [] });
    const children = this.#children;
    const sshAgent = new SshAgent(parts.sshListener, { reactor, log });
    this.#sshAgent = sshAgent;
    this.#parts = parts;
    this.#exec = {
      sessions,
      calls,
      projects,
      reactor,
      timers,
      hashes,
      callers,
      log,
      children,
      surroundings,
      monitor,
      sshAgent,
    };
    const { pid, binarySha256 } = facts;
    const { hardening } = parts;
    const startedAt = timers.now();
    this.#status = { sessions, projects, timers, startedAt, pid, binarySha256, hardening, children };
  }

  /** Serves until somebody stops it. */
  async run(): Promise<void> {
    this.#exec.sessions.start();
    const sshServed = this.#sshAgent.serve();
    const { listener, reactor, timers, log, identify } = this.#parts;
    const serve = this.#serve.bind(this);
    await serveSocket(listener, {
      reactor,
      timers,
      log,
      serve,
      connections: this.#connections,
      ...(identify === undefined ? {} : { identify }),
    });
    await sshServed;
    await this.#end();
  }

  /**
   * Lets nobody in any more, hangs up on the children (SIGHUP, later SIGKILL) so that their callers hear how they ended,
   * and makes {@linkcode run} end.
   */
  stop(): void {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#parts.log.info("stopping", { children: this.#children.size });
    this.#parts.listener.close();
    this.#sshAgent.close();
    for (const child of this.#children) child.hangUp();
    this.#parts.timers.after(STOP_GRACE, () => this.#connections.forEach((connection) => connection.close()));
  }

  async #end(): Promise<void> {
    for (const child of this.#children) child.close();
    this.#exec.projects.close();
    this.#exec.sessions.close();
    await this.#parts.reactor.close();
    this.#parts.log.info("stopped");
  }

  async #serve(request: SocketRequest, connection: Connection): Promise<void> {
    switch (request.cmd) {
      case "status":
        return await connection.sendLine(statusAnswer(this.#status));
      case "reload":
        return await connection.sendLine(await this.#reload());
      case "stop":
        await connection.sendLine({ ok: true, pid: this.#status.pid });
        return this.stop();
      case "run":
        return await connection.sendLine(await legacyRun(this.#exec, request, connection));
      case "explain":
        return await connection.sendLine(await explainCommand(this.#exec, request, connection.peer));
      case "request":
        return await connection.sendLine(await requestCommand(this.#exec, request, connection.peer));
      case "sign":
        return await connection.sendLine(await signForCaller(this.#exec, request, connection.peer));
      case "template":
        return await connection.sendLine(await renderToFile(this.#exec, request, connection.peer));
      case "exec":
        if (this.#stopping) {
          throw new VaultError("client.daemon_not_running", "The daemon is stopping; start it again");
        }
        return await serveExec(this.#exec, request, connection);
    }
  }

  /** Reads the login and opens its session at once. @throws VaultError why there is none */
  async #reload() {
    const { login, expiresAt } = await this.#exec.sessions.current();
    return {
      ok: true,
      agent_id: login.agentId,
      server_url: login.serverUrl,
      session_expires_at: formatTimestamp(expiresAt),
    };
  }
}
