/**
 * One call of `posix_spawn`: which descriptors the program gets, its directory, and to whose signals it answers. Every
 * signal is at its default in it and none blocked, though this process ignores SIGPIPE; it gets the descriptors that
 * are named and no other.
 */

import { cBuffer, CInt, cString } from "./c_memory.ts";
import { closeFd, duplicate, type Fd } from "./descriptor.ts";
import { libc } from "./libc.ts";
import { checkNumber } from "./os_error.ts";

export interface SpawnSetup {
  /** The program's descriptors from 0 on, without gaps. */
  readonly descriptors: readonly Fd[];
  /** Further ones, each under a number of its own above those. */
  readonly inherited?: readonly InheritedFd[] | undefined;
  /** Its working directory, open. */
  readonly directory: Fd;
  /** A process group of its own in our session, or a session of its own. */
  readonly own: "group" | "session";
  /** A file that has to be open until the program starts, and not longer: close-on-exec. */
  readonly until?: Fd | undefined;
  /** A terminal whose foreground the new group becomes before the program runs. */
  readonly foregroundOf?: Fd | undefined;
}

/** A descriptor that a program gets under a number that was chosen for it. */
export interface InheritedFd {
  readonly fd: Fd;
  readonly target: Fd;
}

/** The two opaque structures of `<spawn.h>`, filled. */
export interface PreparedSpawn {
  readonly actions: Uint8Array<ArrayBuffer>;
  readonly attributes: Uint8Array<ArrayBuffer>;
  /** The number that `until` of the setup has for the new process. */
  readonly until: Fd | undefined;
}

/** Larger than glibc's 80 and 336 bytes and musl's; on macOS both are one pointer. */
const ACTIONS_BYTES = 512;
const ATTRIBUTES_BYTES = 512;
const SIGSET_BYTES = 128;

/** Fills the structures; `cleanup` gives them back. @throws OsError */
export function prepareSpawn(setup: SpawnSetup, cleanup: DisposableStack): PreparedSpawn {
  // A number of its own that is close-on-exec, whatever the one that was given is.
  const until = setup.until === undefined
    ? undefined
    : cleanup.adopt(duplicate(setup.until, lowestFree(setup)), closeFd);
  return {
    actions: fileActions({ ...setup, until }, cleanup),
    attributes: spawnAttributes(setup, cleanup),
    until,
  };
}

/**
 * Starts the program of a path; the vectors are addresses of `char *[]`.
 * @throws OsError why the system would not
 */
export function callSpawn(
  path: string,
  { actions, attributes }: PreparedSpawn,
  vectors: { readonly argv: bigint; readonly envp: bigint },
): number {
  const pid = new CInt();
  const { posix_spawn } = libc().posix;
  checkNumber(
    "posix_spawn",
    posix_spawn(pid.bytes, cString(path), actions, attributes, vectors.argv, vectors.envp),
  );
  return pid.value;
}

function fileActions(setup: SpawnSetup, cleanup: DisposableStack): Uint8Array<ArrayBuffer> {
  const { posix, own } = libc();
  const actions = cBuffer(ACTIONS_BYTES);
  checkNumber("posix_spawn_file_actions_init", posix.posix_spawn_file_actions_init(actions));
  cleanup.defer(() => void posix.posix_spawn_file_actions_destroy(actions));
  if (setup.foregroundOf !== undefined) addForeground(actions, setup.foregroundOf);
  const given = [...setup.descriptors.map((fd, target) => ({ fd, target })), ...setup.inherited ?? []];
  const free = lowestFree(setup);
  given.map(({ fd, target }) => ({ fd: lift(fd, free, cleanup), target })).forEach(({ fd, target }) =>
    checkNumber("adddup2", posix.posix_spawn_file_actions_adddup2(actions, fd, target))
  );
  const directory = lift(setup.directory, free, cleanup);
  checkNumber("addfchdir_np", posix.posix_spawn_file_actions_addfchdir_np(actions, directory));
  // Everything of ours is close-on-exec already; this is for what a library may have opened otherwise.
  const closeFrom = own.os === "linux" ? own.c.posix_spawn_file_actions_addclosefrom_np : null;
  const last = setup.until ?? free - 1;
  const kept = new Set([...given.map(({ target }) => target), setup.until]);
  for (let fd = 0; fd < last; fd++) {
    if (!kept.has(fd)) checkNumber("addclose", posix.posix_spawn_file_actions_addclose(actions, fd));
  }
  if (closeFrom) checkNumber("addclosefrom_np", closeFrom(actions, last + 1));
  return actions;
}

/** The first number above all that the program gets. */
function lowestFree({ descriptors, inherited = [] }: SpawnSetup): Fd {
  return Math.max(descriptors.length, ...inherited.map(({ target }) => target + 1));
}

/** A number above those that the program gets, so that none is taken before its turn. */
function lift(fd: Fd, lowest: number, cleanup: DisposableStack): Fd {
  if (fd >= lowest) return fd;
  const lifted = duplicate(fd, lowest);
  cleanup.defer(() => closeFd(lifted));
  return lifted;
}

/** Old C libraries cannot: whoever spawns puts the group into the foreground itself then. */
export function spawnsIntoForeground(): boolean {
  const { own } = libc();
  return own.os === "linux" && own.c.posix_spawn_file_actions_addtcsetpgrp_np !== null;
}

function addForeground(actions: Uint8Array<ArrayBuffer>, terminal: Fd): void {
  const { own } = libc();
  const add = own.os === "linux" ? own.c.posix_spawn_file_actions_addtcsetpgrp_np : null;
  if (add) checkNumber("addtcsetpgrp_np", add(actions, terminal));
}

function spawnAttributes({ own }: SpawnSetup, cleanup: DisposableStack): Uint8Array<ArrayBuffer> {
  const { posix, numbers } = libc();
  const attributes = cBuffer(ATTRIBUTES_BYTES);
  checkNumber("posix_spawnattr_init", posix.posix_spawnattr_init(attributes));
  cleanup.defer(() => void posix.posix_spawnattr_destroy(attributes));
  const [all, none] = [cBuffer(SIGSET_BYTES), cBuffer(SIGSET_BYTES)];
  posix.sigfillset(all);
  posix.sigemptyset(none);
  const scope = own === "group" ? numbers.POSIX_SPAWN_SETPGROUP : numbers.POSIX_SPAWN_SETSID;
  const flags = scope | numbers.POSIX_SPAWN_SETSIGDEF | numbers.POSIX_SPAWN_SETSIGMASK |
    numbers.SPAWN_EXTRA_FLAGS;
  checkNumber("posix_spawnattr_setflags", posix.posix_spawnattr_setflags(attributes, flags));
  if (own === "group") {
    checkNumber("posix_spawnattr_setpgroup", posix.posix_spawnattr_setpgroup(attributes, 0));
  }
  checkNumber("posix_spawnattr_setsigdefault", posix.posix_spawnattr_setsigdefault(attributes, all));
  checkNumber("posix_spawnattr_setsigmask", posix.posix_spawnattr_setsigmask(attributes, none));
  return attributes;
}
