/**
 * Heads in a Git repository, on a branch of their own. Git's plumbing writes them: no work tree and no index is touched, so
 * a bare repository does as well as one that somebody works in.
 */

import { KEPT_HEADS_FILE } from "../../shared/audit/anchors.ts";
import { VaultError } from "../../shared/errors.ts";

const BRANCH = "refs/heads/cortex-audit";
/** What is kept is on disk, and no program that lies in the repository runs. */
const SETTINGS = ["-c", "core.fsync=all", "-c", "core.hooksPath=/dev/null"];
const AUTHOR = { GIT_AUTHOR_NAME: "cortex", GIT_AUTHOR_EMAIL: "cortex@localhost" };
const COMMITTER = { GIT_COMMITTER_NAME: "cortex", GIT_COMMITTER_EMAIL: "cortex@localhost" };

/** The text of the kept heads; undefined where none was committed yet. @throws VaultError for what is no repository */
export async function readFromGit(repository: string): Promise<string | undefined> {
  await git(repository, ["rev-parse", "--git-dir"]);
  const commit = await tip(repository);
  return commit === undefined ? undefined : await headsAt(repository, commit);
}

function headsAt(repository: string, commit: string): Promise<string> {
  return git(repository, ["cat-file", "blob", `${commit}:${KEPT_HEADS_FILE}`]);
}

/** Two that keep heads in one place at the same moment: the next run finds what the other one kept. */
export function keptMeanwhile(): VaultError {
  return new VaultError("server.busy", "Somebody else kept a head in the same place meanwhile; run it again");
}

/**
 * Commits a line after those that were read, as the next state of the branch.
 * @throws VaultError `server.busy` where somebody else committed meanwhile
 */
export async function commitToGit(
  repository: string,
  before: string,
  line: string,
  message: string,
): Promise<void> {
  const parent = await tip(repository);
  const present = parent === undefined ? "" : await headsAt(repository, parent);
  if (present !== before) throw keptMeanwhile();
  const text = before + line;
  const blob = await git(repository, ["hash-object", "-w", "--stdin"], text);
  const tree = await git(repository, ["mktree"], `100644 blob ${blob.trim()}\t${KEPT_HEADS_FILE}\n`);
  const parents = parent === undefined ? [] : ["-p", parent];
  const commit = await git(repository, ["commit-tree", tree.trim(), ...parents, "-m", message]);
  // An empty old value says that the branch must not be there yet.
  await git(repository, ["update-ref", BRANCH, commit.trim(), parent ?? ""]);
}

async function tip(repository: string): Promise<string | undefined> {
  const text = await git(repository, ["for-each-ref", "--format=%(objectname)", BRANCH]);
  return text.trim() === "" ? undefined : text.trim();
}

async function git(repository: string, args: readonly string[], input = ""): Promise<string> {
  const child = spawn(repository, args);
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input)).catch(() => {});
  await writer.close().catch(() => {});
  const { success, stdout, stderr } = await child.output();
  if (success) return new TextDecoder().decode(stdout);
  const said = new TextDecoder().decode(stderr).trim().split("\n").at(-1) ?? "";
  throw new VaultError("audit.anchor_invalid", `git ${args[0]} failed in ${repository}: ${said}`);
}

/** Without the variables by which git would work on another repository than the one that was named. */
function home(): Record<string, string> {
  return Object.fromEntries(["PATH", "HOME"].flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
}

function spawn(repository: string, args: readonly string[]): Deno.ChildProcess {
  try {
    return new Deno.Command("git", {
      args: [...SETTINGS, "-C", repository, ...args],
      env: { ...home(), ...AUTHOR, ...COMMITTER },
      clearEnv: true,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch {
    throw new VaultError("audit.anchor_invalid", "git cannot be started; install it, or use --file");
  }
}
