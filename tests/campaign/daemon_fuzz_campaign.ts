/**
 * Nonsense on the daemon's two sockets, each piece on a connection of its own. What is wrong is told with the number of its
 * case, which the seed brings back.
 */

import { createLog } from "../../daemon/log.ts";
import { SshAgent } from "../../daemon/ssh/agent.ts";
import { Reactor } from "../../shared/os/reactor.ts";
import { UnixListener } from "../../shared/os/unix_listener.ts";
import { Stage } from "../daemon/support/stage.ts";
import { Dice, nonsenseForAgent, nonsenseForSocket } from "../support/daemon_fuzz.ts";

export interface FuzzOptions {
  /** For each socket. */
  readonly cases: number;
  readonly seed: number;
}

export interface FuzzOutcome {
  readonly cases: number;
  readonly seconds: number;
  readonly failures: readonly string[];
}

/** An answer takes milliseconds. */
const HANGING_MS = 10_000;
const LIST_KEYS = Uint8Array.of(0, 0, 0, 1, 11);
const NO_KEYS = "00000005" + "0c" + "00000000";

export async function fuzzDaemon({ cases, seed }: FuzzOptions): Promise<FuzzOutcome> {
  const from = performance.now();
  const failures = [...await fuzzSocket(cases, seed), ...await fuzzSshAgent(cases, seed)];
  return { cases: 2 * cases, seconds: Math.round((performance.now() - from) / 1000), failures };
}

/** The daemon's own socket. */
export async function fuzzSocket(cases: number, seed: number): Promise<string[]> {
  await using stage = new Stage();
  const dice = new Dice(seed);
  const failures: string[] = [];
  const request = { ...stage.request("/bin/true", ["a"]) };
  for (let number = 0; number < cases; number++) {
    const answer = await say(stage.socket, nonsenseForSocket(dice, request), dice);
    const wrong = wrongWithAnswer(answer);
    if (wrong !== undefined) failures.push(`socket, case ${number}: ${wrong}`);
    if (number % 200 === 199) {
      const status = await stage.ask({ cmd: "status" });
      if (status["ok"] !== true) failures.push(`socket, case ${number}: no status`);
    }
  }
  if ((await stage.exec("/bin/true")).exited?.code !== 0) failures.push("socket: nothing runs any more");
  const bugs = stage.logLines.filter((line) => JSON.parse(line).level === "error");
  return [...failures, ...bugs.slice(0, 5)];
}

/** The SSH agent's, spoken to by a program of a run. */
export async function fuzzSshAgent(cases: number, seed: number): Promise<string[]> {
  await using stage = new Stage();
  await using reactor = new Reactor();
  const path = `${stage.folder}/agent`;
  const log = createLog({ json: true, clock: stage.timers, write: () => {} });
  const agent = new SshAgent(UnixListener.open(reactor, path), { reactor, log });
  const serving = agent.serve();
  const dice = new Dice(seed);
  const failures: string[] = [];
  const nothing = {
    identities: () => Promise.resolve([]),
    sign: () => Promise.reject(new Error("never asked")),
  };
  using _run = agent.register(Deno.pid, nothing);
  for (let number = 0; number < cases; number++) {
    const answer = await say(path, nonsenseForAgent(dice), dice);
    if (answer === undefined || !areAgentMessages(answer)) {
      failures.push(
        `ssh agent, case ${number}: ${answer === undefined ? "no end" : "an answer that is none"}`,
      );
    }
    if (number % 200 !== 199) continue;
    const listed = await say(path, LIST_KEYS);
    if (listed?.toHex() !== NO_KEYS) failures.push(`ssh agent, case ${number}: no list`);
  }
  agent.close();
  await serving;
  return failures;
}

/** What is answered until the end; undefined where there is none in time. With dice, some hang up instead of listening. */
async function say(path: string, bytes: Uint8Array, dice?: Dice): Promise<Uint8Array | undefined> {
  using connection = await Deno.connect({ transport: "unix", path });
  const watchdog = setTimeout(() => connection.close(), HANGING_MS);
  try {
    for (let at = 0; at < bytes.byteLength;) at += await connection.write(bytes.subarray(at));
    if (dice?.roll(5) === 0) return new Uint8Array();
    await connection.closeWrite();
    return await new Response(connection.readable).bytes();
  } catch (error) {
    // Whoever writes on after the other side has ended, which it may do at the first wrong byte.
    if (error instanceof Deno.errors.BrokenPipe || error instanceof Deno.errors.ConnectionReset) {
      return new Uint8Array();
    }
    if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) {
      return undefined;
    }
    throw error;
  } finally {
    clearTimeout(watchdog);
  }
}

/** A line of JSON, or frames; never our own bug. */
function wrongWithAnswer(answer: Uint8Array | undefined): string | undefined {
  if (answer === undefined) return "no end";
  const text = new TextDecoder().decode(answer);
  if (text.includes("server_internal")) return `a bug of ours: ${text.slice(0, 200)}`;
  if (!text.startsWith("{")) return undefined;
  try {
    return typeof JSON.parse(text).ok === "boolean" ? undefined : "an answer without ok";
  } catch {
    return "an answer that is no JSON";
  }
}

/** Failure, success, keys or a signature, each whole. */
function areAgentMessages(answer: Uint8Array): boolean {
  const view = new DataView(answer.buffer, answer.byteOffset, answer.byteLength);
  let at = 0;
  while (at + 5 <= answer.byteLength) {
    if (![5, 6, 12, 14].includes(view.getUint8(at + 4))) return false;
    at += 4 + view.getUint32(at);
  }
  return at === answer.byteLength;
}
