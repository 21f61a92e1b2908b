import assert from "node:assert/strict";
import { OutputPump } from "../../../daemon/run/output_pump.ts";
import { makePipe } from "../../../shared/os/descriptor.ts";
import { FdStream } from "../../../shared/os/fd_stream.ts";
import { libc } from "../../../shared/os/libc.ts";
import { Reactor } from "../../../shared/os/reactor.ts";
import { utf8 } from "../../../shared/encoding.ts";

libc(); // Opened outside of a test: it stays open.

/** A pump whose caller takes each chunk only when the test lets it. */
class Pumped implements AsyncDisposable {
  readonly reactor = new Reactor();
  readonly writer: FdStream;
  readonly pump: OutputPump;
  readonly #running: Promise<void>;
  #taken = "";
  #take: () => void = () => {};
  #held: Promise<void> = Promise.resolve();

  constructor() {
    const { reader, writer } = makePipe();
    this.writer = new FdStream(this.reactor, writer);
    this.pump = new OutputPump(new FdStream(this.reactor, reader), {
      data: async (bytes) => {
        const text = new TextDecoder().decode(bytes);
        await this.#held;
        this.#taken += text;
        return bytes.byteLength;
      },
      last: () => Promise.resolve(),
      end: () => Promise.resolve(),
    });
    this.#running = this.pump.run();
  }

  get taken(): string {
    return this.#taken;
  }

  hold(): void {
    this.#held = new Promise((resolve) => this.#take = resolve);
  }

  letGo(): void {
    this.#take();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.writer.close();
    await this.#running;
    this.pump.close();
    await this.reactor.close();
  }
}

Deno.test("OutputPump has caught up when what was written is with the caller, not before", async () => {
  await using pumped = new Pumped();
  pumped.hold();
  await pumped.writer.write(utf8("the last words"));
  let caughtUp = false;
  const waiting = pumped.pump.caughtUp().then(() => caughtUp = true);
  await new Promise((resolve) => setTimeout(resolve));
  assert.equal(caughtUp, false);
  pumped.letGo();
  await waiting;
  assert.equal(pumped.taken, "the last words");
});

Deno.test("OutputPump has caught up at once with a program that wrote nothing, or has ended", async () => {
  await using pumped = new Pumped();
  await pumped.pump.caughtUp();
  pumped.writer.close();
  await pumped.pump.drain();
  await pumped.pump.caughtUp();
  assert.equal(pumped.taken, "");
});

Deno.test("OutputPump does not wait for the end of somebody who writes without a pause", async () => {
  await using pumped = new Pumped();
  let goesOn = true;
  const writing = (async () => {
    while (goesOn) {
      pumped.pump.addCredit(1_000);
      await pumped.writer.write(utf8("x".repeat(1_000)));
    }
  })();
  await pumped.pump.caughtUp();
  goesOn = false;
  await writing;
});
