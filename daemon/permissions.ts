/**
 * What the daemon gives up once everything is open: only the network is left. Spawning, the socket and the session file
 * go through the handle on the C library that is open already; nobody can open another.
 */

import { type ProtectionStep, unavailable } from "../shared/os/protection.ts";

const GIVEN_UP = ["run", "ffi", "write", "read", "env", "sys", "import"] as const;
const STEP = "permissions given up, all but the network";

/** For good: Deno has no way back but asking a person at a terminal. */
export function giveUpPermissions(): ProtectionStep {
  const kept = GIVEN_UP.filter((name) => Deno.permissions.revokeSync({ name }).state === "granted");
  return kept.length === 0
    ? { step: STEP, done: true }
    : unavailable(STEP, `still granted: ${kept.join(", ")}`);
}

/** One thing that must not work any more, and whether it was refused. */
export interface Probe {
  readonly attempt: string;
  readonly refused: boolean;
}

/** Tries each of them in this very process: `--self-test` prints what came out. */
export function probePermissions(): Probe[] {
  return [
    probe("read a file", () => Deno.readTextFileSync("/etc/passwd")),
    probe("list a directory", () => [...Deno.readDirSync("/")]),
    probe("write a file", () => Deno.makeTempFileSync()),
    probe("start a program", () => new Deno.Command("true").outputSync()),
    probe("load a library", () => Deno.dlopen("libc.so.6", {}).close()),
    probe("read the environment", () => Deno.env.get("HOME")),
    probe("ask for the host's name", () => Deno.hostname()),
  ];
}

function probe(attempt: string, action: () => unknown): Probe {
  try {
    action();
    return { attempt, refused: false };
  } catch (error) {
    return { attempt, refused: error instanceof Deno.errors.NotCapable };
  }
}
