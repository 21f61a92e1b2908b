/** `cortex run` on a terminal, as a person sees it: programs that live off one behave as in a direct run. */

import assert from "node:assert/strict";
import { PROJECT, withMainJob } from "../support/main_job.ts";
import { writeShims } from "../support/programs.ts";
import { until } from "../daemon/support/until.ts";
import { utf8 } from "../../shared/encoding.ts";
import { Tmux } from "../support/tmux.ts";
import type { World } from "../support/world.ts";

const VALUE = "value-of-the-key-4711";

async function onTmux(work: (tmux: Tmux, world: World) => Promise<void>): Promise<void> {
  await withMainJob({ api_key: VALUE }, async (world) => {
    const bin = `${world.folder}/bin`;
    await writeShims(bin);
    const env = await world.environment({ CORTEX_PROJECT: PROJECT });
    await using tmux = await Tmux.start({ ...env, PATH: `${bin}:${env["PATH"]}` }, world.folder);
    await work(tmux, world);
    assert.doesNotMatch(await tmux.history(), new RegExp(VALUE));
  });
}

/** The settings of the shell's terminal in the form of `stty -g`: the same before and after, whatever a program did to its own. */
async function settings(tmux: Tmux): Promise<string> {
  await tmux.clear();
  await tmux.enter("echo $(stty -g)");
  const [, shown] = await tmux.waitFor(/^((?:[0-9a-f]+:)+[0-9a-f\s]+)\$ $/m);
  await tmux.clear();
  return shown ?? "";
}

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch {
    return false;
  }
}

Deno.test("a program on a terminal has its size, settings and name, and its output is redacted", async () => {
  await onTmux(async (tmux) => {
    await tmux.enter(
      `stty intr ^K; stty -a > direct; cortex run -- sh -c 'stty -a > ours; tty; echo $API_KEY'`,
    );
    await tmux.waitFor(/\/dev\/pts\/\d+\s+\[redacted:API_KEY\]\s+\$ \s*$/);
    await tmux.enter("cmp direct ours && echo the same");
    await tmux.waitFor(/^the same/m);
  });
});

