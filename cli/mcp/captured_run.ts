/**
 * A run whose output is kept instead of shown. It has no input and no terminal; when its time is over, or nobody wants it
 * any more, it is asked to end, and after a moment the connection is closed, upon which the daemon ends it for good.
 */

import { SECOND } from "../../shared/clock.ts";
import { VaultError } from "../../shared/errors.ts";
import { type ExecRequest, PROTOCOL_VERSION, type Started } from "../../shared/socket/messages.ts";
import { ExecSession } from "../run/exec_session.ts";
import { Capture, type CapturedText } from "./capture.ts";

export interface RunToCapture {
  readonly socket: string;
  readonly project: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** Null for all that is granted. */
  readonly names: readonly string[] | null;
  /** Milliseconds. */
  readonly timeout: number;
  /** Bytes of each output. */
  readonly outputLimit: number;
  /** Ends the run. */
  readonly cancelled: AbortSignal;
}

export interface CapturedRun {
  /** Undefined where the run was ended by us before it could tell. */
  readonly code: number | undefined;
  readonly signal: string | undefined;
  readonly ended: "by itself" | "time was over" | "cancelled";
  readonly stdout: CapturedText;
  readonly stderr: CapturedText;
  readonly started: Started | undefined;
}

/** From SIGTERM to the end of patience. */
const GRACE = 5 * SECOND;
/** A frozen or deaf program ends with the connection, but the daemon's word of it may never come. */
const LAST_WAIT = 10 * SECOND;

/** @throws VaultError why it did not start */
export async function captureRun(run: RunToCapture): Promise<CapturedRun> {
  if (run.cancelled.aborted) throw notStarted("cancelled");
  const [stdout, stderr] = [new Capture(run.outputLimit), new Capture(run.outputLimit)];
  const stop = new Stop(run);
  let started: Started | undefined;
  try {
    const running = ExecSession.run(run.socket, execRequest(run), {
      stdin: { read: () => Promise.resolve(null) },
      stdout,
      stderr,
      onStarted: (facts, session) => {
        started = facts;
        stop.watch(session);
      },
      onSuspended: () => {},
    }).catch((error: unknown) => stop.excuse(error));
    const exited = await Promise.race([running, stop.gaveUp]);
    const { code, signal } = exited ?? { code: undefined, signal: undefined };
    return { code, signal, ended: stop.reason, stdout: stdout.take(), stderr: stderr.take(), started };
  } finally {
    stop.end();
  }
}

/** What ends a run from our side. */
class Stop {
  reason: CapturedRun["ended"] = "by itself";
  /** Resolves when waiting is over; rejects where the run had not even begun. */
  readonly gaveUp: Promise<undefined>;
  readonly #run: RunToCapture;
  readonly #timers: ReturnType<typeof setTimeout>[] = [];
  readonly #settled = Promise.withResolvers<undefined>();
  #session: ExecSession | undefined;

  constructor(run: RunToCapture) {
    this.#run = run;
    this.gaveUp = this.#settled.promise;
    this.gaveUp.catch(() => {});
    this.#after(run.timeout, () => this.#stop("time was over"));
    run.cancelled.addEventListener("abort", this.#onAbort);
  }

  /** After we hung up, nobody can say how the program ended. */
  excuse(error: unknown): undefined {
    if (this.#session === undefined || this.reason === "by itself") throw error;
    return undefined;
  }

  /** What began after we had given up ends at once: nobody is left to wait for it. */
  watch(session: ExecSession): void {
    this.#session = session;
    if (this.reason !== "by itself") session.close();
  }

  end(): void {
    this.#timers.forEach(clearTimeout);
    this.#run.cancelled.removeEventListener("abort", this.#onAbort);
  }

  readonly #onAbort = () => this.#stop("cancelled");

  #stop(reason: "time was over" | "cancelled"): void {
    if (this.reason !== "by itself") return;
    this.reason = reason;
    if (this.#session === undefined) return this.#settled.reject(notStarted(reason));
    void this.#session.signal("SIGTERM");
    this.#after(GRACE, () => this.#session?.close());
    this.#after(GRACE + LAST_WAIT, () => this.#settled.resolve(undefined));
  }

  #after(milliseconds: number, action: () => void): void {
    this.#timers.push(setTimeout(action, milliseconds));
  }
}

function notStarted(reason: string): VaultError {
  return reason === "cancelled"
    ? new VaultError("client.interrupted", "The run was cancelled before it started")
    : new VaultError("client.wait_timeout", "The time was over before the program was started");
}

function execRequest({ project, program, args, cwd, names }: RunToCapture): ExecRequest {
  return {
    cmd: "exec",
    v: PROTOCOL_VERSION,
    project,
    program,
    args,
    cwd,
    env: Object.entries(Deno.env.toObject()),
    names,
    tty: { stdin: false, stdout: false, stderr: false },
  };
}
