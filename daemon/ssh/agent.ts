/**
 * The daemon's SSH agent: one socket, and keys only for programs that a run with SSH started. Who asks is established by
 * the kernel, and which run it belongs to by its parents: so the socket's path is no secret, and no other program of
 * this user gets a signature from it.
 *
 * A program that leaves its parents (a daemon that forks twice) has left its run, and is refused.
 */

import type { Fd } from "../../shared/os/descriptor.ts";
import { closeFd } from "../../shared/os/descriptor.ts";
import { FdStream } from "../../shared/os/fd_stream.ts";
import { OsError } from "../../shared/os/os_error.ts";
import { identifyPeer } from "../../shared/os/peer.ts";
import { parentOf } from "../../shared/os/proc.ts";
import type { Reactor } from "../../shared/os/reactor.ts";
import type { UnixListener } from "../../shared/os/unix_listener.ts";
import { failureFields, type Log } from "../log.ts";
import { AgentMessages } from "./agent_messages.ts";
import { AgentSession, type SshSigner } from "./agent_session.ts";

export interface SshAgentDeps {
  readonly reactor: Reactor;
  readonly log: Log;
}

interface SshRun {
  readonly signer: SshSigner;
  readonly connections: Set<FdStream>;
}

/** A run may open as many at once; a program that wants more is not well. */
const MAX_CONNECTIONS = 64;
/** Between a program and its run there are a shell or two; no honest chain is longer. */
const MAX_GENERATIONS = 64;

export class SshAgent {
  readonly path: string;
  readonly #listener: UnixListener;
  readonly #deps: SshAgentDeps;
  /** By the number of the run's first process, which stays taken while the run is here. */
  readonly #runs = new Map<number, SshRun>();

  constructor(listener: UnixListener, deps: SshAgentDeps) {
    this.path = listener.path;
    this.#listener = listener;
    this.#deps = deps;
  }

  /** Serves until {@linkcode close}. */
  async serve(): Promise<void> {
    for (let fd: Fd | undefined; (fd = await this.#listener.accept()) !== undefined;) void this.#serveOne(fd);
  }

  /** Lets the descendants of a process use the signer's keys until the answer is disposed of. */
  register(pid: number, signer: SshSigner): Disposable {
    const run = { signer, connections: new Set<FdStream>() };
    this.#runs.set(pid, run);
    return {
      [Symbol.dispose]: () => {
        this.#runs.delete(pid);
        run.connections.forEach((stream) => stream.close());
      },
    };
  }

  close(): void {
    this.#listener.close();
    this.#runs.forEach(({ connections }) => connections.forEach((stream) => stream.close()));
  }

  async #serveOne(fd: Fd): Promise<void> {
    const run = this.#runOf(fd);
    if (run === undefined || run.connections.size >= MAX_CONNECTIONS) return closeFd(fd);
    using stream = new FdStream(this.#deps.reactor, fd);
    run.connections.add(stream);
    try {
      await this.#converse(stream, run.signer);
    } catch (error) {
      if (!(error instanceof OsError)) this.#deps.log.warn("ssh connection ended", failureFields(error));
    } finally {
      run.connections.delete(stream);
    }
  }

  async #converse(stream: FdStream, signer: SshSigner): Promise<void> {
    const session = new AgentSession(signer, (reason) => this.#sayRefused(reason));
    for await (const message of new AgentMessages(stream)) {
      await stream.write(await session.answer(message));
    }
  }

  #sayRefused(reason: unknown): void {
    const fields = typeof reason === "string" ? { reason } : failureFields(reason);
    this.#deps.log.warn("ssh signature refused", fields);
  }

  #runOf(fd: Fd): SshRun | undefined {
    try {
      return this.#findRun(identifyPeer(fd).pid);
    } catch (error) {
      this.#deps.log.warn("an ssh client was refused", failureFields(error));
      return undefined;
    }
  }

  #findRun(pid: number): SshRun | undefined {
    let ancestor: number | undefined = pid;
    for (let step = 0; step < MAX_GENERATIONS && ancestor !== undefined; step++) {
      const run = this.#runs.get(ancestor);
      if (run !== undefined) return run;
      ancestor = parentOf(ancestor);
    }
    this.#deps.log.warn("an ssh client was refused", { reason: "it belongs to no run with ssh", pid });
    return undefined;
  }
}
