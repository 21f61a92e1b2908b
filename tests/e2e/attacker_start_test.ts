/**
 * Attacks that come by what a program is started with, or by who a caller seems to be; see `attacker_test.ts`.
 */

import assert from "node:assert/strict";
import { EXIT } from "../../shared/errors.ts";
import { ProgramHashes } from "../../shared/os/program_hash.ts";
import { PRELOAD_VARIABLES } from "../../shared/os/hardening.ts";
import {
  attackCommand,
  CANARY,
  childOf,
  PATH,
  readyToRun,
  type Scene,
  start,
  withScene,
} from "../support/attack_scene.ts";
import { AGENT, PROJECT } from "../support/main_job.ts";
import { programCommand } from "../support/programs.ts";
import { RunningProgram } from "../support/running_program.ts";

/** Programs that somebody might look for by name. */
const LURES = ["git", "sh", "bash", "env", "setsid", "uname", "hostname", "id", "ps", "stty", "tput", "ssh"];
const MORE_LURES = ["xdg-open", "open", "deno", "node", "cat", "true", "readlink", "sha256sum", "script"];

async function layLures({ world }: Scene): Promise<{ folder: string; called: () => string[] }> {
  const folder = `${world.folder}/lures`;
  await Deno.mkdir(`${folder}/called`, { recursive: true });
  await Deno.chmod(`${folder}/called`, 0o777);
  for (const name of [...LURES, ...MORE_LURES]) {
    await Deno.writeTextFile(`${folder}/${name}`, `#!/bin/sh\n: > ${folder}/called/${name}\nexit 99\n`, {
      mode: 0o755,
    });
  }
  return { folder, called: () => [...Deno.readDirSync(`${folder}/called`)].map(({ name }) => name) };
}

Deno.test("attacker: programs put first in PATH are run by nobody but who asks for them by name", async () => {
  await withScene(async (scene) => {
    const { world } = scene;
    const { folder, called } = await layLures(scene);
    const env = { PATH: `${folder}:${PATH}` };
    await Deno.mkdir(`${world.folder}/.git`);
    await Deno.writeTextFile(`${world.folder}/.git/HEAD`, `${"0".repeat(40)}\n`);
    for (
      const words of [["status"], ["explain", "--project", PROJECT, "--", "/bin/true"], [
        "run",
        "--project",
        PROJECT,
        "--",
        "/bin/true",
      ]]
    ) {
      const { code, stderr } = await world.cortex(words, { env });
      assert.equal(code, 0, `${words.join(" ")}: ${stderr}`);
    }
    assert.deepEqual(called(), []);
    const named = await world.cortex(["run", "--project", PROJECT, "--", "git"], { env });
    assert.equal(named.code, 99);
  });
});

Deno.test("attacker: a daemon does not start with variables that load foreign code into it", async () => {
  await withScene(async ({ world }) => {
    await world.stopDaemon();
    for (const name of PRELOAD_VARIABLES) {
      await assert.rejects(world.startDaemon({ [name]: "/lib/x86_64-linux-gnu/libm.so.6" }), name);
      assert.match(world.transcript.join(""), new RegExp(`${name} is set`));
    }
  });
});

Deno.test("attacker: what loads code into a child goes through to a run that is not bound, as it would in a direct run", async () => {
  await withScene(async ({ world }) => {
    const env = { BASH_ENV: "/dev/null", NODE_OPTIONS: "--no-warnings", GIT_SSH_COMMAND: "false" };
    const { stdout } = await world.cortex(["run", "--project", PROJECT, "--", "env"], { env });
    for (const [name, value] of Object.entries(env)) {
      assert.match(stdout, new RegExp(`^${name}=${value}$`, "m"));
    }
  });
});

Deno.test("attacker: a daemon that somebody traces from its start does not go on", async () => {
  await withScene(async ({ world, user }) => {
    await world.stopDaemon();
    const tracer = `
import ctypes, os, sys
libc = ctypes.CDLL(None)
if (child := os.fork()) == 0:
    libc.ptrace(0, 0, None, None)
    os.execvp(sys.argv[1], sys.argv[1:])
while True:
    _, status = os.waitpid(child, 0)
    if not os.WIFSTOPPED(status):
        sys.exit(os.waitstatus_to_exitcode(status))
    stop = os.WSTOPSIG(status)
    libc.ptrace(7, child, None, 0 if stop == 5 else stop)
`;
    const command = user.command("python3", "-I", "-c", tracer, ...programCommand("cortex-daemon"));
    const traced = new RunningProgram("traced", command, {
      env: { ...await world.environment(), PATH },
      cwd: world.folder,
      transcript: world.transcript,
    });
    assert.notEqual(await traced.ended(), 0);
    assert.match(traced.output(), /traces this one/);
  });
});

Deno.test("attacker: a connection whose maker has ended is closed without an answer, even when its number is another's by then", async () => {
  await withScene(async (scene) => {
    const { world } = scene;
    const daemon = String(world.daemon?.pid ?? 0);
    const gone = start(attackCommand(scene, "ended", world.socketPath, daemon));
    assert.equal(await gone.ended(), 0, gone.output());
    assert.match(gone.output(), /"answer": ""/);
    if (Deno.uid() === 0) await takeOverNumber(scene, daemon);
    await readyToRun(scene);
  });
});

