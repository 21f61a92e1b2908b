/**
 * Heads in a Git repository, on a branch of their own. Git's plumbing writes them: no work tree and no index is touched, so
 * a bare repository does as well as one that somebody works in.
 */

import { KEPT_HEADS_FILE } from "../../shared/audit/anchors.ts";
import { VaultError } from "../../shared/errors.ts";

const BRANCH = "refs/heads/cortex-audit";
const AUTHOR = { GIT_AUTHOR_NAME: "cortex", GIT_AUTHOR_EMAIL: "cortex@localhost" };
const COMMITTER = { GIT_COMMITTER_NAME: "cortex", GIT_COMMITTER_EMAIL: "cortex@localhost" };

/** The text of the kept heads; undefined where none was committed yet. @throws VaultError for what is no repository */
export async function readFromGit(repository: string): Promise<string | undefined> {
  await git(repository, ["rev-parse", "--git-dir"]);
  if (await tip(repository) === undefined) return undefined;
  return await git(repository, ["cat-file", "blob", `${BRANCH}:${KEPT_HEADS_FILE}`]);
}

/** Commits the whole text as the next state of the branch, if nobody else did meanwhile. */
export async function commitToGit(repository: string, text: string, message: string): Promise<void> {
  const parent = await tip(repository);
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

function spawn(repository: string, args: readonly string[]): Deno.ChildProcess {
  try {
    return new Deno.Command("git", {
      args: ["-C", repository, ...args],
      env: { ...AUTHOR, ...COMMITTER },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch {
    throw new VaultError("audit.anchor_invalid", "git cannot be started; install it, or use --file");
  }
}
