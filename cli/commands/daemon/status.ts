/**
 * `cortex daemon status`: whether a daemon runs, for whom, and what keeps it from running programs. What it answers
 * is copied field by field, so that nothing else of the answer gets out.
 */

import { printableLine } from "../../../shared/client/answer_error.ts";
import { cortexHome } from "../../../shared/client/home.ts";
import { readSession } from "../../../shared/client/session_file.ts";
import { EXIT, VaultError } from "../../../shared/errors.ts";
import type { CliContext } from "../../context.ts";
import { askDaemon } from "../../daemon_client.ts";
import { type DaemonFacts, readStatus } from "../../status_answer.ts";
import type { Terminal } from "../../terminal.ts";

export interface StatusOptions {
  readonly sock?: string | undefined;
  readonly json?: true | undefined;
}

/** Says it on standard output; returns 0 when a run would work, else 122. */
export async function daemonStatus(options: StatusOptions, context: CliContext): Promise<number> {
  const { terminal, env } = context;
  const home = cortexHome(env);
  const socket = options.sock ?? home.socket;
  const facts = await findDaemon(socket);
  const login = loginOf(home.sessionFile);
  if (options.json) terminal.json({ running: facts !== undefined, socket, login, ...facts });
  else if (facts === undefined) sayStopped(socket, login, terminal);
  else sayRunning(socket, facts, terminal);
  return facts?.session_state === "attested" ? EXIT.ok : EXIT.notReady;
}

/** The login as the file says it, without its token; null where nobody logged in. */
export interface Login {
  readonly server_url: string;
  readonly agent_id?: string | undefined;
  readonly expires_at?: string | undefined;
  readonly server_fingerprint?: string | undefined;
}

function loginOf(file: string): Login | null {
  const session = readSession(file);
  if (session === undefined) return null;
  const { server_url, agent_id, expires_at, server_fingerprint } = session;
  return { server_url, agent_id, expires_at, server_fingerprint };
}

/** What the daemon at a socket says of itself; undefined where none answers. */
export async function findDaemon(socket: string): Promise<DaemonFacts | undefined> {
  try {
    return readStatus(await askDaemon(socket, { cmd: "status" }));
  } catch (error) {
    if (error instanceof VaultError && error.code === "client.daemon_not_running") return undefined;
    throw error;
  }
}

function sayStopped(socket: string, login: Login | null, terminal: Terminal): void {
  terminal.data(`Daemon      not running (no answer at ${socket})`);
  if (login === null) {
    terminal.data("Login       none");
    terminal.data("Next        cortex daemon login --url URL");
    return;
  }
  terminal.data(
    `Login       ${printableLine(login.server_url)} as ${login.agent_id ?? "an agent"}${
      until(login.expires_at)
    }`,
  );
  terminal.data("Next        cortex daemon start");
}

/** Prints a running daemon as lines for people. */
export function sayRunning(socket: string, facts: DaemonFacts, terminal: Terminal): void {
  const { hardening, projects, problem } = facts;
  const lacking = hardening.filter((step) => !step.done);
  const lines: [string, string][] = [
    ["Daemon", `running, pid ${facts.pid}, version ${facts.version}, up ${duration(facts.uptime_seconds)}`],
    ["Socket", socket],
    [
      "Server",
      facts.server_url === ""
        ? "none"
        : `${facts.server_url} as ${facts.agent_id}${until(facts.login_expires_at)}`,
    ],
    ["Session", STATES[facts.session_state] + until(facts.session_expires_at)],
    ...(problem === undefined ? [] : [["Problem", problem] satisfies [string, string]]),
    ["Programs", `${facts.running_children} running`],
    ...projects.map((
      entry,
    ): [string, string] => ["Project", `${entry.project}${until(entry.token_expires_at)}`]),
    ["Hardening", `${hardening.length - lacking.length} of ${hardening.length} steps`],
    ...lacking.map((
      step,
    ): [string, string] => ["", `not done: ${step.step}${step.reason ? ` (${step.reason})` : ""}`]),
    ["Binary", `SHA-256 ${facts.binary_sha256}`],
  ];
  for (const [label, text] of lines) terminal.data(`${label.padEnd(12)}${text}`);
}

const STATES: Readonly<Record<DaemonFacts["session_state"], string>> = {
  attested: "attested, ready to run programs",
  connecting: "connecting to the server",
  logged_out: "no login; run cortex daemon login --url URL",
  refused: "refused by the server",
  unknown: "unknown to this version of cortex",
};

function until(time: string | undefined): string {
  return time === undefined ? "" : `, until ${time} UTC`;
}

function duration(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3_600)} h` : `${Math.floor(seconds / 86_400)} d`;
}
