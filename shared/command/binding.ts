/**
 * Whether a command is the one that was approved, and the digests that stand for a command and for a request: what an
 * approver saw and what the daemon runs are compared by them.
 */

import type { CommandBinding, CommandFacts, CommandFile } from "../api/command.ts";
import { sha256Hex } from "../crypto/hash.ts";
import { exactPattern, matchesArguments, matchesDirectory } from "./pattern.ts";

/** What of a command is not as it was approved. */
export type CommandPart = "program" | "program_changed" | "arguments" | "directory" | "repository" | "commit";

/** What a request asks to leave open. */
export interface BindingWishes {
  /** The arguments are patterns already. */
  readonly patterns: boolean;
  /** The commit counts as well. */
  readonly commit: boolean;
  /** Names of the caller's own variables that the program may have. */
  readonly environment?: readonly string[] | undefined;
}

/** The binding that allows this command and no other. */
export function bindingOf(facts: CommandFacts, searchPath: string, wishes: BindingWishes): CommandBinding {
  const { files, args, directory, repository } = facts;
  return {
    files,
    args: wishes.patterns ? args : args.map(exactPattern),
    directory,
    repository: repository === null
      ? null
      : { remote: repository.remote, commit: wishes.commit ? repository.commit : null },
    search_path: searchPath,
    environment: [...new Set(wishes.environment ?? [])].sort(),
  };
}

/** The parts in which a command is not what a binding allows; none where it is. */
export function mismatches(binding: CommandBinding, facts: CommandFacts): readonly CommandPart[] {
  const wrong: CommandPart[] = [];
  const file = differsInFiles(binding.files, facts.files);
  if (file !== undefined) wrong.push(file);
  if (!matchesArguments(binding.args, facts.args)) wrong.push("arguments");
  if (!matchesDirectory(binding.directory, facts.directory)) wrong.push("directory");
  const { remote = null, commit = null } = binding.repository ?? {};
  if (remote !== null && remote !== facts.repository?.remote) wrong.push("repository");
  if (commit !== null && commit !== facts.repository?.commit) wrong.push("commit");
  return wrong;
}

function differsInFiles(
  wanted: readonly CommandFile[],
  found: readonly CommandFile[],
): CommandPart | undefined {
  const samePlaces = wanted.length === found.length &&
    wanted.every(({ path }, index) => path === found[index]?.path);
  if (!samePlaces) return "program";
  return wanted.every(({ sha256 }, index) => sha256 === found[index]?.sha256) ? undefined : "program_changed";
}

/** Hex digest of a command: what a decision of the server is about. */
export function commandDigest({ files, args, directory, repository }: CommandFacts): string {
  const parts = [
    files.map(({ path, sha256 }) => [path, sha256]),
    args,
    directory,
    repository === null ? null : [repository.remote, repository.commit],
  ];
  return sha256Hex(`cortex/command/1\n${JSON.stringify(parts)}`);
}

/** All that an approver is shown of a request. */
export interface ShownRequest {
  readonly agentRef: string;
  readonly namespace: string;
  readonly projectName: string;
  /** Key paths, sorted. */
  readonly keys: readonly string[];
  readonly binding: CommandBinding;
  readonly uses: number | null;
  readonly seconds: number;
  readonly note: string | null;
}

/** Hex digest of a request: a decision names it, so that it is about what was shown and nothing else. */
export function requestDigest({ binding, ...request }: ShownRequest): string {
  const { files, args, directory, repository, search_path, environment } = binding;
  const parts = [
    request.agentRef,
    request.namespace,
    request.projectName,
    request.keys,
    commandDigest({ files, args, directory, repository }),
    search_path,
    request.uses,
    request.seconds,
    request.note,
    ...(environment.length === 0 ? [] : [environment]),
  ];
  return sha256Hex(`cortex/command-request/1\n${JSON.stringify(parts)}`);
}
