/** The daemon's command line. The predecessor takes no arguments; neither does ours need any. */

import { MONITOR_ARGUMENT } from "./terminal/protocol.ts";

export const USAGE =
  `cortex-daemon: runs programs with the secrets of a CortexAuth server, for this user on this host

Usage: cortex-daemon [option]

  --foreground   stay in the foreground (it always does; accepted for service files)
  --self-test    start, give permissions up, try what must not work any more, print the outcome as JSON, and end:
                 exit code 0 when everything was refused
  --version      print the version
  --help         print this

Environment:
  HOME                 ~/.cortex holds login, agent key and socket
  CORTEX_DAEMON_SOCK   the socket (default: ~/.cortex/agent.sock); its directory must be yours alone
  CORTEX_ALLOWED_CALLERS  programs that may use this daemon besides those that the server allows: SHA-256 in hex
                       or absolute paths, separated by commas; where the server has no list, only these
  CORTEX_LOG           json for log lines in JSON
  INSECURE_HTTP        1 allows plain http:// to servers that are not on this machine

Exit codes:
  0    it was asked to end
  1    it cannot start; the log says why
  2    the command line was wrong

Example, as a service or by hand:
  cortex-daemon --foreground

It needs no login to start: it waits for \`cortex daemon login\`. Stop it by \`cortex daemon stop\`, SIGTERM, SIGINT or SIGHUP.`;

/** Does not repeat what was typed: it may be anything. */
export const UNKNOWN_ARGUMENT =
  "cortex-daemon: There is an unknown argument; there are --foreground, --self-test, --version, and --help, which explains them";

export type DaemonOptions =
  | { readonly kind: "serve"; readonly selfTest: boolean }
  | { readonly kind: "print"; readonly what: "help" | "version" }
  /** Started by a daemon for one run, never by a person. */
  | { readonly kind: "monitor" }
  | { readonly kind: "wrong" };

/** Reads the arguments. An unknown one is not echoed: it may be anything. */
export function parseOptions(args: readonly string[]): DaemonOptions {
  const asks = (...words: string[]) => args.some((argument) => words.includes(argument));
  if (asks("--help", "-h", "help")) return { kind: "print", what: "help" };
  if (asks("--version", "-V", "version")) return { kind: "print", what: "version" };
  if (args.length === 1 && args[0] === MONITOR_ARGUMENT) return { kind: "monitor" };
  const known = ["--foreground", "--self-test"];
  if (args.some((argument) => !known.includes(argument))) return { kind: "wrong" };
  return { kind: "serve", selfTest: args.includes("--self-test") };
}
