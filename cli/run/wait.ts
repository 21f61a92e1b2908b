/**
 * `cortex run --wait`: tries again until an admin has decided. Silence means waiting, not denied; a server that is
 * away for a moment is waited for as well.
 */

import { type Clock, SECOND, systemClock } from "../../shared/clock.ts";
import { VaultError } from "../../shared/errors.ts";
import type { CliContext } from "../context.ts";
import { sayPending } from "../pending.ts";
import type { Terminal } from "../terminal.ts";
import { approvalAddress } from "./approval.ts";

/** Five discovers a minute are allowed by the predecessor's server: 5, 10 and then every 15 seconds stay below. */
const SPACING = [5 * SECOND, 10 * SECOND, 15 * SECOND] as const;
const LONGEST_SPACING = 15 * SECOND;
const SHORTEST_SPACING = SECOND / 10;
const TICK = SECOND / 4;

const PASSING: ReadonlySet<string> = new Set([
  "grant.pending",
  "request.rate_limited",
  "server.unreachable",
  "server.busy",
  "server.sealed",
  "server.stopping",
  "server.audit_unavailable",
]);

/** Time and words of the wait; tests hand in their own. */
export interface WaitTools {
  readonly clock: Clock;
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly terminal: Terminal;
}

/** Says what is waited for, waits, and tries; what the attempt gives. */
export async function runWhenApproved<Result>(
  pending: VaultError,
  attempt: () => Promise<Result>,
  options: { readonly socket: string; readonly wait: number; readonly json: boolean },
  { terminal }: CliContext,
): Promise<Result> {
  const approveAt = await approvalAddress(options.socket);
  if (options.json) {
    terminal.note(
      JSON.stringify({ event: "waiting_for_approval", ...pending.details, approve_at: approveAt }),
    );
  } else {
    sayPending({ ...pending.details, approveAt }, terminal);
    terminal.note(`[cortex-cli] waiting up to ${options.wait} s for the approval`);
  }
  return await waitForApproval(pending, attempt, options.wait * SECOND, realTools(terminal));
}

/**
 * Asks again and again until `check` throws no `grant.pending` any more; at most so many seconds.
 * @throws VaultError `client.wait_timeout`, or what ends the waiting
 */
export async function waitUntil(
  check: () => Promise<void>,
  seconds: number,
  { terminal }: CliContext,
): Promise<void> {
  const pending = new VaultError("grant.pending", "The request waits for an admin");
  await waitForApproval(pending, check, seconds * SECOND, realTools(terminal));
}

function realTools(terminal: Terminal): WaitTools {
  return {
    clock: systemClock,
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    terminal,
  };
}

/**
 * Tries until the program has run.
 * @throws VaultError `client.wait_timeout`, or what ends the waiting, such as `grant.denied`
 */
export async function waitForApproval<Result>(
  pending: VaultError,
  attempt: () => Promise<Result>,
  limit: number,
  tools: WaitTools,
): Promise<Result> {
  const deadline = tools.clock.now() + limit;
  let last = pending;
  for (let turn = 0; await pause(spacing(last, turn), deadline, tools); turn++) {
    try {
      return await attempt();
    } catch (error) {
      tools.terminal.endProgress();
      if (!(error instanceof VaultError) || !PASSING.has(error.code)) throw error;
      last = error;
    }
  }
  throw new VaultError("client.wait_timeout", "Nobody approved the request in time", {
    ...(pending.details === undefined ? {} : { details: pending.details }),
  });
}

/** The server may name a pace of its own: `poll_after_seconds`, or `Retry-After`. */
function spacing(error: VaultError, turn: number): number {
  const named = error.retryAfter ?? error.details?.poll_after_seconds;
  const wanted = typeof named === "number" ? named * SECOND : SPACING[turn] ?? LONGEST_SPACING;
  return Math.max(wanted, SHORTEST_SPACING);
}

/** False when the time is over first. */
async function pause(
  length: number,
  deadline: number,
  { clock, sleep, terminal }: WaitTools,
): Promise<boolean> {
  const turn = clock.now() + length;
  while (clock.now() < turn) {
    const left = deadline - clock.now();
    if (left <= 0) return false;
    terminal.progress(`Waiting for an admin's approval, ${Math.ceil(left / SECOND)} s left`);
    await sleep(Math.min(TICK, turn - clock.now(), left));
  }
  terminal.endProgress();
  return true;
}