Deno.test("a REPL edits lines, remembers them, is interrupted and ended by keys, and prints no value", async () => {
  await onTmux(async (tmux) => {
    const before = await settings(tmux);
    await tmux.enter("cortex run -- python3 -q");
    await tmux.waitFor(/^>>> /m);
    await tmux.enter("import os; print(os.environ['API_KEY'])");
    await tmux.waitFor(/\[redacted:API_KEY\]\s+>>> /);
    await tmux.press("Up");
    await tmux.waitFor(/redacted[^]*>>> import os; print\(/);
    await tmux.press("C-c");
    await tmux.waitFor(/KeyboardInterrupt\s+>>> /);
    await tmux.press("C-d");
    await tmux.waitFor(/\$ \s*$/);
    assert.equal(await settings(tmux), before);
  });
});

Deno.test("vim is suspended, continued, resized and left; the terminal is as before", async () => {
  await onTmux(async (tmux) => {
    const before = await settings(tmux);
    await tmux.enter("seq 25 > numbers; cortex run -- vim -u NONE numbers");
    await tmux.waitFor(/^1$[^]*^23$/m);
    await tmux.press("C-z");
    await tmux.waitFor(/Stopped +cortex run[^]*\$ \s*$/);
    await tmux.enter("fg");
    await tmux.waitFor(/^1$[^]*^23$/m);
    await tmux.resize(100, 30);
    // Drawn anew: lines of the window that are none of the file.
    await tmux.waitFor(/^~/m);
    await tmux.enter(":set lines? columns?");
    await tmux.waitFor(/lines=30\s+columns=100/);
    await tmux.press("Enter");
    await tmux.enter(":q!");
    await tmux.waitFor(/\$ \s*$/);
    await tmux.resize(80, 24);
    assert.equal(await settings(tmux), before);
  });
});

Deno.test("what a program wrote before it was stopped is on the screen before the shell says so", async () => {
  await onTmux(async (tmux) => {
    for (let round = 0; round < 5; round++) {
      await tmux.enter(`cortex run -- sh -c 'seq 3000; echo la""st words; kill -STOP $$; exit'`);
      await tmux.waitFor(/^last words\s+\[1\]\+ +Stopped[^]*\n\$ \s*$/m);
      await tmux.enter("fg");
      await tmux.waitFor(/\$ fg\s+cortex run[^]*\n\$ \s*$/);
      await tmux.clear();
    }
  });
});

Deno.test("less pages, a password prompt hides what is typed, and a shell inside has its own jobs", async () => {
  await onTmux(async (tmux) => {
    await tmux.enter("seq 1000 > numbers; cortex run -- less numbers");
    await tmux.waitFor(/^1$[^]*^23$/m);
    await tmux.press("Space");
    await tmux.waitFor(/^24$[^]*^46$/m);
    await tmux.press("q");
    await tmux.waitFor(/\$ \s*$/);

    await tmux.enter(
      `cortex run -- sh -c 'stty -echo; printf "Password: "; read p; stty echo; echo; echo got $p'`,
    );
    await tmux.waitFor(/^Password: $/m);
    await tmux.enter("hunter2");
    const [shown] = await tmux.waitFor(/Password: \s+got hunter2\s+\$ \s*$/);
    assert.equal(shown.split("hunter2").length, 2);

    await tmux.enter("cortex run -- env PS1='inner: ' bash --norc");
    await tmux.waitFor(/^inner: $/m);
    await tmux.enter(`sh -c 'trap "echo awa""ke" CONT; echo asl""eep; while :; do sleep 0.1; done'`);
    await tmux.waitFor(/^asleep$/m);
    await tmux.press("C-z");
    await tmux.waitFor(/Stopped +sh -c/);
    await tmux.enter("fg");
    await tmux.waitFor(/^awake$/m);
    await tmux.press("C-c");
    await tmux.waitFor(/\^C\s+inner: $/m);
    await tmux.enter("exit 7");
    await tmux.waitFor(/exit\s+\$ \s*$/);
    await tmux.enter("echo code=$?");
    await tmux.waitFor(/^code=7$/m);
  });
});

Deno.test("Ctrl-C ends a pipeline, Ctrl-\\ quits, and each gives the code of a direct run", async () => {
  await onTmux(async (tmux) => {
    await tmux.enter(`yes | cortex run -- sh -c 'echo wor""king >&2; cat' > /dev/null`);
    await tmux.waitFor(/^working$/m);
    await tmux.press("C-c");
    await tmux.waitFor(/\$ \s*$/);
    await tmux.enter(`cortex run -- sh -c 'echo rea""dy; exec sleep 1000'; echo not reached`);
    await tmux.waitFor(/^ready$/m);
    await tmux.press("C-c");
    await tmux.waitFor(/\^C\s+\$ \s*$/);
    await tmux.enter("echo code=$?");
    assert.doesNotMatch((await tmux.waitFor(/code=130$[^]*/m)).input, /^not reached/m);

    await tmux.enter(`cortex run -- sh -c 'echo aga""in; exec sleep 1000'; echo code=$?`);
    await tmux.waitFor(/^again$/m);
    await tmux.press("C-\\");
    await tmux.waitFor(/Quit\s+code=131$/m);
  });
});

Deno.test("the terminal is restored when the daemon dies, and its program with it", async () => {
  await onTmux(async (tmux, world) => {
    const before = await settings(tmux);
    await tmux.enter("cortex run -- sh -c 'stty raw -echo; echo pid=$$; exec sleep 1000'");
    const [, pid] = await tmux.waitFor(/pid=(\d+)/);
    world.daemon?.kill("SIGKILL");
    await tmux.waitFor(/The daemon ended before the program did[^]*\$ \s*$/);
    assert.equal(await settings(tmux), before);
    await until(() => !isRunning(Number(pid)));
  });
});

Deno.test("--no-tty gives pipes, --tty a terminal where there is none", async () => {
  await onTmux(async (tmux, world) => {
    await tmux.enter(`cortex run --no-tty -- sh -c 'test -t 0 || test -t 1 || echo pi""pes'`);
    await tmux.waitFor(/^pipes$/m);
    const piped = await world.cortex([
      "run",
      "--project",
      PROJECT,
      "--",
      "sh",
      "-c",
      "test -t 1 || echo none",
    ]);
    assert.equal(piped.stdout, "none\n");
    const forced = await world.cortex(
      ["run", "--tty", "--project", PROJECT, "--", "sh", "-c", "cat; stty size; echo $API_KEY >&2"],
      { stdin: utf8("typed\n") },
    );
    assert.equal(forced.stdout, "typed\r\ntyped\r\n24 80\r\n[redacted:API_KEY]\r\n");
  });
});

Deno.test("a program on a terminal ends with its own code when its input was over before", async () => {
  await withMainJob({ api_key: VALUE }, async (world) => {
    const codes: number[] = [];
    for (let runs = 0; runs < 12; runs++) {
      const words = [
        "run",
        "--project",
        PROJECT,
        "--tty",
        "--",
        "bash",
        "-c",
        "ls / >/dev/null; echo x; exit 7",
      ];
      codes.push((await world.cortex(words)).code);
    }
    assert.deepEqual(codes, codes.map(() => 7));
  });
});
