/**
 * The Git repository around a directory, read from its files: starting git would cost more than everything else. Whoever
 * can write those files decides what they say.
 */

import type { CommandRepository } from "../../shared/api/command.ts";
import { VaultError } from "../../shared/errors.ts";
import { OsError } from "../../shared/os/os_error.ts";
import { readText } from "../../shared/os/proc.ts";

const COMMIT = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;
const MAX_DEPTH = 24;
const MAX_REMOTE = 2_048;
/** Packed references of a large repository. */
const MAX_FILE_BYTES = 8 * 1024 * 1024;

/** Undefined outside a repository. */
export function repositoryOf(directory: string): CommandRepository | undefined {
  const git = findGit(directory);
  if (git === undefined) return undefined;
  // A worktree keeps its branches and settings in the directory that it was made from.
  const common = read(`${git}/commondir`)?.trim();
  const shared = common === undefined ? git : common.startsWith("/") ? common : `${git}/${common}`;
  return { remote: remoteOf(shared) ?? null, commit: commitOf(git, shared) ?? null };
}

function findGit(directory: string): string | undefined {
  let at = directory.replace(/\/+$/, "");
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    if (read(`${at}/.git/HEAD`) !== undefined) return `${at}/.git`;
    const link = /^gitdir: (.+)$/m.exec(read(`${at}/.git`) ?? "")?.[1];
    if (link !== undefined) return link.startsWith("/") ? link : `${at}/${link}`;
    const slash = at.lastIndexOf("/");
    if (slash < 0) return undefined;
    at = at.slice(0, slash);
  }
  return undefined;
}

function commitOf(git: string, shared: string): string | undefined {
  const head = read(`${git}/HEAD`)?.trim() ?? "";
  if (COMMIT.test(head)) return head;
  const ref = /^ref: (refs\/[^\s]+)$/.exec(head)?.[1];
  if (ref === undefined || ref.includes("..")) return undefined;
  const commit = read(`${shared}/${ref}`)?.trim() ?? packed(shared, ref);
  return commit !== undefined && COMMIT.test(commit) ? commit : undefined;
}

function packed(git: string, ref: string): string | undefined {
  const line = read(`${git}/packed-refs`)?.split("\n").find((entry) => entry.endsWith(` ${ref}`));
  return line?.split(" ", 1)[0];
}

/** Where `origin` is, without the user and password that the address may hold. */
function remoteOf(shared: string): string | undefined {
  const section = /^\[remote "origin"\]\s*$([^[]*)/m.exec(read(`${shared}/config`) ?? "")?.[1];
  const url = /^\s*url\s*=\s*"?([^"\n]+?)"?\s*$/m.exec(section ?? "")?.[1];
  const bare = url === undefined ? undefined : withoutUser(url);
  return bare !== undefined && bare.length <= MAX_REMOTE ? bare : undefined;
}

/** `git@host:path` names an account that everybody has; a URL's user may be a token. */
function withoutUser(url: string): string {
  return url.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, "$1");
}

function read(path: string): string | undefined {
  try {
    return readText(path, MAX_FILE_BYTES);
  } catch (error) {
    // A directory, a loop of links, a file that is no file of git's.
    if (error instanceof OsError || error instanceof VaultError) return undefined;
    throw error;
  }
}
