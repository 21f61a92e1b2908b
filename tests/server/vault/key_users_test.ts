import assert from "node:assert/strict";
import fc from "fast-check";
import { KeyUsers } from "../../../server/vault/key_users.ts";

/** Somebody inside `during`, until told to leave. */
function enter(users: KeyUsers): () => Promise<void> {
  const leaving = Promise.withResolvers<void>();
  const done = users.during(() => leaving.promise);
  return () => {
    leaving.resolve();
    return done;
  };
}

/** Whether a promise is settled once everything that is ready has run. */
async function isSettled(promise: Promise<void>): Promise<boolean> {
  let settled = false;
  promise.then(() => settled = true);
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
  return settled;
}

Deno.test("KeyUsers.gone resolves at once where nobody is", async () => {
  const users = new KeyUsers();
  assert.ok(await isSettled(users.gone()));
  assert.ok(await isSettled(users.gone()));
});

Deno.test("KeyUsers.gone waits for whoever is there, and for nobody who comes later", async () => {
  const users = new KeyUsers();
  const leave = enter(users);
  const gone = users.gone();
  const leaveLater = enter(users);
  assert.ok(!await isSettled(gone));
  await leave();
  assert.ok(await isSettled(gone));
  await leaveLater();
});

Deno.test("KeyUsers.during lets go of whoever fails", async () => {
  const users = new KeyUsers();
  await assert.rejects(users.during(() => Promise.reject(new Error("no"))), /no/);
  assert.ok(await isSettled(users.gone()));
});

Deno.test("KeyUsers.gone resolves exactly when all who came before it have left, in whatever order", async () => {
  const step = fc.oneof(
    fc.constant({ kind: "enter" as const }),
    fc.constant({ kind: "gone" as const }),
    fc.record({ kind: fc.constant("leave" as const), which: fc.nat() }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const users = new KeyUsers();
      const inside = new Map<number, () => Promise<void>>();
      const waits: { readonly promise: Promise<void>; readonly forWhom: readonly number[] }[] = [];
      for (const [at, each] of steps.entries()) {
        if (each.kind === "enter") inside.set(at, enter(users));
        if (each.kind === "gone") waits.push({ promise: users.gone(), forWhom: [...inside.keys()] });
        if (each.kind === "leave" && inside.size > 0) {
          const [who = -1, leave] = [...inside][each.which % inside.size] ?? [];
          await leave?.();
          inside.delete(who);
        }
        for (const { promise, forWhom } of waits) {
          assert.equal(await isSettled(promise), forWhom.every((who) => !inside.has(who)));
        }
      }
      await Promise.all([...inside.values()].map((leave) => leave()));
    }),
    { numRuns: 60 },
  );
});
