/** Over real sockets: what a syslog daemon would be given. */

import assert from "node:assert/strict";
import { parseSyslogTarget, SyslogSink } from "../../../../server/audit/sinks/syslog_sink.ts";
import { syslogMessage } from "../../../../server/audit/sinks/syslog_message.ts";
import { heldRow } from "../../../../server/audit/sinks/row_line.ts";
import { row, rows } from "./support.ts";

const SENDER = { hostname: "vault-host", pid: 42 };

Deno.test("syslogMessage is of RFC 5424: priority, version, time, host, program, process, action, number, row", () => {
  const message = syslogMessage(row(7), SENDER);
  assert.match(
    message,
    /^<109>1 2026-01-02T03:04:05\.007Z vault-host cortex-server 42 get_secrets \[audit@32473 seq="7"\] \{/,
  );
  assert.equal(heldRow(message.slice(message.indexOf("{")))?.seq, 7);
  assert.match(syslogMessage(row(1, { status: "alarm" }), SENDER), /^<105>/);
  assert.match(syslogMessage(row(1, { status: "denied" }), SENDER), /^<108>/);
});

Deno.test("syslogMessage lets no field break the header", () => {
  const message = syslogMessage(row(1, { action: 'a b\n"]é' }), { hostname: "höst name", pid: 1 });
  assert.match(message, /^<109>1 \S+ hstname cortex-server 1 ab"\] \[audit@32473 seq="1"\] \{/);
  assert.equal(message.includes("\n"), false);
  assert.match(syslogMessage(row(1), { hostname: "", pid: 1 }), / - cortex-server /);
});

Deno.test("parseSyslogTarget takes Unix paths and TCP addresses, and nothing that loses rows silently", () => {
  assert.deepEqual(parseSyslogTarget("unix:///dev/log"), { kind: "unix", path: "/dev/log" });
  assert.deepEqual(parseSyslogTarget("tcp://logs.example:6514"), {
    kind: "tcp",
    hostname: "logs.example",
    port: 6514,
  });
  assert.deepEqual(parseSyslogTarget("tcp://[::1]"), { kind: "tcp", hostname: "::1", port: 601 });
  for (
    const text of ["udp://logs.example", "/dev/log", "unix://dev/log", "tcp://", "tcp://h/p", "tcp://u@h", ""]
  ) {
    assert.equal(parseSyslogTarget(text), undefined, text);
  }
});

/** A TCP receiver that takes messages apart by their count of octets. */
class Receiver implements AsyncDisposable {
  readonly seen: number[] = [];
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #connections = new Set<Deno.Conn>();
  readonly #done = this.#accept();

  get sink(): SyslogSink {
    const { port } = this.#listener.addr as Deno.NetAddr;
    return new SyslogSink({ kind: "tcp", hostname: "127.0.0.1", port }, SENDER);
  }

  drop(): void {
    for (const connection of this.#connections) connection.close();
    this.#connections.clear();
  }

  async waitFor(count: number): Promise<void> {
    while (this.seen.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  async #accept(): Promise<void> {
    for await (const connection of this.#listener) {
      this.#connections.add(connection);
      void this.#read(connection);
    }
  }

  async #read(connection: Deno.Conn): Promise<void> {
    let text = "";
    const buffer = new Uint8Array(65_536);
    const decoder = new TextDecoder();
    for (
      let count = await connection.read(buffer);
      count !== null;
      count = await connection.read(buffer).catch(() => null)
    ) {
      text += decoder.decode(buffer.subarray(0, count), { stream: true });
      text = this.#take(text);
    }
  }

  #take(text: string): string {
    for (let rest = text;;) {
      const [head = "", length = ""] = /^(\d+) /.exec(rest) ?? [];
      if (head === "" || rest.length < head.length + Number(length)) return rest;
      this.seen.push(heldRow(rest.slice(rest.indexOf("{"), head.length + Number(length)))?.seq ?? 0);
      rest = rest.slice(head.length + Number(length));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.drop();
    this.#listener.close();
    await this.#done.catch(() => {});
  }
}

Deno.test("SyslogSink sends rows over TCP, counted in octets, and connects anew after the receiver went away", async () => {
  await using receiver = new Receiver();
  const sink = receiver.sink;
  await sink.write(rows(1, 200));
  await receiver.waitFor(200);
  assert.deepEqual(receiver.seen, Array.from({ length: 200 }, (_, index) => index + 1));
  receiver.drop();
  // What goes into the old connection before its end is noticed is lost: TCP says nothing of it.
  while (receiver.seen.length < 201) {
    await sink.write(rows(201, 201)).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.equal(receiver.seen.at(-1), 201);
  sink.close();
});

Deno.test("SyslogSink says that nobody listens", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const tcp = new SyslogSink({ kind: "tcp", hostname: "127.0.0.1", port }, SENDER);
  await assert.rejects(tcp.write(rows(1, 1)), /cannot be reached/);
  const unix = new SyslogSink({ kind: "unix", path: "/nowhere/log" }, SENDER);
  await assert.rejects(unix.write(rows(1, 1)), /cannot be reached/);
  tcp.close();
  unix.close();
});

/** Stands for the daemon behind `/dev/log`, in a process of its own: only there Deno may be told to listen to Unix datagrams. */
const DAEMON = `
const [kind, path] = Deno.args;
if (kind === "datagram") {
  const socket = Deno.listenDatagram({ transport: "unixpacket", path });
  console.log("ready");
  for await (const [bytes] of socket) console.log(new TextDecoder().decode(bytes));
} else {
  const listener = Deno.listen({ transport: "unix", path });
  console.log("ready");
  for await (const connection of listener) await connection.readable.pipeTo(Deno.stdout.writable);
}
`;

for (const kind of ["datagram", "stream"]) {
  Deno.test(`SyslogSink speaks to a Unix socket of the ${kind} kind`, async () => {
    const folder = await Deno.makeTempDir({ prefix: "cortex-test-" });
    await Deno.writeTextFile(`${folder}/daemon.ts`, DAEMON);
    const daemon = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--unstable-net", `${folder}/daemon.ts`, kind, `${folder}/log`],
      stdout: "piped",
    }).spawn();
    try {
      const reader = daemon.stdout.pipeThrough(new TextDecoderStream()).getReader();
      assert.match((await reader.read()).value ?? "", /ready/);
      const sink = new SyslogSink({ kind: "unix", path: `${folder}/log` }, SENDER);
      await sink.write(rows(1, 50));
      let seen = "";
      while (seen.split("\n").length <= 50) seen += (await reader.read()).value ?? "";
      const seqs = seen.trim().split("\n").map((line) => heldRow(line.slice(line.indexOf("{")))?.seq);
      assert.deepEqual(seqs, Array.from({ length: 50 }, (_, index) => index + 1));
      sink.close();
      await reader.cancel();
    } finally {
      daemon.kill("SIGKILL");
      await daemon.status;
      await Deno.remove(folder, { recursive: true });
    }
  });
}
