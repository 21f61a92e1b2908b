/** The agent against the programs it is for: unmodified OpenSSH client and server. */

import assert from "node:assert/strict";
import { createLog } from "../../../daemon/log.ts";
import { SshAgent } from "../../../daemon/ssh/agent.ts";
import type { SshSignature, SshSigner } from "../../../daemon/ssh/agent_session.ts";
import { VaultError } from "../../../shared/errors.ts";
import { libc } from "../../../shared/os/libc.ts";
import { Reactor } from "../../../shared/os/reactor.ts";
import { UnixListener } from "../../../shared/os/unix_listener.ts";
import { parseSshPrivateKey } from "../../../shared/ssh/private_key.ts";
import { withTempDir } from "../../support/paths.ts";
import { SshServer } from "../../support/ssh_server.ts";
import { ManualTimers } from "../support/manual_timers.ts";

libc(); // Opened outside of a test: it stays open.

interface Stage {
  readonly folder: string;
  readonly server: SshServer;
  readonly agent: SshAgent;
  readonly signed: SshSignature[];
  readonly log: string[];
  /** Runs a program with the agent's socket, as a run of the daemon's or as a stranger. */
  run(program: string, args: readonly string[], as?: "run" | "stranger"): Promise<Deno.CommandOutput>;
}

function signerOf(texts: readonly string[], signed: SshSignature[]): SshSigner {
  const keys = texts.map(parseSshPrivateKey);
  return {
    identities: () => Promise.resolve(keys),
    sign: (request) => {
      const key = keys.find(({ publicKey }) => publicKey.toHex() === request.publicKey.toHex());
      if (key === undefined) throw new VaultError("grant.denied", "This key is not granted");
      signed.push(request);
      return Promise.resolve(key.sign(request.data, request.algorithm));
    },
  };
}

async function withAgent(
  keyOptions: readonly string[],
  work: (stage: Stage) => Promise<void>,
): Promise<void> {
  await withTempDir(async (folder) => {
    await Deno.chmod(folder, 0o700);
    await using server = await SshServer.start(`${folder}/sshd`);
    const key = await server.authorise(keyOptions);
    await using reactor = new Reactor();
    const log: string[] = [];
    const logger = createLog({ json: true, clock: new ManualTimers(), write: (line) => log.push(line) });
    const agent = new SshAgent(UnixListener.open(reactor, `${folder}/agent`), { reactor, log: logger });
    const serving = agent.serve();
    const signed: SshSignature[] = [];
    const signer = signerOf([key], signed);
    const run: Stage["run"] = async (program, args, as = "run") => {
      const child = new Deno.Command(program, {
        args: [...args],
        env: { PATH: "/usr/bin:/bin", HOME: folder, SSH_AUTH_SOCK: agent.path },
        clearEnv: true,
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      using _run = as === "run" ? agent.register(child.pid, signer) : undefined;
      return await child.output();
    };
    await work({ folder, server, agent, signed, log, run });
    agent.close();
    await serving;
  });
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

for (
  const options of [["-t", "ed25519"], ["-t", "ecdsa", "-b", "256"], ["-t", "ecdsa", "-b", "521"], [
    "-t",
    "rsa",
    "-b",
    "3072",
  ]]
) {
  Deno.test(`ssh logs in with a key that it never sees: ${options.join(" ")}`, async () => {
    await withAgent(options, async ({ server, signed, run }) => {
      const { code, stdout, stderr } = await run("ssh", [...server.options, server.host, "echo", "I am in"]);
      assert.equal(text(stdout), "I am in\n", text(stderr));
      assert.equal(code, 0);
      assert.deepEqual(signed.map(({ user, hostKey }) => ({ user, hostKey })), [
        { user: server.user, hostKey: server.hostKeyFingerprint },
      ]);
    });
  });
}

Deno.test("a program that no run started gets neither keys nor signatures, although it knows the socket", async () => {
  await withAgent(["-t", "ed25519"], async ({ server, signed, log, run }) => {
    assert.notEqual((await run("ssh", [...server.options, server.host, "true"], "stranger")).code, 0);
    assert.equal((await run("ssh-add", ["-l"], "stranger")).stdout.byteLength, 0);
    assert.deepEqual(signed, []);
    assert.match(log.join(), /belongs to no run/);
    const listed = await run("ssh-add", ["-l"]);
    assert.match(text(listed.stdout), /SHA256:.*ED25519/);
  });
});

Deno.test("only logins are signed: no commit, no file, nothing for a host behind the host", async () => {
  await withAgent(["-t", "ed25519"], async ({ folder, server, signed, log, run }) => {
    await Deno.writeTextFile(`${folder}/file`, "to be signed");
    await Deno.writeTextFile(`${folder}/key.pub`, server.authorisedKey);
    const signature = await run("ssh-keygen", [
      "-Y",
      "sign",
      "-n",
      "file",
      "-f",
      `${folder}/key.pub`,
      `${folder}/file`,
    ]);
    assert.notEqual(signature.code, 0);
    assert.match(log.join(), /something else than a login/);

    const behind = `ssh ${server.options.join(" ")} ${server.host} true`;
    const forwarded = await run("ssh", ["-A", ...server.options, server.host, behind]);
    assert.notEqual(forwarded.code, 0);
    assert.match(log.join(), /forwarded agent/);
    assert.equal(signed.length, 1);
  });
});

Deno.test("adding, removing and locking keys is refused, and the agent goes on", async () => {
  await withAgent(["-t", "ed25519"], async ({ server, run }) => {
    assert.notEqual((await run("sh", ["-c", "ssh-add -D"])).code, 0);
    assert.notEqual((await run("sh", ["-c", "echo x | ssh-add -x"])).code, 0);
    assert.equal((await run("ssh", [...server.options, server.host, "true"])).code, 0);
  });
});

Deno.test("bytes that are no messages end their connection and nothing else", async () => {
  await withAgent(["-t", "ed25519"], async ({ agent, server, run }) => {
    using _run = agent.register(Deno.pid, {
      identities: () => Promise.resolve([]),
      sign: () => Promise.reject(),
    });
    for (
      const bytes of [[0, 0, 0, 0], [255, 255, 255, 255, 1], [0, 0, 0, 9, 13, 0, 0, 0, 9, 1, 1, 1, 1], [
        0,
        0,
        0,
        1,
        99,
      ]]
    ) {
      using connection = await Deno.connect({ transport: "unix", path: agent.path });
      await connection.write(Uint8Array.from(bytes));
      const answer = new Uint8Array(100);
      const count = await connection.read(answer).catch(() => null);
      assert.ok(count === null || (count === 5 && answer[4] === 5));
    }
    assert.equal((await run("ssh", [...server.options, server.host, "true"])).code, 0);
  });
});
