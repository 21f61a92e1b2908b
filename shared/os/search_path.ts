/** Where a program may lie: the search of `execvp` in a `PATH` that is not our own (POSIX, exec; section 8.3 PATH). */

/** What the C library searches where there is no PATH. */
const DEFAULT_PATH = "/bin:/usr/bin";

/**
 * The paths to try, in order. A name with a slash is itself; an empty part of the PATH is the working directory. Relative
 * paths are left relative: they are looked up in the child's directory.
 */
export function programCandidates(program: string, path: string | undefined): string[] {
  if (program === "") return [];
  if (program.includes("/")) return [program];
  return (path ?? DEFAULT_PATH).split(":").map((folder) =>
    folder === "" ? `./${program}` : `${folder}/${program}`
  );
}