/** Only root can have the kernel give a number again at once. */
async function takeOverNumber(scene: Scene, daemon: string): Promise<void> {
  const { world, user } = scene;
  const [program = "", ...args] = attackCommand(scene, "ended", world.socketPath, daemon, "reuse");
  const options = { args, env: { PATH }, clearEnv: true, stdin: "piped", stdout: "piped" } as const;
  const attacker = new Deno.Command(program, options).spawn();
  const reader = attacker.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { maker } = JSON.parse((await reader.read()).value ?? "");
  const successor = await processOfNumber(maker, user.command("sleep", "63"));
  const writer = attacker.stdin.getWriter();
  await writer.write(new TextEncoder().encode("\n"));
  await writer.close();
  assert.match((await reader.read()).value ?? "", /"answer": ""/);
  await reader.cancel();
  await attacker.status;
  console.log(`the number of the maker was ${successor === undefined ? "not " : ""}another's`);
  successor?.kill("SIGKILL");
  await successor?.status;
}

/** Undefined where others were quicker each time. */
async function processOfNumber(
  pid: number,
  [program = "", ...args]: string[],
): Promise<Deno.ChildProcess | undefined> {
  for (let tries = 0; tries < 50; tries++) {
    await Deno.writeTextFile("/proc/sys/kernel/ns_last_pid", String(pid - 1));
    const child = new Deno.Command(program, { args }).spawn();
    if (child.pid === pid) return child;
    child.kill("SIGKILL");
    await child.status;
  }
  return undefined;
}

Deno.test("attacker: a program that turns into an allowed one after its request is taken for that one", async () => {
  await withScene(async (scene) => {
    const { world, user } = scene;
    const path = `/admin/agents/${AGENT}/allowed-callers`;
    const listed = async (file: string) =>
      (await world.admin("POST", path, { sha256: await new ProgramHashes().ofPath(file) })).status;
    assert.equal(await listed("/bin/sleep"), 201);
    const marker = `${world.home}/marker`;
    const request = {
      cmd: "exec",
      v: 1,
      project: PROJECT,
      program: "/bin/sh",
      args: ["-c", `test -n "$API_KEY" && echo got > ${marker}`],
      cwd: "/",
      env: [["PATH", PATH]],
      names: null,
      tty: { stdin: false, stdout: false, stderr: false },
    };
    const daemon = String(world.daemon?.pid ?? 0);
    const line = JSON.stringify(request);
    const honest = await world.cortex(["run", "--project", PROJECT, "--", "true"]);
    assert.equal(honest.code, EXIT.refused);
    const attacker = start(
      attackCommand(scene, "become", world.socketPath, daemon, line, "/bin/sleep", "8"),
    );
    await attacker.ended();
    const [program = "", ...args] = user.command("cat", marker);
    const { stdout } = await new Deno.Command(program, { args }).output();
    assert.equal(new TextDecoder().decode(stdout), "got\n");
  });
});

Deno.test("attacker: a program on a terminal of its own cannot type into its caller's", async () => {
  await withScene(async (scene) => {
    const { world, user } = scene;
    const push = attackCommand(scene, "push", '"$(tty)"').slice(user.command().length).join(" ");
    const line = `cortex run --project ${PROJECT} -- ${push}; echo; echo "caller: $(${push})"`;
    const shown = new RunningProgram("terminal", user.command("script", "-qfec", line, "/dev/null"), {
      env: { ...await world.environment(), PATH: `${world.folder}/programs:${PATH}`, SHELL: "/bin/sh" },
      cwd: world.folder,
      transcript: world.transcript,
    });
    await shown.ended();
    const [inRun = "", own = ""] = shown.output().split("caller:");
    assert.match(inRun, /"TIOCSTI": "E(PERM|IO)"/, shown.output());
    console.log(`a program of the caller's own session: ${own.trim()}`);
  });
});

Deno.test("attacker: the agent's key is a file that a process of its user can read, which is why nothing here stops one for good", async () => {
  await withScene(async ({ world, user }) => {
    const [program = "", ...args] = user.command("cat", `${world.home}/.cortex/agent-${AGENT}.key`);
    const { stdout } = await new Deno.Command(program, { args }).output();
    assert.ok(stdout.byteLength >= 43);
  });
});

Deno.test("attacker: a value that goes as a file is in no environment, but behind a descriptor of the child", async () => {
  await withScene(async ({ world, user }) => {
    const path = `/admin/projects/${PROJECT}/grants`;
    const [grant] = (await world.admin("GET", path)).json<{ id: string }[]>();
    assert.equal((await world.admin("PUT", `${path}/${grant?.id}`, { delivery: "file" })).status, 200);
    const run = await world.startCortex(["run", "--project", PROJECT, "--", "sleep", "62"]);
    const child = await childOf(world.daemon?.pid ?? 0, /^sleep 62/);
    const read = async (file: string) => {
      const [program = "", ...args] = user.command("cat", `/proc/${child}/${file}`);
      return new TextDecoder().decode((await new Deno.Command(program, { args }).output()).stdout);
    };
    const environment = await read("environ");
    assert.doesNotMatch(environment, new RegExp(CANARY));
    const fd = /API_KEY_FILE=\/dev\/fd\/(\d+)/.exec(environment)?.[1] ?? assert.fail("there is no file");
    assert.equal(await read(`fd/${fd}`), CANARY);
    Deno.kill(child, "SIGKILL");
    assert.notEqual(await run.ended(), EXIT.ok);
  });
});
