/**
 * What a program that the daemon starts has around it, on each of the ways: exactly its caller's surroundings and what was
 * granted. Nothing of ours: no token, no key, no variable, no descriptor.
 */

import assert from "node:assert/strict";
import { fromBase64Url, toBase64, toHex } from "../../shared/encoding.ts";
import { AGENT, approveAll, PROJECT, withMainJob } from "../support/main_job.ts";
import { ROOT_PATH, writeShims } from "../support/programs.ts";
import { RunningProgram } from "../support/running_program.ts";
import { SshServer } from "../support/ssh_server.ts";
import { expectOk } from "../support/wire_agent.ts";
import type { World } from "../support/world.ts";

const VALUE = "value-of-the-key-4711";
/** By its file: a `python3` of a version manager is a script that sets variables. */
const PYTHON = ["/usr/bin/python3", "/usr/local/bin/python3"].find((path) => {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
});
const SCRIPT = [PYTHON ?? "python3", "-I", `${ROOT_PATH}/tests/support/surroundings.py`];

interface Surroundings {
  readonly environment: readonly string[];
  readonly arguments: readonly string[];
  readonly descriptors: Readonly<Record<string, string>>;
}

/** What the caller has set of ours, and must not reach a child. */
const OURS = {
  CORTEX_PROJECT: PROJECT,
  CORTEX_ADMIN_TOKEN: "canary-of-an-admin-token",
  CORTEX_KEK_PASSWORD: "canary-of-a-password",
  CORTEX_ANYTHING: "canary-of-anything",
  ADMIN_TOKEN: "canary-of-another-token",
};

async function read(file: string): Promise<Surroundings> {
  return JSON.parse(await Deno.readTextFile(file));
}

/** Everything that is ours on this stage, in the forms in which it might be handed on. */
async function forbidden(world: World): Promise<string[]> {
  const key = (await Deno.readTextFile(`${world.home}/.cortex/agent-${AGENT}.key`)).trim();
  const seed = fromBase64Url(key) ?? assert.fail("the key is none");
  const session = JSON.parse(await Deno.readTextFile(`${world.home}/.cortex/daemon-session.json`));
  return [key, toHex(seed), toBase64(seed), session.access_token, world.adminToken, world.kekPassword];
}

