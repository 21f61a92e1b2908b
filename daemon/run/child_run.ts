/**
 * A started child and its three streams, from its start until the caller may be told how it ended.
 *
 * Its number stays taken until {@linkcode ChildRun.finish} has reaped it, so no signal of ours can reach a stranger.
 */

import { SECOND } from "../../shared/clock.ts";
import type { Ending, ProcessLife } from "../../shared/os/child.ts";
import type { FdStream } from "../../shared/os/fd_stream.ts";
import type { SignalName } from "../../shared/os/posix.ts";
import type { WindowSize } from "../../shared/os/terminal.ts";
import type { OutputStream } from "../../shared/socket/frames.ts";
import type { Timers } from "../timers.ts";
import { InputFeed } from "./input_feed.ts";
import { OutputPump } from "./output_pump.ts";
import type { RunningProgram } from "./running_program.ts";

/** Where a child's streams go. */
export interface ChildEvents {
  /** Resolves to how many bytes were sent. */
  readonly output: (stream: OutputStream, bytes: Uint8Array) => Promise<number>;
  readonly outputLast: (stream: OutputStream) => Promise<unknown>;
  readonly outputEnd: (stream: OutputStream) => Promise<void>;
  readonly inputTaken: (bytes: number) => void;
  readonly inputClosed: () => void;
}

export interface ChildDeps {
  readonly timers: Timers;
}

/** Between SIGHUP and SIGKILL of a child whose caller has gone. */
export const HANG_UP_GRACE = 5 * SECOND;
/** For last words of descendants that still hold an output of a child that has ended. */
export const LAST_WORDS = SECOND / 4;

export class ChildRun {
  readonly pid: number;
  readonly input: InputFeed;
  readonly #life: ProcessLife;
  readonly #resize: RunningProgram["resize"];
  readonly #outputs: ReadonlyMap<OutputStream, OutputPump>;
  readonly #timers: Timers;
  readonly #sent: Promise<unknown>;
  readonly #drained: Promise<unknown>;
  #cancelKill: () => void = () => {};
  #hungUp = false;

  /** Takes the program and our ends of its streams over. */
  constructor({ timers }: ChildDeps, program: RunningProgram, events: ChildEvents) {
    this.pid = program.life.pid;
    this.#timers = timers;
    this.#life = program.life;
    this.#resize = program.resize;
    this.input = new InputFeed(program.stdin, { onTaken: events.inputTaken, onClosed: events.inputClosed });
    this.#outputs = new Map([...program.outputs].map(([stream, fd]) => [stream, pump(stream, fd, events)]));
    const runs = this.#pumps.map((one) => ({ one, sent: one.run() }));
    this.#sent = Promise.all(runs.map(({ sent }) => sent));
    this.#drained = Promise.all(runs.map(({ one, sent }) => sent.then(() => one.drain())));
  }

  /** Of a stream; undefined where it is on the terminal, whose output is standard output. */
  output(stream: OutputStream): OutputPump | undefined {
    return this.#outputs.get(stream);
  }

  /** Tells the program's terminal, if it has one, how large the caller's is now. */
  resize(size: WindowSize): void {
    this.#resize(size);
  }

  get #pumps(): readonly OutputPump[] {
    return [...this.#outputs.values()];
  }

  /** To the whole process group; false when it has ended. */
  signal(name: SignalName): boolean {
    return this.#life.signal(name);
  }

  /** Resolves when the caller has been sent what the child has written until now. */
  async caughtUp(): Promise<void> {
    await Promise.all(this.#pumps.map((pump) => pump.caughtUp()));
  }

  /** Nobody waits for this child any more: SIGHUP as when a terminal is closed, then SIGKILL. */
  hangUp(): void {
    if (this.#hungUp) return;
    this.#hungUp = true;
    this.input.close();
    this.#pumps.forEach((pump) => pump.discard());
    this.signal("SIGHUP");
    // A stopped process cannot act on anything else.
    this.signal("SIGCONT");
    this.#cancelKill = this.#timers.after(HANG_UP_GRACE, () => void this.signal("SIGKILL"));
  }

  /** Resolves once the child has ended and everything that is the caller's has been sent. */
  async finish(): Promise<Ending> {
    await this.#life.ended;
    this.input.close();
    const cancel = this.#timers.after(LAST_WORDS, () => this.#pumps.forEach((pump) => pump.hurry()));
    await this.#sent;
    cancel();
    if (this.#hungUp) await this.#endOfGroup();
    return this.#life.reap();
  }

  /** Resolves when the last descendant has let go of the outputs. */
  async drained(): Promise<void> {
    await this.#drained;
  }

  /** Closes the outputs under whoever still writes. */
  close(): void {
    this.#pumps.forEach((pump) => pump.close());
  }

  /** The child obeyed SIGHUP; the rest of its group gets the same time to. */
  async #endOfGroup(): Promise<void> {
    const left = new Promise<void>((resolve) => this.#timers.after(HANG_UP_GRACE, resolve));
    await Promise.race([left, this.#drained]);
    this.signal("SIGKILL");
    this.#cancelKill();
  }
}

function pump(stream: OutputStream, fd: FdStream, events: ChildEvents): OutputPump {
  return new OutputPump(fd, {
    data: (bytes) => events.output(stream, bytes),
    last: () => events.outputLast(stream),
    end: () => events.outputEnd(stream),
  });
}
