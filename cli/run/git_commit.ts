/**
 * The commit of the repository around a directory, for the audit row: read from its files, because starting git
 * would cost more than everything else. It is the caller's word, nothing is decided by it.
 */

const COMMIT = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;
const MAX_DEPTH = 24;

/** Undefined outside a repository, before its first commit, or where it cannot be read. */
export function gitCommit(directory: string): string | undefined {
  try {
    const git = findGit(directory);
    return git === undefined ? undefined : commitOf(git);
  } catch {
    return undefined;
  }
}

function findGit(directory: string): string | undefined {
  let at = directory.replace(/\/+$/, "");
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const head = read(`${at}/.git/HEAD`);
    if (head !== undefined) return `${at}/.git`;
    const link = /^gitdir: (\/.+)$/m.exec(read(`${at}/.git`) ?? "")?.[1];
    if (link !== undefined) return link;
    const slash = at.lastIndexOf("/");
    if (slash < 0) return undefined;
    at = at.slice(0, slash);
  }
  return undefined;
}

function commitOf(git: string): string | undefined {
  const head = read(`${git}/HEAD`)?.trim() ?? "";
  if (COMMIT.test(head)) return head;
  const ref = /^ref: (refs\/[^\s]+)$/.exec(head)?.[1];
  if (ref === undefined || ref.includes("..")) return undefined;
  // A worktree keeps its branches in the directory that it was made from.
  const common = read(`${git}/commondir`)?.trim();
  const shared = common === undefined ? git : common.startsWith("/") ? common : `${git}/${common}`;
  const commit = read(`${shared}/${ref}`)?.trim() ?? packed(shared, ref);
  return commit !== undefined && COMMIT.test(commit) ? commit : undefined;
}

function packed(git: string, ref: string): string | undefined {
  const line = read(`${git}/packed-refs`)?.split("\n").find((entry) => entry.endsWith(` ${ref}`));
  return line?.split(" ", 1)[0];
}

function read(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return undefined;
  }
}
