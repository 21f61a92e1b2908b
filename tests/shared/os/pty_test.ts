import assert from "node:assert/strict";
import { utf8 } from "../../../shared/encoding.ts";
import { signalGroup } from "../../../shared/os/child.ts";
import { nextChange } from "../../../shared/os/child_changes.ts";
import { CVector } from "../../../shared/os/c_vector.ts";
import { closeFd, duplicate, makePipe, openPath } from "../../../shared/os/descriptor.ts";
import { FdStream } from "../../../shared/os/fd_stream.ts";
import { libc } from "../../../shared/os/libc.ts";
import { OsError } from "../../../shared/os/os_error.ts";
import { openPty } from "../../../shared/os/pty.ts";
import { Reactor } from "../../../shared/os/reactor.ts";
import { spawnOn } from "../../../shared/os/spawn.ts";
import {
  applySettings,
  isInForeground,
  rawSettings,
  settingsOf,
  setWindowSize,
  windowSizeOf,
} from "../../../shared/os/terminal.ts";

libc(); // Opened outside of a test: it stays open.

interface Stage extends Disposable {
  readonly master: FdStream;
  readonly slave: FdStream;
}

function stage(reactor: Reactor): Stage {
  const { master, slave } = openPty();
  const ends = { master: new FdStream(reactor, master), slave: new FdStream(reactor, slave) };
  return { ...ends, [Symbol.dispose]: () => Object.values(ends).forEach((end) => end.close()) };
}

async function readText(stream: FdStream, length: number): Promise<string> {
  const buffer = new Uint8Array(1000);
  let text = "";
  while (text.length < length) {
    text += new TextDecoder().decode(buffer.subarray(0, await stream.read(buffer)));
  }
  return text;
}

Deno.test("openPty makes a terminal: what is typed is echoed and comes as a line, what is written is shown", async () => {
  await using reactor = new Reactor();
  using terminal = stage(reactor);
  await terminal.master.write(utf8("ab\x7fc\r"));
  assert.equal(await readText(terminal.slave, 3), "ac\n");
  await terminal.slave.write(utf8("shown\n"));
  assert.equal(await readText(terminal.master, 15), "ab\b \bc\r\nshown\r\n");
});

Deno.test("rawSettings turn echo, lines and translation off; the settings from before bring them back", async () => {
  await using reactor = new Reactor();
  using terminal = stage(reactor);
  const before = settingsOf(terminal.slave.fd);
  applySettings(terminal.slave.fd, rawSettings(before));
  await terminal.master.write(utf8("a\r\x03"));
  assert.equal(await readText(terminal.slave, 3), "a\r\x03");
  await terminal.slave.write(utf8("\n"));
  assert.equal(await readText(terminal.master, 1), "\n");
  applySettings(terminal.slave.fd, before);
  assert.deepEqual(settingsOf(terminal.slave.fd), before);
});

Deno.test("a window's size is what was set, and no business of a pipe", async () => {
  await using reactor = new Reactor();
  using terminal = stage(reactor);
  setWindowSize(terminal.master.fd, { rows: 33, columns: 111 });
  assert.deepEqual(windowSizeOf(terminal.slave.fd), { rows: 33, columns: 111 });
  const { reader, writer } = makePipe();
  for (const ask of [windowSizeOf, settingsOf, (fd: number) => setWindowSize(fd, { rows: 1, columns: 1 })]) {
    assert.throws(() => ask(reader), (error) => error instanceof OsError && error.errno === "ENOTTY");
  }
  assert.equal(isInForeground(reader), false);
  [reader, writer].forEach(closeFd);
});

Deno.test("duplicate gives a number of its own, no lower than wished", () => {
  const { reader, writer } = makePipe();
  const copy = duplicate(writer, 50);
  assert.ok(copy >= 50);
  [reader, writer, copy].forEach(closeFd);
});

Deno.test("nextChange tells every stop once, and the end, and leaves the number taken", async () => {
  const nothing = openPath("/dev/null", libc().numbers.O_RDWR);
  const start = (script: string) => {
    using environment = new CVector([utf8("PATH=/usr/bin:/bin")]);
    const request = { program: "sh", args: ["-c", script], cwd: "/", environment, path: "/bin" };
    return spawnOn(request, [nothing, nothing, nothing]);
  };
  const pid = start("kill -STOP $$; kill -STOP $$; exit 7");
  for (let stop = 0; stop < 2; stop++) {
    assert.deepEqual(await nextChange(pid), { kind: "stopped" });
    signalGroup(pid, "SIGCONT");
  }
  assert.deepEqual(await nextChange(pid), { kind: "ended", ending: { code: 7 } });
  assert.deepEqual(await nextChange(pid), { kind: "ended", ending: { code: 7 } });
  libc().posix.waitpid(pid, new Uint8Array(new ArrayBuffer(4)), 0);

  const killed = start("kill -TERM $$");
  assert.deepEqual(await nextChange(killed), { kind: "ended", ending: { code: 143, signal: "SIGTERM" } });
  libc().posix.waitpid(killed, new Uint8Array(new ArrayBuffer(4)), 0);
  closeFd(nothing);
});
