/** This machine's names, as audit rows carry them. */

import { fromUtf8 } from "../encoding.ts";
import { cBuffer } from "./c_memory.ts";
import { libc } from "./libc.ts";
import { check } from "./os_error.ts";
import { readText } from "./proc.ts";

const HOST_NAME_MAX = 256;

/** The host's own name; empty where it has none. */
export function hostname(): string {
  const buffer = cBuffer(HOST_NAME_MAX);
  check("gethostname", libc().posix.gethostname(buffer, BigInt(buffer.byteLength - 1)));
  return fromUtf8(buffer.subarray(0, buffer.indexOf(0))) ?? "";
}

/** `linux/x86_64`, `macos/aarch64`: the form of the predecessor. */
export function osLabel(): string {
  return `${Deno.build.os === "darwin" ? "macos" : Deno.build.os}/${Deno.build.arch}`;
}

/** The kernel's id of this boot; undefined where it has none. */
export function bootId(): string | undefined {
  const text = readText("/proc/sys/kernel/random/boot_id")?.trim();
  return text !== undefined && /^[0-9a-f-]{36}$/.test(text) ? text : undefined;
}
