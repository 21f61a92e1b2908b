import assert from "node:assert/strict";
import { VaultError } from "../../../shared/errors.ts";
import { closeFd } from "../../../shared/os/descriptor.ts";
import { libc } from "../../../shared/os/libc.ts";
import { identifyPeer, isStillThere } from "../../../shared/os/peer.ts";
import { Reactor } from "../../../shared/os/reactor.ts";
import { ensurePrivateDirectory, UnixListener } from "../../../shared/os/unix_listener.ts";

libc(); // Opened outside of a test: it stays open.

const modeOf = (path: string) => (Deno.lstatSync(path).mode ?? 0) & 0o777;

function refusedWith(code: string) {
  return (error: unknown) => error instanceof VaultError && error.code === code;
}

async function inFolder(work: (folder: string, reactor: Reactor) => Promise<void> | void): Promise<void> {
  const folder = await Deno.makeTempDir();
  Deno.chmodSync(folder, 0o700);
  try {
    await using reactor = new Reactor();
    await work(folder, reactor);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("B26: the socket is private, and gone after the end", () =>
  inFolder((folder, reactor) => {
    const path = `${folder}/agent.sock`;
    const listener = UnixListener.open(reactor, path);
    assert.equal(modeOf(path), 0o600);
    assert.equal(modeOf(`${path}.lock`), 0o600);
    listener.close();
    listener.close();
    assert.throws(() => Deno.lstatSync(path), Deno.errors.NotFound);
  }));

Deno.test("B26: a living daemon is not displaced, by one of ours or by one that knows no lock", () =>
  inFolder((folder, reactor) => {
    const path = `${folder}/agent.sock`;
    const listener = UnixListener.open(reactor, path);
    assert.throws(() => UnixListener.open(reactor, path), refusedWith("client.daemon_busy"));
    // Even if somebody removed the lock's name.
    Deno.removeSync(`${path}.lock`);
    assert.throws(() => UnixListener.open(reactor, path), refusedWith("client.daemon_busy"));
    listener.close();
    using foreign = Deno.listen({ transport: "unix", path });
    assert.throws(() => UnixListener.open(reactor, path), refusedWith("client.daemon_busy"));
    assert.equal(foreign.addr.transport, "unix");
  }));

Deno.test("B26: a stale socket is replaced; what is no socket is not", () =>
  inFolder(async (folder, reactor) => {
    const path = `${folder}/agent.sock`;
    const script = `Deno.listen({ transport: "unix", path: ${
      JSON.stringify(path)
    } }); Deno.kill(Deno.pid, "SIGKILL")`;
    await new Deno.Command(Deno.execPath(), { args: ["eval", script] }).output();
    assert.equal(Deno.lstatSync(path).isSocket, true);
    UnixListener.open(reactor, path).close();
    Deno.writeTextFileSync(path, "precious");
    assert.throws(() => UnixListener.open(reactor, path), refusedWith("client.file_unsafe"));
    assert.equal(Deno.readTextFileSync(path), "precious");
  }));

Deno.test("B26: a socket that is not ours any more stays at our end", () =>
  inFolder((folder, reactor) => {
    const path = `${folder}/agent.sock`;
    const listener = UnixListener.open(reactor, path);
    Deno.renameSync(path, `${folder}/moved`);
    Deno.writeTextFileSync(path, "another's");
    listener.close();
    assert.equal(Deno.readTextFileSync(path), "another's");
  }));

Deno.test("B26: a directory that others may enter, a relative path and an overlong one are refused", () =>
  inFolder((folder, reactor) => {
    Deno.mkdirSync(`${folder}/open`, { mode: 0o755 });
    Deno.chmodSync(`${folder}/open`, 0o755);
    const places = [
      `${folder}/open/a.sock`,
      `${folder}/none/a.sock`,
      "relative.sock",
      `${folder}/${"x".repeat(120)}`,
    ];
    for (const place of places) {
      assert.throws(() => UnixListener.open(reactor, place), refusedWith("client.file_unsafe"), place);
    }
  }));

Deno.test("ensurePrivateDirectory makes one with 0700, and closes one that is ours to others", () =>
  inFolder((folder) => {
    ensurePrivateDirectory(`${folder}/new`);
    assert.equal(modeOf(`${folder}/new`), 0o700);
    Deno.chmodSync(`${folder}/new`, 0o755);
    ensurePrivateDirectory(`${folder}/new`);
    assert.equal(modeOf(`${folder}/new`), 0o700);
  }));

Deno.test("two daemons that start at the same moment: one listens, the other says so, every time", async () => {
  const folder = await Deno.makeTempDir();
  Deno.chmodSync(folder, 0o700);
  const script = `
    import { Reactor } from ${JSON.stringify(import.meta.resolve("../../../shared/os/reactor.ts"))};
    import { UnixListener } from ${
    JSON.stringify(import.meta.resolve("../../../shared/os/unix_listener.ts"))
  };
    try {
      UnixListener.open(new Reactor(), ${JSON.stringify(`${folder}/agent.sock`)});
      console.log("listens");
      await new Response(Deno.stdin.readable).text();
      Deno.kill(Deno.pid, "SIGKILL");
    } catch (error) {
      console.log(error.code);
    }
  `;
  for (let round = 0; round < 3; round++) {
    const racers = Array.from({ length: 4 }, () =>
      new Deno.Command(Deno.execPath(), {
        args: ["eval", "--no-check", "--ext=ts", script],
        stdin: "piped",
        stdout: "piped",
        stderr: "null",
      }).spawn());
    const outputs = racers.map((racer) => racer.stdout.pipeThrough(new TextDecoderStream()).getReader());
    const words = await Promise.all(
      outputs.map((reader) => reader.read().then(({ value }) => value?.trim())),
    );
    // The winner lives until all have spoken, then dies without cleaning up: the next round meets a stale socket.
    await Promise.all(racers.map((racer) => racer.stdin.close().catch(() => {})));
    await Promise.all(racers.map((racer) => racer.status));
    await Promise.all(outputs.map((reader) => reader.cancel()));
    assert.deepEqual(words.sort(), [
      "client.daemon_busy",
      "client.daemon_busy",
      "client.daemon_busy",
      "listens",
    ]);
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("identifyPeer tells the very process that connected, and refuses what is no peer", () =>
  inFolder(async (folder, reactor) => {
    const path = `${folder}/agent.sock`;
    const listener = UnixListener.open(reactor, path);
    using client = await Deno.connect({ transport: "unix", path });
    const accepted = await listener.accept();
    assert.ok(accepted !== undefined && client.localAddr.transport === "unix");
    const peer = identifyPeer(accepted);
    assert.deepEqual([peer.pid, peer.uid], [Deno.pid, Deno.uid()]);
    assert.match(peer.startTime, /^\d+$/);
    assert.equal(isStillThere(peer), true);
    assert.equal(isStillThere({ ...peer, startTime: "1" }), false);
    closeFd(accepted);
    assert.throws(() => identifyPeer(accepted), refusedWith("client.peer_refused"));
    const { pid } = peer;
    assert.throws(() => identifyPeer(9_999), refusedWith("client.peer_refused"), String(pid));
    listener.close();
  }));

Deno.test("identifyPeer refuses a caller that ended before it was asked for", () =>
  inFolder(async (folder, reactor) => {
    const path = `${folder}/agent.sock`;
    const listener = UnixListener.open(reactor, path);
    const script = `await Deno.connect({ transport: "unix", path: ${JSON.stringify(path)} }); Deno.exit(0)`;
    await new Deno.Command(Deno.execPath(), { args: ["eval", script] }).output();
    const accepted = await listener.accept();
    assert.ok(accepted !== undefined);
    assert.throws(() => identifyPeer(accepted), refusedWith("client.peer_refused"));
    closeFd(accepted);
    listener.close();
  }));
