/** `cortex ssh`: unmodified OpenSSH and git log in by keys that never leave the vault. */

import assert from "node:assert/strict";
import { EXIT } from "../../shared/errors.ts";
import { approveAll, PROJECT, withMainJob } from "../support/main_job.ts";
import { SshServer } from "../support/ssh_server.ts";
import { expectOk } from "../support/wire_agent.ts";
import type { World } from "../support/world.ts";

interface AuditRow {
  readonly action: string;
  readonly resource_path: string;
  readonly details: Readonly<Record<string, unknown>>;
}

async function storeKey(world: World, keyPath: string, value: string): Promise<void> {
  const body = { key_path: keyPath, secret_type: "SSH_KEY", value };
  const { id } = (await expectOk(world.admin("POST", "/admin/secrets", body))).json();
  await expectOk(world.admin("POST", `/admin/projects/${PROJECT}/grants`, { secret_id: id }));
}

async function withSsh(work: (world: World, server: SshServer, key: string) => Promise<void>): Promise<void> {
  await withMainJob({ api_key: "value-of-the-key-4711" }, async (world) => {
    await using server = await SshServer.start(`${world.folder}/sshd`);
    const key = await server.authorise(["-t", "ed25519"]);
    await storeKey(world, "deploy_key", key);
    await work(world, server, key);
  });
}

const ssh = (args: readonly string[]) => ["ssh", "--project", PROJECT, "--", ...args];

Deno.test("cortex ssh waits for an approval of the keys alone, and then logs in and pushes", async () => {
  await withSsh(async (world, server, key) => {
    const login = ssh(["ssh", ...server.options, server.host, "echo in as $USER"]);
    const first = await world.cortex(login);
    assert.equal(first.code, EXIT.pendingApproval);
    assert.match(first.stderr, /requested_keys: \["deploy_key"\]/);
    await approveAll(world);
    const second = await world.cortex(login);
    assert.equal(second.stdout, `in as ${server.user}\n`, second.stderr + world.daemon?.output());

    const git = (
      ...args: readonly string[]
    ) => ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", ...args];
    const script = [
      "git init -q --bare remote.git",
      "git init -q -b main work",
      "cd work",
      `${git("commit", "-q", "--allow-empty", "-m", "first").join(" ")}`,
      `git push -q ssh://${server.host}:${server.port}${world.folder}/remote.git main`,
      "git -C ../remote.git log --format=%s main",
    ].join(" && ");
    const pushed = await world.cortex(ssh(["sh", "-c", script]), {
      env: { GIT_SSH_COMMAND: `ssh ${server.options.join(" ")}` },
    });
    assert.equal(pushed.stdout, "first\n", pushed.stderr);

    const rows = (await expectOk(world.admin("GET", "/admin/audit-logs?action=ssh_sign"))).json<AuditRow[]>();
    assert.equal(rows.length, 2);
    for (const { details } of rows) {
      assert.deepEqual(details["keys"], ["deploy_key"]);
      assert.equal(details["ssh_user"], server.user);
      assert.equal(details["ssh_host_key"], server.hostKeyFingerprint);
    }
    const secretLine = key.split("\n")[2] ?? "";
    assert.ok(secretLine.length > 20 && !world.transcript.join("").includes(secretLine));
  });
});

Deno.test("a program under cortex ssh has no value and no key, only an agent that is its own", async () => {
  await withSsh(async (world, server) => {
    await world.cortex(ssh(["true"]));
    await approveAll(world);
    const env = await world.cortex(ssh(["env"]), {
      env: { SSH_AUTH_SOCK: "/of/the/caller", SSH_AGENT_PID: "7" },
    });
    assert.match(env.stdout, new RegExp(`^SSH_AUTH_SOCK=${world.socketPath}\\.ssh$`, "m"));
    assert.doesNotMatch(env.stdout, /SSH_AGENT_PID|API_KEY|DEPLOY_KEY|PRIVATE/);
    const plain = await world.cortex(["run", "--project", PROJECT, "--", "env"]);
    assert.doesNotMatch(plain.stdout, /DEPLOY_KEY|PRIVATE|SSH_AUTH_SOCK/);
    assert.equal(plain.stderr, "", "it lacks nothing that a program could have");

    const stranger = new Deno.Command("ssh-add", {
      args: ["-L"],
      env: { ...await world.environment(), SSH_AUTH_SOCK: `${world.socketPath}.ssh` },
      clearEnv: true,
    });
    assert.equal((await stranger.output()).stdout.byteLength, 0);
    const listed = await world.cortex(ssh(["ssh-add", "-L"]));
    assert.equal(listed.stdout.split(" ")[1], server.authorisedKey.split(" ")[1]);
  });
});

Deno.test("a key that is revoked while a program runs signs nothing more, and a project without keys says so", async () => {
  await withSsh(async (world, server) => {
    await world.cortex(ssh(["true"]));
    await approveAll(world);
    const secrets = (await expectOk(world.admin("GET", "/admin/secrets"))).json<
      { id: string; key_path: string }[]
    >();
    const id = secrets.find(({ key_path }) => key_path === "deploy_key")?.id;
    const running = await world.startCortex(
      ssh([
        "sh",
        "-c",
        `echo ready; read x < ${world.folder}/go; ssh ${
          server.options.join(" ")
        } ${server.host} true; echo code=$?`,
      ]),
    );
    await new Deno.Command("mkfifo", { args: [`${world.folder}/go`] }).output();
    await running.waitFor(/ready/).catch(() => {});
    await expectOk(world.admin("DELETE", `/admin/secrets/${id}`));
    await Deno.writeTextFile(`${world.folder}/go`, "\n");
    await running.waitFor(/code=255/);
    const without = await world.cortex(ssh(["true"]));
    assert.equal(without.code, EXIT.refused);
    assert.match(without.stderr, /no SSH key/);
  });
});