async function assertNothingOfOurs(world: World, seen: Surroundings): Promise<void> {
  const text = JSON.stringify(seen);
  for (const secret of await forbidden(world)) assert.ok(!text.includes(secret));
  assert.doesNotMatch(text, /canary|"(?:CORTEX_|ADMIN_TOKEN)/);
  // Tokens of projects are 64 hex digits or three parts, which nothing else here looks like.
  assert.doesNotMatch(text, /\b[0-9a-f]{64}\b|\beyJ[\w-]+\.[\w-]+\.[\w-]+/);
  assert.deepEqual(Object.keys(seen.descriptors).sort(), ["0", "1", "2"]);
  assert.doesNotMatch(Object.values(seen.descriptors).join(" "), /socket|\.cortex|memfd|anon_inode/);
}

const sorted = (entries: readonly string[]) => entries.filter((entry) => !entry.startsWith("_=")).toSorted();
const entriesOf = (env: Readonly<Record<string, string>>) =>
  Object.entries(env).map((pair) => pair.join("="));

Deno.test("a child on pipes has its caller's environment, the value, three pipes and its own arguments", async () => {
  await withMainJob({ api_key: VALUE }, async (world) => {
    const out = `${world.folder}/out`;
    const run = await world.cortex(["run", "--project", PROJECT, "--", ...SCRIPT, out], {
      env: { ...OURS, OF_THE_CALLER: "x" },
    });
    assert.equal(run.code, 0, run.stderr);
    const seen = await read(out);
    const wanted = { ...await world.environment({ OF_THE_CALLER: "x" }), API_KEY: VALUE };
    assert.deepEqual(sorted(seen.environment), sorted(entriesOf(wanted)));
    assert.deepEqual(seen.arguments, [...SCRIPT, out]);
    await assertNothingOfOurs(world, seen);
  });
});

Deno.test("a child on a terminal has what a direct run there has, and the value", async () => {
  await withMainJob({ api_key: VALUE }, async (world) => {
    const [direct, through] = [`${world.folder}/direct`, `${world.folder}/through`];
    await writeShims(`${world.folder}/bin`);
    const own = await world.environment({ ...OURS, SHELL: "/bin/sh" });
    const lines = `${SCRIPT.join(" ")} ${direct}; cortex run --project ${PROJECT} -- ${
      SCRIPT.join(" ")
    } ${through}`;
    const terminal = new RunningProgram("terminal", ["script", "-qfec", lines, "/dev/null"], {
      env: { ...own, PATH: `${world.folder}/bin:${own["PATH"]}` },
      cwd: world.folder,
      transcript: world.transcript,
    });
    assert.equal(await terminal.ended(), 0, terminal.output());
    const [before, seen] = [await read(direct), await read(through)];
    const kept = before.environment.filter((entry) => !/^(?:CORTEX_\w*|ADMIN_TOKEN)=/.test(entry));
    assert.deepEqual(sorted(seen.environment), sorted([...kept, `API_KEY=${VALUE}`]));
    assert.match(seen.descriptors["0"] ?? "", /^\/dev\/pts\//);
    assert.notEqual(seen.descriptors["0"], before.descriptors["0"]);
    await assertNothingOfOurs(world, seen);
  });
});

Deno.test("a child of cortex ssh has the agent's socket and nothing else of ours", async () => {
  await withMainJob({ api_key: VALUE }, async (world) => {
    await using server = await SshServer.start(`${world.folder}/sshd`);
    const body = {
      key_path: "deploy_key",
      secret_type: "SSH_KEY",
      value: await server.authorise(["-t", "ed25519"]),
    };
    const { id } = (await expectOk(world.admin("POST", "/admin/secrets", body))).json();
    await expectOk(world.admin("POST", `/admin/projects/${PROJECT}/grants`, { secret_id: id }));
    const out = `${world.folder}/out`;
    const run = () => world.cortex(["ssh", "--project", PROJECT, "--", ...SCRIPT, out], { env: OURS });
    await run();
    await approveAll(world);
    const { code, stderr } = await run();
    assert.equal(code, 0, stderr);
    const seen = await read(out);
    const socket = `SSH_AUTH_SOCK=${world.socketPath}.ssh`;
    assert.deepEqual(sorted(seen.environment), sorted([...entriesOf(await world.environment()), socket]));
    const { environment, ...rest } = seen;
    const others = environment.filter((entry) => entry !== socket);
    await assertNothingOfOurs(world, { ...rest, environment: others });
    assert.ok(!JSON.stringify(seen).includes(VALUE));
  });
});

Deno.test("a child of the predecessor's run has the daemon's surroundings without anything of ours", async () => {
  await withMainJob({ api_key: VALUE }, async (world) => {
    await world.stopDaemon();
    await world.startDaemon(OURS);
    const out = `${world.folder}/out`;
    const [program = "", ...args] = [...SCRIPT, out];
    using connection = await Deno.connect({ transport: "unix", path: world.socketPath });
    const line = JSON.stringify({ cmd: "run", project: PROJECT, program, args });
    await connection.write(new TextEncoder().encode(`${line}\n`));
    const answer = await new Response(connection.readable).json();
    assert.equal(answer.exit_code, 0, JSON.stringify(answer));
    const seen = await read(out);
    const wanted = { ...await world.environment(), API_KEY: VALUE };
    assert.deepEqual(sorted(seen.environment), sorted(entriesOf(wanted)));
    await assertNothingOfOurs(world, seen);
  });
});
