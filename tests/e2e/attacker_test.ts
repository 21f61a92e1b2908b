/**
 * Another process of the same user against ours, on real processes of one ordinary user. What is stopped is asserted, and
 * so is what is not: `docs/threat_model.md` has a row for each.
 */

import assert from "node:assert/strict";
import { EXIT } from "../../shared/errors.ts";
import {
  attack,
  attackCommand,
  CANARY,
  childOf,
  PATH,
  ptraceScope,
  readyToRun,
  start,
  withScene,
  worked,
} from "../support/attack_scene.ts";
import { AGENT, PROJECT } from "../support/main_job.ts";
import { programCommand } from "../support/programs.ts";
import { RunningProgram } from "../support/running_program.ts";

Deno.test("attacker: memory, environment and descriptors of daemon, server and monitor are closed to another process of the user; those of a child are not", async () => {
  console.log(`kernel.yama.ptrace_scope: ${await ptraceScope()}`);
  await withScene(async (scene) => {
    const { world, user } = scene;
    const sleeper = start(user.command("sleep", "60"));
    const open = worked(await attack(scene, "look", String(sleeper.pid)));
    sleeper.kill("SIGKILL");
    await sleeper.ended();
    // Without this the refusals below would prove nothing.
    assert.ok(open.includes("environ") || await ptraceScope() !== "none", "an ordinary process is open");
    const daemon = world.daemon?.pid ?? 0;
    for (const pid of [daemon, world.server?.pid ?? 0]) {
      assert.deepEqual(worked(await attack(scene, "look", String(pid))), []);
      const limits = await Deno.readTextFile(`/proc/${pid}/limits`);
      assert.match(limits, /^Max core file size\s+0\s+0\s/m);
    }
    const terminal = ["script", "-qfec", "cortex run --project demo -- sleep 61", "/dev/null"];
    const environment = await world.environment();
    const shown = new RunningProgram("terminal", user.command(...terminal), {
      env: { ...environment, PATH: `${world.folder}/programs:${PATH}`, SHELL: "/bin/sh" },
      cwd: world.folder,
      transcript: world.transcript,
    });
    const monitor = await childOf(daemon, /monitor/).catch((error) =>
      assert.fail(`${error}\n${shown.output()}`)
    );
    const child = await childOf(monitor, /^sleep 61/);
    assert.deepEqual(worked(await attack(scene, "look", String(monitor))), []);
    assert.deepEqual(worked(await attack(scene, "look", String(child))), open);
    if (open.includes("environ")) {
      const [program = "", ...args] = user.command("cat", `/proc/${child}/environ`);
      const { stdout } = await new Deno.Command(program, { args }).output();
      assert.match(new TextDecoder().decode(stdout), new RegExp(`API_KEY=${CANARY}`));
    }
    await Deno.kill(child, "SIGKILL");
    await shown.ended();
  });
});

Deno.test("attacker: a daemon that is killed by a signal leaves no core, and the next one takes its place", async () => {
  await withScene(async (scene) => {
    const { world } = scene;
    for (const signal of ["SIGSEGV", "SIGQUIT", "SIGABRT"] as const) {
      // The engine takes a SIGSEGV for a fault of its own, looks, finds none, and lives on until the next one.
      const daemon = world.daemon;
      const again = setInterval(() => daemon?.kill(signal), 100);
      await world.stopDaemon(signal);
      clearInterval(again);
      await world.startDaemon();
      await readyToRun(scene);
    }
    const left = [...Deno.readDirSync(world.folder)].map(({ name }) => name);
    assert.deepEqual(left.filter((name) => name.startsWith("core")), []);
  });
});

Deno.test("attacker: whoever takes the socket's place is given the caller's environment, and no value", async () => {
  await withScene(async (scene) => {
    const { world } = scene;
    const got = `${world.folder}/home/got`;
    const impostor = start(attackCommand(scene, "bind", world.socketPath, got));
    await impostor.waitFor(/bound/);
    const run = await world.cortex(["run", "--project", PROJECT, "--", "printenv", "API_KEY"], {
      env: { OF_THE_CALLER: "environment-canary" },
    });
    assert.notEqual(run.code, 0);
    impostor.kill("SIGKILL");
    await impostor.ended();
    const seen = await Deno.readTextFile(got);
    assert.match(seen, /environment-canary/);
    assert.doesNotMatch(seen + run.stdout + run.stderr, new RegExp(CANARY));
    // The true daemon ends without taking away what is not its own.
    await world.stopDaemon();
    assert.ok((await Deno.lstat(world.socketPath)).isSocket);
    await world.startDaemon();
    await readyToRun(scene);
  });
});

Deno.test("attacker: a socket that is another user's, or that others may replace, is not talked to", async () => {
  await withScene(async ({ world, user }) => {
    const run = (socket: string) =>
      world.cortex(["run", "--project", PROJECT, "--", "true"], { env: { CORTEX_DAEMON_SOCK: socket } });
    await Deno.chmod(`${world.home}/.cortex`, 0o770);
    const refused = await run(world.socketPath);
    assert.equal(refused.code, EXIT.refused);
    assert.match(refused.stderr, /not this user's alone/);
    await Deno.chmod(`${world.home}/.cortex`, 0o700);
    if (Deno.uid() === user.uid) return;
    const path = `${world.folder}/root.sock`;
    using _listener = Deno.listen({ transport: "unix", path });
    await Deno.chmod(path, 0o777);
    assert.equal((await run(path)).code, EXIT.refused);
  });
});

Deno.test("attacker: a second daemon does not start, and the first goes on", async () => {
  await withScene(async (scene) => {
    const [program = "", ...args] = programCommand("cortex-daemon");
    const env = await scene.world.environment();
    const { code, stderr } = await new Deno.Command(program, { args, env, clearEnv: true }).output();
    assert.notEqual(code, 0);
    assert.match(new TextDecoder().decode(stderr), /already listens/);
    await readyToRun(scene);
  });
});

Deno.test("attacker: links and open files in ~/.cortex are refused", async () => {
  await withScene(async (scene) => {
    const { world, user } = scene;
    const home = `${world.home}/.cortex`;
    await world.stopDaemon();
    const attempts: [string, () => Promise<void>, () => Promise<void>][] = [];
    const session = `${home}/daemon-session.json`;
    for (const file of [session, `${home}/agent-${AGENT}.key`]) {
      attempts.push([
        file,
        () => Deno.chmod(file, 0o660),
        () => Deno.chmod(file, 0o600),
      ], [
        file,
        async () => {
          await Deno.rename(file, `${file}.real`);
          await Deno.symlink(`${file}.real`, file);
        },
        async () => {
          await Deno.remove(file);
          await Deno.rename(`${file}.real`, file);
        },
      ]);
    }
    for (const [file, spoil, repair] of attempts) {
      await spoil();
      await world.startDaemon();
      const run = await world.cortex(["run", "--project", PROJECT, "--", "true"]);
      assert.notEqual(run.code, 0, file);
      assert.match(run.stderr, /link|open to others|chmod|private|readable/i, file);
      await world.stopDaemon();
      await repair();
    }
    await Deno.rename(home, `${home}.real`);
    await Deno.symlink(`${home}.real`, home);
    await assert.rejects(world.startDaemon());
    assert.match(world.transcript.join(""), /is no directory/);
    assert.ok(user.uid > 0);
  });
});
