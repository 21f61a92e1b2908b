/**
 * What a program does to itself before it holds a key. Each step is reported; only foreign code in our own address
 * space is a reason not to start, since nothing that follows would mean anything.
 */

import { VaultError } from "../errors.ts";
import { cBuffer } from "./c_memory.ts";
import { DARWIN_ONLY } from "./darwin.ts";
import { closeFd, type Fd, openPath } from "./descriptor.ts";
import { libc } from "./libc.ts";
import { LINUX_ONLY } from "./linux.ts";
import { check, isErrno } from "./os_error.ts";
import { tracerOf } from "./proc.ts";
import { attempt, type ProtectionStep, unavailable } from "./protection.ts";

/** Variables by which the dynamic linker loads code that we did not choose, on Linux and macOS. */
export const PRELOAD_VARIABLES = [
  "LD_PRELOAD",
  "LD_LIBRARY_PATH",
  "LD_AUDIT",
  "DYLD_INSERT_LIBRARIES",
  "DYLD_LIBRARY_PATH",
] as const;

/** @throws VaultError `daemon.unsafe_environment` naming the variable */
export function refusePreload(env: (name: string) => string | undefined): void {
  const found = PRELOAD_VARIABLES.find((name) => env(name) !== undefined);
  if (found === undefined) return;
  const message =
    `${found} is set, so foreign code may be loaded into this program; unset it and start again`;
  throw new VaultError("daemon.unsafe_environment", message);
}

/**
 * To be asked once {@linkcode hardenProcess} keeps new tracers off: one that came before would stay, and read everything.
 * @throws VaultError `daemon.unsafe_environment`
 */
export function refuseTracer(): void {
  const tracer = tracerOf("self");
  if (tracer === undefined) return;
  const message = `Process ${tracer} traces this one and would see every key; end it and start again`;
  throw new VaultError("daemon.unsafe_environment", message);
}

/**
 * Every step, in an order that matters not. `no new privileges` is for good and for every program that is started from
 * here: `sudo` and other set-uid programs do not gain rights in a child.
 */
export function hardenProcess(): ProtectionStep[] {
  return libc().own.os === "linux" ? hardenLinux() : hardenDarwin();
}

function hardenLinux(): ProtectionStep[] {
  return [
    attempt("memory hidden from other processes of this user", () => prctl(LINUX_ONLY.PR_SET_DUMPABLE, 0)),
    attempt("no new privileges, for children too", () => prctl(LINUX_ONLY.PR_SET_NO_NEW_PRIVS, 1)),
    attempt("no core dumps", forbidCoreDumps),
    giveUpTerminal(),
  ];
}

function hardenDarwin(): ProtectionStep[] {
  return [
    attempt("memory hidden from other processes of this user", denyAttach),
    unavailable("no new privileges, for children too", "macOS has no such setting"),
    attempt("no core dumps", forbidCoreDumps),
    unavailable("no terminal for children to take", "not written for macOS"),
  ];
}

function prctl(option: number, value: number): void {
  const { own } = libc();
  if (own.os === "linux") check("prctl", own.c.prctl(option, BigInt(value), 0n, 0n, 0n));
}

function denyAttach(): void {
  const { own } = libc();
  if (own.os === "darwin") check("ptrace", own.c.ptrace(DARWIN_ONLY.PT_DENY_ATTACH, 0, null, 0));
}

/** struct rlimit { rlim_t current; rlim_t maximum; }, both 64 bits and zero. */
function forbidCoreDumps(): void {
  check("setrlimit", libc().posix.setrlimit(libc().numbers.RLIMIT_CORE, cBuffer(16)));
}

/**
 * Children run in process groups of their own in our session. Did the daemon keep a controlling terminal, a child that
 * opens /dev/tty would reach the terminal of whoever started the daemon, and be stopped there for ever.
 */
function giveUpTerminal(): ProtectionStep {
  const step = "no terminal for children to take";
  const terminal = openTerminal();
  if (terminal === undefined) return { step, done: true };
  try {
    // A session's leader would take the terminal from its whole session.
    if (libc().posix.getsid(0) === libc().posix.getpid()) {
      return unavailable(step, "this process leads its session");
    }
    return attempt(step, () => detach(terminal));
  } finally {
    closeFd(terminal);
  }
}

function openTerminal(): Fd | undefined {
  try {
    return openPath("/dev/tty", libc().numbers.O_RDWR);
  } catch (error) {
    if (isErrno(error, "ENXIO", "ENOENT", "EACCES", "EPERM")) return undefined;
    throw error;
  }
}

function detach(terminal: Fd): void {
  const { own } = libc();
  if (own.os === "linux") check("ioctl", own.c.ioctl(terminal, BigInt(LINUX_ONLY.TIOCNOTTY), null));
}
