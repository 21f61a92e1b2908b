import assert from "node:assert/strict";
import { HOUR } from "../../../shared/clock.ts";
import { ManualClock } from "../support/vault_fixture.ts";
import { MANY, ProofWatch, WINDOW } from "../../../server/events/proof_watch.ts";
import { type Harness, withHarness } from "../support/harness.ts";
import { TestAgent } from "../support/test_agent.ts";

async function events(h: Harness) {
  const rows = await h.store.reader.selectFrom("events").select(["source_ip", "facts"])
    .where("kind", "=", "proofs_refused").orderBy("raised_at").execute();
  return rows.map((row) => ({ ...row }));
}

async function refuse(watch: ProofWatch, times: number, address: string | null = "192.0.2.1"): Promise<void> {
  for (let n = 0; n < times; n++) await watch.refused("proof.invalid", address);
}

Deno.test(
  "ProofWatch tells of many refused proofs of one address, once an hour",
  withHarness(async (h) => {
    const watch = new ProofWatch(h.ledger, h.clock);
    await refuse(watch, MANY - 1);
    assert.deepEqual(await events(h), []);
    await refuse(watch, 30);
    assert.deepEqual(await events(h), [{ source_ip: "192.0.2.1", facts: '{"refused":20,"minutes":5}' }]);
    h.clock.advance(HOUR);
    await refuse(watch, MANY);
    assert.equal((await events(h)).length, 2);
  }),
);

Deno.test(
  "ProofWatch is not moved by a few in each window, by other addresses, or by proofs that are only stale",
  withHarness(async (h) => {
    const watch = new ProofWatch(h.ledger, h.clock);
    for (let round = 0; round < 4; round++) {
      await refuse(watch, MANY - 1);
      await refuse(watch, MANY - 1, "192.0.2.2");
      h.clock.advance(WINDOW);
    }
    for (let n = 0; n < 3 * MANY; n++) {
      await watch.refused("proof.expired", "192.0.2.1");
      await watch.refused("token.expired", "192.0.2.1");
      await watch.refused("agent.frozen", "192.0.2.1");
    }
    assert.deepEqual(await events(h), []);
  }),
);

Deno.test(
  "ProofWatch is bounded: addresses beyond its places are counted together, and old ones make room",
  withHarness(async (h) => {
    const watch = new ProofWatch(h.ledger, h.clock, 2);
    await refuse(watch, 1, "192.0.2.1");
    await refuse(watch, 1, "192.0.2.2");
    for (let n = 0; n < MANY; n++) await refuse(watch, 1, `198.51.100.${n}`);
    assert.deepEqual(await events(h), [{
      source_ip: null,
      facts: '{"refused":20,"minutes":5,"addresses":"many"}',
    }]);
    h.clock.advance(2 * HOUR);
    await refuse(watch, MANY, "203.0.113.9");
    assert.equal((await events(h)).at(-1)?.source_ip, "203.0.113.9");
  }),
);

Deno.test("ProofWatch tells with the next refusal what it could not tell with this one", async () => {
  let fails = true;
  let told = 0;
  const ledger = {
    commit: () => {
      if (fails) return Promise.reject(new Error("disk full"));
      told++;
      return Promise.resolve();
    },
  };
  const watch = new ProofWatch(ledger, new ManualClock(0));
  await refuse(watch, MANY - 1);
  await assert.rejects(refuse(watch, 1), /disk full/);
  fails = false;
  await refuse(watch, 1);
  assert.equal(told, 1);
});

Deno.test(
  "an agent key that is guessed at by discover is told to people",
  withHarness(async (h) => {
    const agent = await TestAgent.enrol(h);
    for (let n = 0; n < 60 && (await events(h)).length === 0; n++) {
      const answer = await agent.discover("p", ["A"], { body: { auth_proof: "A".repeat(86) } });
      assert.ok(answer.status === 401 || answer.status === 429, answer.text);
      h.clock.advance(10_000);
    }
    assert.equal((await events(h)).length, 1);
    assert.equal((await events(h))[0]?.source_ip, "192.0.2.10");
  }),
);
