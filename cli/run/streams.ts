/**
 * What the program's standard streams are on, seen from our side. With a terminal as our standard output the program
 * gets a terminal of its own; else pipes. `--tty` and `--no-tty` decide otherwise.
 */

import type { ExecRequest, Exited } from "../../shared/socket/messages.ts";
import type { CallerTerminal } from "./caller_terminal.ts";
import type { ExecSession, SessionWorld } from "./exec_session.ts";
import type { InputSource } from "./input.ts";
import type { RunOptions } from "./options.ts";
import { forwardSignals, forwardTerminalSignals } from "./signals.ts";

/** One run's streams, its part of the request, and what happens to our terminal around it. */
export interface RunStreams extends Omit<SessionWorld, "onStarted"> {
  readonly onStarted: (session: ExecSession) => void;
  readonly request: () => Pick<ExecRequest, "tty" | "terminal">;
  /** Gives our terminal back when the run ends, however it does. */
  readonly use: (run: Promise<Exited>) => Promise<Exited>;
}

/** Looks at our own streams. */
export async function chooseStreams(wish: RunOptions["tty"]): Promise<RunStreams> {
  const wanted = wish === "always" || (wish === "auto" && Deno.stdout.isTerminal());
  if (!wanted) return onPipes();
  const { CallerTerminal } = await import("./caller_terminal.ts");
  return onTerminal(new CallerTerminal(), wish === "always");
}

const TERMINAL_INPUT: InputSource = {
  read: async (buffer) => (await import("./terminal_input.ts")).readTerminal(buffer),
};

const standardStreams = () => ({
  stdin: Deno.stdin.isTerminal() ? TERMINAL_INPUT : Deno.stdin,
  stdout: Deno.stdout,
  stderr: Deno.stderr,
});

/** Input that is not typed ends on a terminal as a person would end it. */
function endedByKey(source: InputSource): InputSource {
  let ended = false;
  return {
    read: async (buffer) => {
      const count = ended ? null : await source.read(buffer);
      if (count !== null || ended) return count;
      ended = true;
      buffer[0] = END_OF_INPUT_KEY;
      return 1;
    },
  };
}

/** Ctrl-D. */
const END_OF_INPUT_KEY = 0x04;

function onPipes(): RunStreams {
  return {
    ...standardStreams(),
    request: () => ({ tty: { stdin: false, stdout: false, stderr: false } }),
    onStarted: (session) => forwardSignals((name) => session.signal(name)),
    onSuspended: () => {},
    use: (run) => run,
  };
}

function onTerminal(terminal: CallerTerminal, all: boolean): RunStreams {
  const resize = (session: ExecSession) => void session.resize(terminal.size());
  const goOn = (session: ExecSession) => {
    terminal.enter();
    resize(session);
  };
  const streams = standardStreams();
  const stdin = all && streams.stdin !== TERMINAL_INPUT ? endedByKey(streams.stdin) : streams.stdin;
  return {
    ...streams,
    stdin,
    request: () => ({
      tty: {
        stdin: all || Deno.stdin.isTerminal(),
        stdout: true,
        stderr: all || Deno.stderr.isTerminal(),
      },
      terminal: terminal.shape(),
    }),
    onStarted: (session) => {
      forwardTerminalSignals((name) => session.signal(name), () => resize(session), () => goOn(session));
      goOn(session);
    },
    onSuspended: (session) => {
      terminal.suspend();
      goOn(session);
      void session.signal("SIGCONT");
    },
    use: async (run) => {
      try {
        return await run;
      } finally {
        terminal.leave();
      }
    },
  };
}
