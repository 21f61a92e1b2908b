import assert from "node:assert/strict";
import { cBuffer } from "../../../shared/os/c_memory.ts";
import { closeFd, makePipe, readOnce, setNonblocking, writeOnce } from "../../../shared/os/descriptor.ts";
import { FdStream } from "../../../shared/os/fd_stream.ts";
import { libc } from "../../../shared/os/libc.ts";
import { Reactor } from "../../../shared/os/reactor.ts";

libc(); // Opened outside of a test: it stays open.

const BYTE = Uint8Array.of(1);
const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

Deno.test("Reactor wakes exactly those whose descriptor is ready, among many", async () => {
  await using reactor = new Reactor();
  const pipes = Array.from({ length: 200 }, makePipe);
  const woken: number[] = [];
  const waits = pipes.map(async ({ reader }, index) => {
    setNonblocking(reader);
    await reactor.readable(reader);
    woken.push(index);
  });
  await turn();
  for (const index of [3, 77, 199]) {
    const pipe = pipes[index];
    if (pipe !== undefined) writeOnce(pipe.writer, BYTE);
  }
  await Promise.all([waits[3], waits[77], waits[199]]);
  assert.deepEqual(woken.sort((left, right) => left - right), [3, 77, 199]);
  for (const { reader } of pipes) reactor.forget(reader);
  await Promise.all(waits);
  for (const { reader, writer } of pipes) [reader, writer].forEach(closeFd);
});

Deno.test("Reactor.forget ends a wait that is in poll, and the number can be used anew at once", async () => {
  await using reactor = new Reactor();
  for (let round = 0; round < 50; round++) {
    const first = makePipe();
    const wait = reactor.readable(first.reader);
    await turn();
    reactor.forget(first.reader);
    [first.reader, first.writer].forEach(closeFd);
    assert.equal(await wait, false);
    // The same numbers again: a late result for the old pipe must not wake the new one.
    const second = makePipe();
    let woken = false;
    const again = reactor.readable(second.reader).then((ready) => woken = ready);
    await turn();
    assert.equal(woken, false);
    writeOnce(second.writer, BYTE);
    assert.equal(await again, true);
    [second.reader, second.writer].forEach(closeFd);
  }
});

Deno.test("Reactor tells the end of a pipe to reader and writer", async () => {
  await using reactor = new Reactor();
  const one = makePipe();
  const read = new FdStream(reactor, one.reader).read(cBuffer(10));
  await turn();
  closeFd(one.writer);
  assert.equal(await read, 0);
  closeFd(one.reader);

  const two = makePipe();
  const writer = new FdStream(reactor, two.writer);
  const write = writer.write(cBuffer(1_000_000));
  await turn();
  closeFd(two.reader);
  await assert.rejects(write, /EPIPE/);
  writer.close();
});

Deno.test("Reactor carries bytes through a full pipe, slowly read", async () => {
  await using reactor = new Reactor();
  const { reader, writer } = makePipe();
  const [input, output] = [new FdStream(reactor, writer), new FdStream(reactor, reader)];
  const written = input.write(cBuffer(3_000_000)).then(() => input.close());
  let total = 0;
  for (let count; (count = await output.read(cBuffer(40_000))) > 0;) total += count;
  await written;
  assert.equal(total, 3_000_000);
  output.close();
});

Deno.test("Reactor.close ends every wait, and waits after it are refused instead of spinning", async () => {
  const reactor = new Reactor();
  const { reader, writer } = makePipe();
  const wait = reactor.readable(reader);
  await turn();
  await reactor.close();
  await reactor.close();
  assert.equal(await wait, false);
  assert.equal(reactor.waiting, 0);
  await assert.rejects(reactor.readable(reader), /poll/);
  [reader, writer].forEach(closeFd);
});

Deno.test("Reactor costs nothing while nobody waits: no poll runs, no descriptor leaks", async () => {
  const count = () => [...Deno.readDirSync("/proc/self/fd")].length;
  const before = count();
  for (let round = 0; round < 30; round++) {
    await using reactor = new Reactor();
    const { reader, writer } = makePipe();
    writeOnce(writer, BYTE);
    await reactor.readable(reader);
    assert.equal(readOnce(reader, cBuffer(4)), 1);
    assert.equal(reactor.waiting, 0);
    [reader, writer].forEach(closeFd);
  }
  assert.equal(count(), before);
});

Deno.test("a process with an idle reactor ends by itself", async () => {
  const script = `
    import { Reactor } from ${JSON.stringify(import.meta.resolve("../../../shared/os/reactor.ts"))};
    const reactor = new Reactor();
    const timer = setTimeout(() => {}, 0);
    console.log(reactor.waiting, typeof timer);
  `;
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-check", "--ext=ts", script],
  }).output();
  assert.equal(code, 0);
  assert.match(new TextDecoder().decode(stdout), /^0/);
});
