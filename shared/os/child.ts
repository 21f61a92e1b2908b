/**
 * A child's life after its start. Its number and that of its group stay taken until {@linkcode Child.reap}: until then a
 * signal cannot hit a stranger.
 *
 * Where the system has no process handles (macOS, old kernels), the child is asked for every 20 ms and reaped as soon
 * as it ended; signals are refused from then on.
 */

import { CInt } from "./c_memory.ts";
import { closeFd, type Fd } from "./descriptor.ts";
import { libc } from "./libc.ts";
import { check, isErrno } from "./os_error.ts";
import { openPidfd } from "./peer.ts";
import type { SignalName } from "./posix.ts";
import type { Reactor } from "./reactor.ts";

const WNOHANG = 1;
const ASK_EVERY_MS = 20;
const SIGNAL_BASE = 128;

/** How a child ended. */
export interface Ending {
  /** Exit code, or 128 + n for death by signal n. */
  readonly code: number;
  readonly signal?: SignalName | `signal ${number}`;
}

/** A process that somebody cares for, from its start until its number is given back. */
export interface ProcessLife {
  readonly pid: number;
  /** Resolves when it has ended; its number is still taken then. */
  readonly ended: Promise<void>;
  /** Sends a signal to its whole process group; false when there is nobody any more. */
  signal(name: SignalName): boolean;
  /** Gives the numbers back, once {@linkcode ended}. */
  reap(): Ending;
}

export class Child implements ProcessLife {
  readonly pid: number;
  readonly ended: Promise<void>;
  readonly #reactor: Reactor;
  #handle: Fd | undefined;
  #ending: Ending | undefined;

  /** Takes over the care for a child of this process. */
  constructor(reactor: Reactor, pid: number) {
    this.pid = pid;
    this.#reactor = reactor;
    this.#handle = openPidfd(pid);
    this.ended = this.#handle === undefined ? this.#ask() : this.#wait(this.#handle);
  }

  signal(name: SignalName): boolean {
    return this.#ending === undefined && signalGroup(this.pid, name);
  }

  reap(): Ending {
    this.#ending ??= this.#tryReap();
    if (this.#ending === undefined) throw new Error("the child still runs");
    return this.#ending;
  }

  /** For a child whose ending is of no interest. Should its reactor be closed first, the system reaps it after us. */
  async reapWhenEnded(): Promise<void> {
    await this.ended;
    this.#ending ??= this.#tryReap();
  }

  async #wait(handle: Fd): Promise<void> {
    await this.#reactor.readable(handle);
  }

  async #ask(): Promise<void> {
    while ((this.#ending ??= this.#tryReap()) === undefined) {
      await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
    }
  }

  #tryReap(): Ending | undefined {
    const status = new CInt();
    const pid = check("waitpid", libc().posix.waitpid(this.pid, status.bytes, WNOHANG));
    if (pid === 0) return undefined;
    if (this.#handle !== undefined) closeFd(this.#handle);
    this.#handle = undefined;
    return decodeEnding(status.value);
  }
}

/** Sends a signal to every process of a group whose number is still taken; false when there is nobody. */
export function signalGroup(group: number, name: SignalName): boolean {
  try {
    check("kill", libc().posix.kill(-group, libc().numbers.signals[name]));
    return true;
  } catch (error) {
    // EPERM: every process of the group runs under another user by now.
    if (isErrno(error, "ESRCH", "EPERM")) return false;
    throw error;
  }
}

/** Reads a wait status: WIFEXITED, WEXITSTATUS, WTERMSIG of <sys/wait.h>, the same everywhere. */
export function decodeEnding(status: number): Ending {
  const signal = status & 0x7f;
  return signal === 0 ? { code: (status >> 8) & 0xff } : endingBySignal(signal);
}

/** The ending of a program that a signal killed. */
export function endingBySignal(signal: number): Ending {
  return { code: SIGNAL_BASE + signal, signal: signalName(signal) };
}

function signalName(number: number): SignalName | `signal ${number}` {
  const entries = Object.entries(libc().numbers.signals) as [SignalName, number][];
  return entries.find(([, value]) => value === number)?.[0] ?? `signal ${number}`;
}
