/** Who calls: lists of programs, and provenance in the audit log, on real processes. */

import assert from "node:assert/strict";
import { EXIT } from "../../shared/errors.ts";
import { ProgramHashes } from "../../shared/os/program_hash.ts";
import { AGENT, PROJECT, withMainJob } from "../support/main_job.ts";
import { programCommand, writeShims } from "../support/programs.ts";
import type { World } from "../support/world.ts";

const SECRETS = { api_key: "value-of-the-key" };
const CORTEX = programCommand("cortex")[0] ?? "";
const RUN = ["run", "--project", PROJECT, "--", "sh", "-c", 'test -n "$API_KEY"'];

function callers(world: World, ...words: string[]) {
  return world.cortex(["admin", "agents", "callers", ...words, "--url", world.url], {
    env: { CORTEX_ADMIN_TOKEN: world.adminToken },
  });
}

interface Row {
  readonly status: string;
  readonly caller_pid: number;
  readonly caller_binary_sha256: string;
  readonly details: {
    readonly caller_started?: string;
    readonly caller_parents?: { readonly pid: number; readonly name: string; readonly sha256?: string }[];
  };
}

async function lastRead(world: World): Promise<Row> {
  const rows = (await world.admin("GET", "/admin/audit-logs?action=get_secrets&limit=1")).json<Row[]>();
  return rows[0] ?? assert.fail("there is no row");
}

Deno.test("callers: only a listed program may act for the agent, from the next run on, and back", async () => {
  await withMainJob(SECRETS, async (world) => {
    assert.equal((await world.cortex(RUN)).code, 0);
    const other = await callers(world, "add", AGENT, "--file", "/bin/true", "--label", "not cortex");
    assert.equal(other.code, 0, other.stderr);
    const refused = await world.cortex(RUN);
    assert.equal(refused.code, EXIT.refused, refused.stderr);
    const hash = await new ProgramHashes().ofPath(CORTEX);
    assert.match(refused.stderr, new RegExp(`${hash}.*callers add ${AGENT} --sha256 ${hash}`));
    assert.equal(
      (await callers(world, "add", AGENT, "--file", CORTEX, "--label", "cortex")).stdout,
      `${hash}\n`,
    );
    const allowed = await world.cortex(RUN);
    assert.equal(allowed.code, 0, allowed.stderr);
    assert.equal((await lastRead(world)).caller_binary_sha256, hash);
    const listed = await callers(world, "list", AGENT);
    assert.match(listed.stdout, new RegExp(`^${hash} {2}caller {2}cortex {2}added `, "m"));
    assert.equal((await callers(world, "remove", AGENT, "--file", "/bin/true")).code, 0);
    const last = await callers(world, "remove", AGENT, "--sha256", hash);
    assert.match(last.stderr, /last program.*--allow-any/s);
    assert.equal((await callers(world, "remove", AGENT, "--sha256", hash, "--allow-any")).code, 0);
    assert.match((await callers(world, "list", AGENT)).stderr, /Any program/);
  });
});

Deno.test("callers: with a list of parents, cortex serves who was started by the agent's program, and nobody else", async () => {
  await withMainJob(SECRETS, async (world) => {
    await writeShims(`${world.folder}/bin`);
    // A shell that is nobody else's: one more byte behind the program changes nothing but the hash.
    const agent = `${world.folder}/agent-program`;
    await Deno.copyFile("/bin/sh", agent);
    await Deno.writeFile(agent, Uint8Array.of(0), { append: true });
    const added = await callers(world, "add", AGENT, "--parent", "--file", agent);
    assert.equal(added.code, 0, added.stderr);
    const stranger = await world.cortex(RUN);
    assert.equal(stranger.code, EXIT.refused);
    assert.match(stranger.stderr, /No program above this one is on the list/);
    const environment = await world.environment();
    const { code, stderr } = await new Deno.Command(agent, {
      args: ["-c", `cortex ${RUN.slice(0, 4).join(" ")} true; exit $?`],
      env: { ...environment, PATH: `${world.folder}/bin:${environment["PATH"]}` },
      clearEnv: true,
      cwd: world.folder,
    }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    assert.match(JSON.stringify((await lastRead(world)).details.caller_parents), /"name":"agent-program"/);
  });
});

Deno.test("callers: CORTEX_ALLOWED_CALLERS adds to the server's list, is the only one without it, and is never half read", async () => {
  await withMainJob(SECRETS, async (world) => {
    await world.stopDaemon();
    await world.startDaemon({ CORTEX_ALLOWED_CALLERS: "/bin/true" });
    const refused = await world.cortex(RUN);
    assert.equal(refused.code, EXIT.refused);
    assert.match(refused.stderr, /--sha256 [0-9a-f]{64}/);
    await callers(world, "add", AGENT, "--file", "/bin/true");
    await world.stopDaemon();
    await world.startDaemon({ CORTEX_ALLOWED_CALLERS: ` ${CORTEX} ,${"0".repeat(64)}` });
    const allowed = await world.cortex(RUN);
    assert.equal(allowed.code, 0, allowed.stderr);
    assert.match(JSON.stringify(await lastRead(world)), /"caller_allowed_by":"host"/);
    await world.stopDaemon();
    for (const list of ["relative/path", "/no/such/file", "/bin", "0123"]) {
      await assert.rejects(world.startDaemon({ CORTEX_ALLOWED_CALLERS: list }));
      assert.match(world.daemon?.output() ?? "", /CORTEX_ALLOWED_CALLERS/);
    }
  });
});

Deno.test("B15: bash, a script, cortex run: the row tells the script's shell and bash above cortex, and no arguments", async () => {
  await withMainJob(SECRETS, async (world) => {
    await writeShims(`${world.folder}/bin`);
    const script = `${world.folder}/agent.sh`;
    await Deno.writeTextFile(script, `#!/bin/sh\ncortex ${RUN.slice(0, 4).join(" ")} true\nexit $?\n`, {
      mode: 0o755,
    });
    const environment = await world.environment();
    const command = new Deno.Command("bash", {
      args: ["-c", '"$0" --password=canary-in-argv; code=$?; echo "$BASHPID"; exit $code', script],
      env: { ...environment, PATH: `${world.folder}/bin:${environment["PATH"]}` },
      clearEnv: true,
      cwd: world.folder,
    });
    const { code, stdout, stderr } = await command.output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    const row = await lastRead(world);
    const parents = row.details.caller_parents ?? [];
    const shell = (await Deno.realPath("/bin/sh")).split("/").at(-1);
    assert.deepEqual(parents.slice(0, 2).map(({ name }) => name), [shell, "bash"]);
    assert.equal(parents[1]?.pid, Number(new TextDecoder().decode(stdout)));
    assert.equal(parents[2]?.pid, Deno.pid);
    assert.equal(parents[1]?.sha256, await new ProgramHashes().ofPath("/bin/bash"));
    assert.equal(row.caller_binary_sha256, await new ProgramHashes().ofPath(CORTEX));
    assert.ok(parents.every(({ pid }) => pid !== row.caller_pid));
    assert.ok(Date.now() - Date.parse(row.details.caller_started ?? "") < 60_000);
    assert.doesNotMatch(JSON.stringify(row), /canary-in-argv/);
  });
});
