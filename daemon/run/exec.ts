/**
 * The verb `exec`: runs a program for the caller and streams both ways until its end. The caller's frames are read from
 * the first moment, so that a signal or a hang-up counts while the server is still being asked.
 */

import type { Ending } from "../../shared/os/child.ts";
import { toWireError, VaultError } from "../../shared/errors.ts";
import { encodeData, encodeFrame, FRAME, type OutputStream, STDOUT } from "../../shared/socket/frames.ts";
import {
  type CallerMessage,
  encodeJsonFrame,
  encodeStdinCredit,
  encodeStreamFrame,
  type ExecRequest,
  type Exited,
  readCallerFrame,
} from "../../shared/socket/messages.ts";
import type { Connection } from "../connection.ts";
import { failureFields, type Log } from "../log.ts";
import { buildMatchers } from "../redaction/matcher.ts";
import { useToken } from "../token_use.ts";
import { type ChildDeps, type ChildEvents, ChildRun } from "./child_run.ts";
import { LeakReports, type SendLeaks } from "./leak_reports.ts";
import { RedactedOutput } from "./redacted_output.ts";
import { terminalOrder } from "./running_program.ts";
import { type StartDeps, type StartedRun, startRun } from "./start.ts";

export interface ExecDeps extends StartDeps, ChildDeps {
  readonly log: Log;
  /** The children that run, for `status` and for the end of the daemon. */
  readonly children: Set<ChildRun>;
}

/** Serves one `exec` to its end. Never throws: what fails is told to the caller. */
export async function serveExec(deps: ExecDeps, request: ExecRequest, connection: Connection): Promise<void> {
  const exec = new Exec(deps, connection);
  const listening = exec.listen();
  void connection.hangUp().then(() => exec.callerHasGone(), () => exec.callerHasGone());
  try {
    await exec.run(request);
  } catch (error) {
    await exec.tell(error);
  } finally {
    await connection.finish(listening, deps.timers);
  }
}

class Exec {
  readonly #deps: ExecDeps;
  readonly #connection: Connection;
  #child: ChildRun | undefined;
  #gone = false;
  /** The child has ended; what still comes was sent before the caller heard it. */
  #isOver = false;
  /** It was stopped before we had it in hand. */
  #stoppedEarly = false;
  /** What came before there was a child. */
  readonly #early: CallerMessage[] = [];

  constructor(deps: ExecDeps, connection: Connection) {
    this.#deps = deps;
    this.#connection = connection;
  }

