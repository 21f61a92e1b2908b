/** The commit that is checked out, for what is made from it. */

/** Forty digits, with `-dirty` where files were changed since; `unknown` outside a checkout. */
export async function currentCommit(): Promise<string> {
  const commit = await git("rev-parse", "HEAD");
  if (commit === undefined) return "unknown";
  const changes = await git("status", "--porcelain", "--untracked-files=no");
  return changes === "" ? commit : `${commit}-dirty`;
}

async function git(...args: string[]): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command("git", { args, stdin: "null", stderr: "null" })
      .output();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
