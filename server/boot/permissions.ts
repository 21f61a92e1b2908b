/**
 * After boot the server needs the network and nothing else. What it gives up here no code in the process gets back: a
 * flaw in a library then reads no file, loads no library and starts no program.
 */

import { probeDatabaseFile } from "../store/probe.ts";

/** Everything but `net`. */
const GIVEN_UP = ["read", "write", "run", "env", "ffi", "sys", "import"] as const;

export type Permission = typeof GIVEN_UP[number];

/** Gives the permissions up and returns those that are still granted: none, or something is wrong. */
export function giveUpPermissions(): Permission[] {
  return GIVEN_UP.filter((name) => Deno.permissions.revokeSync({ name }).state === "granted");
}

export type Outcome = "refused" | "allowed" | "failed";

/** Tries what must not work any more: `refused` is Deno saying no, `failed` any other error. */
export async function tryForbidden(): Promise<Record<string, Outcome>> {
  return {
    read: await attempt(() => Deno.readTextFile("/etc/hostname")),
    write: await attempt(() => Deno.writeTextFile(`/tmp/${crypto.randomUUID()}`, "")),
    database: await attempt(async () => probeDatabaseFile(`/tmp/${crypto.randomUUID()}`)),
    library: await attempt(async () => Deno.dlopen("libc.so.6", {}).close()),
    program: await attempt(() => new Deno.Command("/bin/true").output()),
    environment: await attempt(async () => Deno.env.get("HOME")),
    hostname: await attempt(async () => Deno.hostname()),
    worker: await attempt(async () => startedWorker().terminate()),
  };
}

/** A worker could be granted what its parent has, never more. */
function startedWorker(): Worker {
  const url = URL.createObjectURL(new Blob([""], { type: "text/javascript" }));
  return new Worker(url, { type: "module", deno: { permissions: { read: true } } });
}

async function attempt(action: () => Promise<unknown>): Promise<Outcome> {
  try {
    await action();
    return "allowed";
  } catch (error) {
    return error instanceof Deno.errors.NotCapable ? "refused" : "failed";
  }
}
