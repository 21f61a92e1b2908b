/** How to start the daemon of this checkout, where nothing is compiled. */

export interface ProgramCall {
  readonly path: string;
  readonly args: readonly string[];
}

/** Deno, with the daemon's own permissions and no look at the network. */
export function daemonFromSource(): ProgramCall {
  const top = decodeURIComponent(new URL("../..", import.meta.url).pathname).replace(/\/$/, "");
  const args = [
    "run",
    "--quiet",
    "--no-check",
    "--no-prompt",
    `--config=${top}/deno.json`,
    "-P=daemon",
    `${top}/daemon/main.ts`,
  ];
  return { path: Deno.execPath(), args };
}
