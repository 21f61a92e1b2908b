/**
 * Terminals of any origin: their settings, size and foreground. A descriptor that is no terminal is an OsError in every
 * call, so nothing is asked first and assumed later.
 */

import { cBuffer } from "./c_memory.ts";
import type { Fd } from "./descriptor.ts";
import { libc } from "./libc.ts";
import { check } from "./os_error.ts";

/** In characters; 0 where nobody has said. */
export interface WindowSize {
  readonly rows: number;
  readonly columns: number;
}

/** A `struct termios`, which only the system reads: editing keys, echo, translation of line ends. */
export type TerminalSettings = Uint8Array<ArrayBuffer>;

/** After what was written is shown; what was typed ahead stays. */
const TCSADRAIN = 1;
const WINSIZE_BYTES = 8;

/** @throws OsError */
export function settingsOf(terminal: Fd): TerminalSettings {
  const settings = cBuffer(libc().numbers.terminal.TERMIOS_BYTES);
  check("tcgetattr", libc().posix.tcgetattr(terminal, settings));
  return settings;
}

/** @throws OsError */
export function applySettings(terminal: Fd, settings: TerminalSettings): void {
  check("tcsetattr", libc().posix.tcsetattr(terminal, TCSADRAIN, settings));
}

/** The same settings, but every key comes as it is typed and every byte is shown as it is written. */
export function rawSettings(settings: TerminalSettings): TerminalSettings {
  const raw = cBuffer(settings.byteLength);
  raw.set(settings);
  libc().posix.cfmakeraw(raw);
  return raw;
}

/** @throws OsError */
export function windowSizeOf(terminal: Fd): WindowSize {
  const size = cBuffer(WINSIZE_BYTES);
  ioctl(terminal, libc().numbers.terminal.TIOCGWINSZ, size);
  const view = new DataView(size.buffer);
  return { rows: view.getUint16(0, true), columns: view.getUint16(2, true) };
}

/** The terminal's foreground hears of it by SIGWINCH. @throws OsError */
export function setWindowSize(terminal: Fd, { rows, columns }: WindowSize): void {
  const size = cBuffer(WINSIZE_BYTES);
  const view = new DataView(size.buffer);
  view.setUint16(0, rows, true);
  view.setUint16(2, columns, true);
  ioctl(terminal, libc().numbers.terminal.TIOCSWINSZ, size);
}

/** Makes it the terminal of this process, which leads a session that has none. @throws OsError */
export function becomeTerminalOf(terminal: Fd): void {
  ioctl(terminal, libc().numbers.terminal.TIOCSCTTY, null);
}

/** Puts a process group into the foreground of our terminal. @throws OsError */
export function setForeground(terminal: Fd, group: number): void {
  check("tcsetpgrp", libc().posix.tcsetpgrp(terminal, group));
}

/** Whether our process group may read from this terminal; false where it is none. */
export function isInForeground(terminal: Fd): boolean {
  return libc().posix.tcgetpgrp(terminal) === libc().posix.getpgrp();
}

function ioctl(fd: Fd, request: number, argument: Uint8Array<ArrayBuffer> | null): void {
  check("ioctl", callIoctl(fd, BigInt(request), argument));
}

function callIoctl(fd: Fd, request: bigint, argument: Uint8Array<ArrayBuffer> | null): number {
  const { own } = libc();
  if (own.os === "linux") return own.c.ioctl_buffer(fd, request, argument);
  return Deno.build.arch === "aarch64"
    ? own.c.ioctl_arm(fd, request, 0n, 0n, 0n, 0n, 0n, 0n, argument)
    : own.c.ioctl_intel(fd, request, argument);
}
