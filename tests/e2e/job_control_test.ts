/** Job control of `cortex run` on a real terminal: the keys do what they do in a direct run. */

import { until } from "../daemon/support/until.ts";
import { PROJECT, withMainJob } from "../support/main_job.ts";
import { writeShims } from "../support/programs.ts";
import { Terminal } from "../support/terminal.ts";
import type { World } from "../support/world.ts";

async function openTerminal(world: World): Promise<Terminal> {
  const bin = `${world.folder}/bin`;
  await writeShims(bin);
  const env = await world.environment({ CORTEX_PROJECT: PROJECT });
  const terminal = new Terminal({ ...env, PATH: `${bin}:${env["PATH"]}` }, world.folder);
  await terminal.waitFor(/\$ $/);
  return terminal;
}

Deno.test("Ctrl-C, Ctrl-Z and fg reach the program that cortex run started", async () => {
  await withMainJob({ api_key: "value-of-the-key" }, async (world) => {
    await using terminal = await openTerminal(world);

    await terminal.type(
      `cortex run -- sh -c 'trap "echo caught; exit 9" INT; echo rea""dy; while :; do sleep 0.1; done'\n`,
    );
    await terminal.waitFor(/ready\r?\n/);
    await terminal.type("\x03");
    await terminal.waitFor(/caught\r?\n[^]*\$ $/);
    await terminal.type("echo code=$?\n");
    await terminal.waitFor(/code=9\r?\n[^]*\$ $/);

    await terminal.type(
      `cortex run -- sh -c 'trap "echo goes""on" CONT; echo pid=$$; while :; do sleep 0.1; done'\n`,
    );
    const pid = /pid=(\d+)/.exec(await terminal.waitFor(/pid=\d+\r?\n/))?.[1];
    await terminal.type("\x1a");
    await terminal.waitFor(/Stopped[^]*\$ $/);
    // The shell saw cortex stop; the order to the program may still be under way.
    await until(() => /\) T /.test(Deno.readTextFileSync(`/proc/${pid}/stat`)));
    await terminal.type("fg\n");
    // Only then has the shell given the terminal back: a Ctrl-C before that would be the shell's own.
    await terminal.waitFor(/goeson\r?\n/);
    await terminal.type("\x03");
    await terminal.waitFor(/\$ $/);
    await terminal.type("echo code=$?\n");
    await terminal.waitFor(/code=130\r?\n/);
  });
});
