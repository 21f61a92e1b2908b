/**
 * Who the values are for, as audit rows tell it: the process that called the daemon and the command it wants to run
 * (lesson B15: not the daemon itself). `argv` is that of the command which gets the values.
 */

import { printParents } from "../shared/caller/parents.ts";
import { sha256Hex } from "../shared/crypto/hash.ts";
import { utf8 } from "../shared/encoding.ts";
import type { KnownCaller } from "./caller/callers.ts";

export interface CallerFacts extends KnownCaller {
  readonly argv: readonly string[];
  readonly cwd: string;
  /** The caller's own word. */
  readonly gitCommit: string | undefined;
}

export interface HostFacts {
  readonly hostname: string;
  /** `linux/x86_64`. */
  readonly os: string;
}

/** The headers of section 4.1 of the wire contract, and three of ours. */
export function callerHeaders(caller: CallerFacts, host: HostFacts): Record<string, string> {
  const headers = {
    "X-Cortex-Caller-Pid": String(caller.pid),
    "X-Cortex-Caller-Binary-Sha256": caller.binarySha256,
    "X-Cortex-Caller-Argv-Hash": sha256Hex(caller.argv.join("\0")),
    "X-Cortex-Caller-Cwd": headerText(caller.cwd),
    "X-Cortex-Caller-Git-Commit": caller.gitCommit === undefined ? undefined : headerText(caller.gitCommit),
    "X-Cortex-Caller-Started": caller.started,
    "X-Cortex-Caller-Parents": caller.parents.length === 0
      ? undefined
      : printParents(caller.parents, headerText),
    "X-Cortex-Caller-Allowed-By": caller.allowedByHost ? "host" : undefined,
    "X-Cortex-Hostname": headerText(host.hostname),
    "X-Cortex-Os": headerText(host.os),
  };
  return Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => value ? [[name, value]] : []));
}

/** Percent-encodes every byte that is not visible ASCII, and `%` itself, so that the text can be had back. */
export function headerText(text: string): string {
  return [...utf8(text)].map((byte) =>
    byte > 0x20 && byte < 0x7f && byte !== 0x25
      ? String.fromCharCode(byte)
      : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`
  ).join("");
}