  async run(request: ExecRequest): Promise<void> {
    const { project, names, program, args, cwd, env, ssh = false, template, unredacted = false } = request;
    const terminal = terminalOrder(request, () => void this.#suspended());
    const order = {
      project,
      names,
      program,
      args,
      cwd,
      environment: env,
      terminal,
      ssh,
      template,
      unredacted,
    };
    const { peer } = this.#connection;
    const started = await startRun(this.#deps, order, { peer, hasGone: () => this.#gone });
    if (started === undefined) return;
    const { delivered, files, unmatched, reasons, redaction } = started;
    using _ssh = started.ssh;
    // Said before the pumps start, so that it is the first frame.
    const said = this.#connection.send(
      encodeJsonFrame(FRAME.started, {
        pid: started.program.life.pid,
        delivered,
        files,
        unmatched,
        reasons: Object.fromEntries(reasons),
        unredacted: redaction.unprotected,
      }),
    );
    const leaks = new LeakReports(this.#deps.timers, this.#leakSender(request, started));
    const output = new RedactedOutput(
      buildMatchers(redaction.patterns),
      (stream, bytes) => this.#send(stream, bytes),
      (stream, name) => leaks.hit(stream, name),
    );
    const child = new ChildRun(this.#deps, started.program, this.#events(output));
    this.#deps.log.info("run started", { project, pid: child.pid, values: delivered.length });
    const ending = await this.#follow(child, said);
    void leaks.flush();
    const { code } = ending;
    this.#deps.log.info("run ended", { project, pid: child.pid, code, values_redacted: output.replaced });
    await this.#connection.send(encodeJsonFrame(FRAME.exit, toExited(ending)));
  }

  /** Reads the caller's frames until it closes. A caller that breaks the protocol is treated as gone. */
  async listen(): Promise<void> {
    try {
      for await (const frame of this.#connection.frames()) this.#handle(readCallerFrame(frame));
    } catch (error) {
      this.#deps.log.warn("the caller broke the protocol", failureFields(error));
      await this.tell(error);
      this.#connection.close();
      this.callerHasGone();
    }
  }

  callerHasGone(): void {
    this.#gone = true;
    this.#child?.hangUp();
  }

  async tell(error: unknown): Promise<void> {
    if (!(error instanceof VaultError)) this.#deps.log.error("run failed", failureFields(error));
    const known = error instanceof VaultError
      ? error
      : new VaultError("server.internal", "The daemon failed to run the program; see its log");
    await this.#connection.send(encodeJsonFrame(FRAME.error, toWireError(known)));
  }

  async #follow(child: ChildRun, said: Promise<void>): Promise<Ending> {
    const { children } = this.#deps;
    children.add(child);
    this.#child = child;
    if (this.#gone) child.hangUp();
    this.#early.splice(0).forEach((message) => this.#deliver(child, message));
    if (this.#stoppedEarly) void this.#suspended();
    try {
      await said;
      return await child.finish();
    } finally {
      this.#child = undefined;
      this.#isOver = true;
      void child.drained().then(() => children.delete(child));
    }
  }

  #handle(message: CallerMessage): void {
    if (this.#child !== undefined) return this.#deliver(this.#child, message);
    if (this.#isOver) return;
    if (this.#early.length === MAX_EARLY) {
      throw new VaultError("client.frame_invalid", "Too much came before the program was started");
    }
    this.#early.push(message);
  }

  #deliver(child: ChildRun, message: CallerMessage): void {
    switch (message.kind) {
      case "stdin":
        return child.input.push(message.bytes);
      case "stdin_end":
        return child.input.end();
      case "signal":
        return void child.signal(message.name);
      case "resize":
        return child.resize(message);
      case "output_credit":
        return child.output(message.stream)?.addCredit(message.bytes);
      case "output_closed":
        return child.output(message.stream)?.close();
    }
  }

  /** The token is the one that gave the values, or one that gives the same. */
  #leakSender({ project, names, program }: ExecRequest, { caller, delivered }: StartedRun): SendLeaks {
    const deps = this.#deps;
    const wanted = { names: names === null ? null : delivered, sshKeys: false };
    const need = { project, wanted, caller };
    return async (leaks) => {
      const report = { program: program.slice(0, MAX_PROGRAM_NAME), leaks };
      try {
        await useToken(deps, need, {
          call: (token) => deps.calls.reportLeaks(project, token, caller, report),
        });
      } catch (error) {
        deps.log.warn("the server was not told of values in the output", {
          project,
          ...failureFields(error),
        });
      }
    };
  }

  /** What a full-screen program did last was to give the screen back: the shell must not write before that. */
  async #suspended(): Promise<void> {
    this.#stoppedEarly = this.#child === undefined;
    if (this.#child === undefined) return;
    await this.#child.caughtUp();
    await this.#connection.send(encodeFrame(FRAME.suspended));
  }

  async #send(stream: OutputStream, bytes: Uint8Array): Promise<void> {
    const type = stream === STDOUT ? FRAME.stdout : FRAME.stderr;
    for (const frame of encodeData(type, bytes)) await this.#connection.send(frame);
  }

  #events(output: RedactedOutput): ChildEvents {
    const connection = this.#connection;
    return {
      output: (stream, bytes) => output.write(stream, bytes),
      outputLast: (stream) => output.end(stream),
      outputEnd: (stream) => connection.send(encodeStreamFrame(FRAME.outputEnd, stream)),
      inputTaken: (bytes) => void connection.send(encodeStdinCredit(bytes)),
      inputClosed: () => void connection.send(encodeFrame(FRAME.stdinClosed)),
    };
  }
}

/** What the audit log takes of it. */
const MAX_PROGRAM_NAME = 255;
/** Input within its credit is a few frames: ours waits for `started`; more before the start is a caller not well. */
const MAX_EARLY = 64;

function toExited({ code, signal }: Ending): Exited {
  return signal === undefined ? { code } : { code, signal };
}
