/** From a request to a running child: values, environment, spawn. What held values is wiped before this returns. */

import type { CVector } from "../../shared/os/c_vector.ts";
import type { Peer } from "../../shared/os/peer.ts";
import { umaskOf } from "../../shared/os/proc.ts";
import type { ProgramHashes } from "../../shared/os/program_hash.ts";
import type { SpawnRequest } from "../../shared/os/spawn.ts";
import type { TemplateOrder } from "../../shared/socket/messages.ts";
import type { SecretValue } from "../../shared/secret_value.ts";
import type { SshAgent } from "../ssh/agent.ts";
import { VaultSigner } from "../ssh/vault_signer.ts";
import type { LaunchDeps } from "../terminal/launch.ts";
import type { Callers } from "../caller/callers.ts";
import type { CallerFacts } from "../caller_headers.ts";
import { buildPatterns, type PatternSet } from "../redaction/patterns.ts";
import {
  type BoundCommand,
  emptyRelease,
  type Release,
  type ReleaseDeps,
  releaseValues,
} from "../release.ts";
import { Command } from "../command/command.ts";
import { repositoryOf } from "../command/repository.ts";
import type { WantedNames } from "../server_calls.ts";
import { giveToProgram } from "../template/for_program.ts";
import { type Rendered, renderTemplate } from "../template/rendered.ts";
import { DeliveredFiles } from "./delivered_files.ts";
import {
  boundEnvironment,
  buildEnvironment,
  type Environment,
  pathIn,
  pathOf,
  withSshAgent,
} from "./environment.ts";
import { type RunningProgram, startOnPipes, startOnTerminal, type TerminalOrder } from "./running_program.ts";

/** What is to run, for whom. */
export interface RunOrder {
  readonly project: string;
  readonly names: WantedNames;
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly environment: Environment;
  /** Undefined for pipes. */
  readonly terminal: TerminalOrder | undefined;
  /** Whether the program and its descendants may log in by the project's SSH keys. */
  readonly ssh: boolean;
  /** The output is to come through as it is, if the server allows it. */
  readonly unredacted: boolean;
  /** The program gets this as a file. */
  readonly template?: TemplateOrder | undefined;
}

export interface StartDeps extends ReleaseDeps, LaunchDeps {
  readonly callers: Callers;
  readonly hashes: ProgramHashes;
  readonly sshAgent: SshAgent;
}

export interface StartedRun {
  readonly program: RunningProgram;
  /** Names, those of files included. */
  readonly delivered: readonly string[];
  /** Names of values that the program has as files. */
  readonly files: readonly string[];
  readonly unmatched: readonly string[];
  /** Why not, of those that are granted. */
  readonly reasons: ReadonlyMap<string, string>;
  /** What to look for in the child's output. Holds the values in all their forms for as long as the run lasts. */
  readonly redaction: PatternSet;
  /** To be disposed of at the program's end. */
  readonly ssh: Disposable;
  /** Who runs it, for what is told of the run later. */
  readonly caller: CallerFacts;
}

/**
 * Starts the program; undefined when the caller has gone before that.
 * @throws VaultError why there are no values, or why the program cannot be started
 */
export async function startRun(
  deps: StartDeps,
  order: RunOrder,
  caller: { readonly peer: Peer; readonly hasGone: () => boolean },
): Promise<StartedRun | undefined> {
  const facts = await callerFacts(deps, order, caller.peer);
  const signer = order.ssh ? await VaultSigner.open(deps, order.project, facts) : undefined;
  using command = new Command(deps.hashes, { ...order, path: pathIn(order.environment) });
  const { project, names } = order;
  using release = wantsValues(order)
    ? await releaseValues(deps, { project, names, caller: facts, command, unredacted: order.unredacted })
    : emptyRelease();
  using rendered = await renderForProgram(deps, order, facts);
  if (caller.hasGone()) return undefined;
  // Before the start: nothing may fail between a child's start and somebody's care for it.
  const redaction = buildPatterns(
    [...release.redact ? releasedValues(release) : [], ...rendered?.values ?? []].map(([name, value]) => ({
      name,
      value: value.expose(),
    })),
  );
  const own = release.bound === undefined
    ? order.environment
    : boundEnvironment(order.environment, release.bound);
  const surroundings = signer === undefined ? own : withSshAgent(own, deps.sshAgent.path);
  using files = DeliveredFiles.open(release.files);
  const args = rendered === undefined ? order.args : giveToProgram(rendered, files, order.args);
  using environment: CVector = buildEnvironment(surroundings, release.values, files);
  const request: SpawnRequest = {
    ...whatToExecute({ ...order, args }, release.bound),
    environment,
    path: pathOf(order.environment, release.values),
    umask: umaskOf(caller.peer.pid),
    inherited: files.inherited,
  };
  using ssh = new DisposableStack();
  const onRoot = (pid: number) => {
    if (signer !== undefined) ssh.use(deps.sshAgent.register(pid, signer));
  };
  const program = order.terminal === undefined
    ? startOnPipes(deps.reactor, request, onRoot)
    : await startOnTerminal(deps, request, order.terminal, onRoot);
  return {
    program,
    ssh: ssh.move(),
    caller: facts,
    delivered: [...release.values.keys(), ...release.files.keys(), ...rendered?.names ?? []].sort(),
    files: [...release.files.keys()].sort(),
    unmatched: release.unmatched,
    reasons: release.reasons,
    redaction,
  };
}

async function renderForProgram(
  deps: StartDeps,
  { project, template }: RunOrder,
  caller: CallerFacts,
): Promise<Rendered | undefined> {
  if (template === undefined) return undefined;
  return await renderTemplate(deps, { project, template, destination: { kind: "program" }, caller });
}

function releasedValues({ values, files }: Release): readonly (readonly [string, SecretValue])[] {
  return [...values, ...[...files].map(([name, { value }]) => [name, value] as const)];
}

/** A bound command is executed through the descriptor that was looked at, in the directory that was looked at. */
function whatToExecute(
  { program, args, cwd }: RunOrder,
  bound: BoundCommand | undefined,
): Pick<SpawnRequest, "program" | "args" | "cwd" | "executable"> {
  if (bound === undefined) return { program, args, cwd };
  const { facts, program: observed } = bound.command;
  return {
    program: observed.argv0,
    args: observed.args,
    cwd: facts.directory,
    executable: observed.executable,
  };
}

/** A run for logins or for a template alone asks for no value. */
function wantsValues({ ssh, template, names }: RunOrder): boolean {
  return !ssh && template === undefined || names === null || names.length > 0;
}

/** Who calls, and with what; only for programs that may. @throws VaultError `client.caller_not_allowed` */
export async function callerFacts(
  { callers }: Pick<StartDeps, "callers">,
  order: Pick<RunOrder, "program" | "args" | "cwd">,
  peer: Peer,
): Promise<CallerFacts> {
  return {
    ...await callers.identify(peer),
    argv: [order.program, ...order.args],
    cwd: order.cwd,
    gitCommit: repositoryOf(order.cwd)?.commit ?? undefined,
  };
}
