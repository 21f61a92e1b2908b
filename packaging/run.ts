/** Another program as a step of ours. */

export interface RunOptions {
  /** The folder that it runs in; this process's own where it is left out. */
  readonly cwd?: string;
}

/** Its errors go where ours do. @throws Error where it fails */
export async function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<void> {
  const { success } = await new Deno.Command(program, {
    args: [...args],
    ...options,
    stdin: "null",
    stderr: "inherit",
  }).output();
  if (!success) throw new Error(`${args[0]} ${args.at(-1)} failed`);
}
