/** `cortex run` on a terminal against the same program on the same terminal without it, byte for byte. */

import assert from "node:assert/strict";
import { PROJECT, withMainJob } from "../support/main_job.ts";
import { writeShims } from "../support/programs.ts";

/** What each shows, and how each is called. */
const PROGRAMS: readonly (readonly [shows: string, command: string])[] = [
  ["a terminal on every stream", "sh -c 'test -t 0 && test -t 1 && test -t 2 && echo yes'"],
  ["all settings", "stty -a"],
  ["the size", "stty size"],
  ["colours because it is a terminal", "ls --color=auto /etc/hostname /"],
  ["columns because it is a terminal", "ls /usr"],
  ["line ends as they are", "printf 'a\\nb\\r\\nc'"],
  ["both outputs in their order", "sh -c 'echo one; echo two >&2; echo three'"],
  ["a large output", "seq 20000"],
  ["bytes that are no text", "head -c 20000 /usr/bin/env"],
  ["control sequences", "tput -T xterm setaf 1"],
  ["a screen that is cleared", "tput -T xterm clear"],
  ["tabs", "printf 'a\\tb\\n'"],
  ["nothing", "true"],
  ["an exit code", "sh -c 'exit 77'"],
  ["death by a signal", "sh -c 'kill -TERM $$'"],
  ["a missing program", "no-such-program-at-all"],
  [
    "Python's idea of its streams",
    "python3 -c 'import sys, os; print(sys.stdout.isatty(), os.get_terminal_size())'",
  ],
  [
    "Python's idea of its session",
    "python3 -c 'import os; print(os.getpgrp() == os.tcgetpgrp(0), os.getpgrp() == os.getpid())'",
  ],
  ["git with colours", "git --no-pager diff --no-index --color=auto /etc/hostname /etc/hosts"],
  ["less on one screen", "less -FX /etc/hostname"],
  ["vim without a person", "vim -u NONE -es -c 'echo &columns' -c q"],
  ["curl's progress", "curl -s -o /dev/null file:///etc/hostname"],
  ["a pipeline inside", "sh -c 'seq 5 | cat'"],
  ["raw mode and back", "sh -c 'stty raw; printf x; stty sane; echo y'"],
];

interface Shown {
  readonly code: number;
  readonly text: string;
}

async function onTerminal(
  command: string,
  env: Readonly<Record<string, string>>,
  cwd: string,
): Promise<Shown> {
  const child = new Deno.Command("script", {
    args: ["-qec", `stty rows 40 cols 100; exec ${command}`, "/dev/null"],
    env: { ...env, TERM: "xterm-256color", SHELL: "/bin/sh" },
    clearEnv: true,
    cwd,
    // Open and silent: at its end, script would type something.
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const { code, stdout } = await child.output();
  await child.stdin.close().catch(() => {});
  return { code, text: new TextDecoder("latin1").decode(stdout) };
}

Deno.test("a program on our terminal is the program on its own: bytes and exit code", async (test) => {
  await withMainJob({ api_key: "value-of-the-key-4711" }, async (world) => {
    const bin = `${world.folder}/bin`;
    await writeShims(bin);
    const env = await world.environment({ CORTEX_PROJECT: PROJECT });
    const path = { ...env, PATH: `${bin}:${env["PATH"]}` };
    for (const [shows, command] of PROGRAMS) {
      await test.step(shows, async () => {
        const direct = await onTerminal(command, path, world.folder);
        const ours = await onTerminal(`cortex run -- ${command}`, path, world.folder);
        if (direct.code !== 127) assert.equal(ours.text, direct.text);
        assert.equal(ours.code, direct.code);
      });
    }
  });
});
