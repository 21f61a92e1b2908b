/** Garbage on the daemon's sockets; `deno task campaign daemon-fuzz` does the same for as long as one likes. */

import assert from "node:assert/strict";
import { fuzzSocket, fuzzSshAgent } from "../campaign/daemon_fuzz_campaign.ts";
import { AgentSession } from "../../daemon/ssh/agent_session.ts";
import { readAgentRequest } from "../../daemon/ssh/protocol.ts";
import { createLog } from "../../daemon/log.ts";
import { SshAgent } from "../../daemon/ssh/agent.ts";
import { SshFormatError } from "../../shared/ssh/wire.ts";
import { Reactor } from "../../shared/os/reactor.ts";
import { UnixListener } from "../../shared/os/unix_listener.ts";
import { Dice, nonsenseForAgent } from "../support/daemon_fuzz.ts";
import { SEED } from "../support/seed.ts";
import { Stage } from "./support/stage.ts";

Deno.test("the daemon answers every nonsense on its socket clearly, and goes on serving", async () => {
  console.log(`seed ${SEED}`);
  assert.deepEqual(await fuzzSocket(600, SEED), []);
});

Deno.test("the SSH agent answers every nonsense by a failure or hangs up, and goes on serving", async () => {
  console.log(`seed ${SEED}`);
  assert.deepEqual(await fuzzSshAgent(600, SEED), []);
});

Deno.test("readAgentRequest throws nothing but SshFormatError, and AgentSession never throws or signs", async () => {
  const dice = new Dice(SEED);
  const signer = { identities: () => Promise.resolve([]), sign: () => Promise.reject(new Error("signed")) };
  for (let cases = 0; cases < 5_000; cases++) {
    const message = nonsenseForAgent(dice).subarray(4);
    try {
      readAgentRequest(message);
    } catch (error) {
      assert.ok(error instanceof SshFormatError, `seed ${SEED}, case ${cases}: ${error}`);
    }
    let refused: unknown;
    const session = new AgentSession(signer, (reason) => refused = reason);
    const answer = await session.answer(message);
    assert.ok([5, 6, 12].includes(answer[4] ?? 0));
    assert.ok(
      typeof refused === "string" || refused === undefined,
      `seed ${SEED}, case ${cases}: ${refused}`,
    );
  }
});

Deno.test("a message of the SSH agent that comes byte by byte is read, and costs no more than its length", async () => {
  await using stage = new Stage();
  await using reactor = new Reactor();
  const path = `${stage.folder}/agent`;
  const log = createLog({ json: true, clock: stage.timers, write: () => {} });
  const agent = new SshAgent(UnixListener.open(reactor, path), { reactor, log });
  const serving = agent.serve();
  using _run = agent.register(Deno.pid, {
    identities: () => Promise.resolve([]),
    sign: () => Promise.reject(new Error("never asked")),
  });
  using connection = await Deno.connect({ transport: "unix", path });
  const message = new Uint8Array(4 + 20_000).fill(255);
  new DataView(message.buffer).setUint32(0, 20_000);
  const answer = new Response(connection.readable).bytes();
  for (const byte of message) await connection.write(Uint8Array.of(byte));
  for (let more = 0; more < 3; more++) await connection.write(Uint8Array.of(0, 0, 0, 1, 11));
  await connection.closeWrite();
  const list = "000000050c00000000";
  assert.equal((await answer).toHex(), `0000000105${list}${list}${list}`);
  agent.close();
  await serving;
});

Deno.test("thousands of connections, half-open ones and more at once than are served do not stop the daemon", async () => {
  await using stage = new Stage();
  // A full queue refuses at once, which is an answer too.
  const open = () => Deno.connect({ transport: "unix", path: stage.socket }).catch(() => undefined);
  let opened = 0;
  for (let round = 0; round < 5_000 && opened < 2_000; round++) {
    const many = await Promise.all(Array.from({ length: 50 }, open));
    opened += many.filter((connection) => connection !== undefined).length;
    if (round % 2 === 0) { for (const one of many) await one?.write(Uint8Array.of(0x7b)).catch(() => 0); }
    for (const connection of many) connection?.close();
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  assert.ok(opened >= 2_000, `${opened} connections`);
  const halfOpen = await Promise.all(Array.from({ length: 300 }, open));
  for (const connection of halfOpen) connection?.close();
  // Those that wait in the queue are accepted and seen to have gone first.
  let answered = false;
  for (let turns = 0; turns < 5_000 && !answered; turns++) {
    answered = (await stage.ask({ cmd: "status" }).catch(() => ({ ok: false })))["ok"] === true;
    if (!answered) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  assert.ok(answered);
  assert.equal((await stage.exec("/bin/true")).exited?.code, 0);
});
