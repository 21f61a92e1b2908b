/** Watches a rotation until it ends: how many rows, how fast, how long still. A server that is away for a moment is waited for. */

import type { KekRotationProgress } from "../../shared/api/kek_rotation.ts";
import { VaultError } from "../../shared/errors.ts";
import type { Terminal } from "../terminal.ts";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;
const FIRST_LOOK_MS = 200;
const LOOK_EVERY_MS = 1_000;
/** A restart takes less; who waits longer wants to know. */
const LOST_AFTER_LOOKS = 30;

interface Sample {
  readonly atMs: number;
  readonly remaining: number;
}

/** The state in which the rotation ended. @throws VaultError `client.interrupted` by a signal, `server.unreachable` */
export async function watchRotation(
  look: () => Promise<KekRotationProgress>,
  terminal: Pick<Terminal, "progress" | "endProgress">,
): Promise<KekRotationProgress> {
  const interrupted = Promise.withResolvers<void>();
  const interrupt = () => interrupted.resolve();
  for (const signal of SIGNALS) Deno.addSignalListener(signal, interrupt);
  try {
    const ended = await Promise.race([follow(look, terminal, interrupted.promise), interrupted.promise]);
    if (ended === undefined) throw goesOn("client.interrupted");
    return ended;
  } finally {
    terminal.endProgress();
    for (const signal of SIGNALS) Deno.removeSignalListener(signal, interrupt);
  }
}

/** Undefined where it was interrupted. */
async function follow(
  look: () => Promise<KekRotationProgress>,
  terminal: Pick<Terminal, "progress">,
  interrupted: Promise<void>,
): Promise<KekRotationProgress | undefined> {
  let first: Sample | undefined;
  let lost = 0;
  for (let wait = FIRST_LOOK_MS;; wait = LOOK_EVERY_MS) {
    if (await isOver(wait, interrupted)) return undefined;
    const progress = await look().catch((error) => nothingFrom(error, ++lost));
    if (progress === undefined) continue;
    lost = 0;
    if (progress.state !== "running") return progress;
    const sample = { atMs: performance.now(), remaining: progress.rows_remaining };
    terminal.progress(describe(progress, first, sample));
    first ??= sample;
  }
}

/** Whether the interruption came before the time was up. */
async function isOver(milliseconds: number, interrupted: Promise<void>): Promise<boolean> {
  const waited = Promise.withResolvers<false>();
  const timer = setTimeout(() => waited.resolve(false), milliseconds);
  const over = await Promise.race([waited.promise, interrupted.then(() => true)]);
  clearTimeout(timer);
  return over;
}

function nothingFrom(error: unknown, times: number): undefined {
  const away = error instanceof VaultError &&
    ["server.unreachable", "server.stopping", "server.sealed", "server.busy"].includes(error.code);
  if (!away) throw error;
  if (times >= LOST_AFTER_LOOKS) throw goesOn("server.unreachable", error);
}

function goesOn(code: "client.interrupted" | "server.unreachable", cause?: unknown): VaultError {
  const who = code === "client.interrupted"
    ? "Interrupted; the rotation goes on in the server"
    : "The server does not answer; the rotation goes on once it runs";
  return new VaultError(code, `${who}: cortex admin rotate-key --status says how far it is`, { cause });
}

/** `rotating the key: 43,120 of 100,003 rows, 12,000 rows/s, 5 s to go`. */
export function describe(progress: KekRotationProgress, first: Sample | undefined, now: Sample): string {
  const { rows_total, rows_remaining } = progress;
  const done = Math.max(0, rows_total - rows_remaining);
  const base = `rotating the key: ${done.toLocaleString("en")} of ${rows_total.toLocaleString("en")} rows`;
  if (first === undefined || now.atMs <= first.atMs || first.remaining <= now.remaining) return base;
  const rate = (first.remaining - now.remaining) / ((now.atMs - first.atMs) / 1_000);
  const seconds = Math.ceil(rows_remaining / rate);
  return `${base}, ${Math.round(rate).toLocaleString("en")} rows/s, ${seconds} s to go`;
}
