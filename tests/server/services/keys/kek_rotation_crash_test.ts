/** Servers that die at each durable step of a rotation: nothing lost, nothing half rotated, and no secret unreadable. */

import assert from "node:assert/strict";
import type { DurableStep } from "../../../../server/durable_steps.ts";
import { listenAndCrashAt } from "../../support/crashing.ts";
import { RotatingAdmin, TOKEN } from "../../support/rotating_admin.ts";
import { rawTables } from "../../support/sealed_rows.ts";
import { ServerFolder } from "../../support/server_process.ts";

const OLD = "the old password";
const NEW = "the new password";
/** Several batches of a rotation, and one page of a list. */
const SECRETS = 900;
/** Which versions rows are under at each step. */
const LEFT: Partial<Record<DurableStep, number[]>> = {
  "kek_rotation.begun": [1],
  "kek_rotation.batch_rewrapped": [1, 2],
  "kek_rotation.all_rewrapped": [2],
  "kek_rotation.completed": [2],
};

const settings = (password: string) => ({ ADMIN_TOKEN: TOKEN, CORTEX_KEK_PASSWORD: password });

const EXPECTED = new Map(Array.from({ length: SECRETS }, (_, at) => [`key_${at}`, `value-${at}`]));

/** Under which versions rows are, of all sealed tables together. */
function versionsIn(folder: ServerFolder): number[] {
  const versions = rawTables(`${folder.path}/cortex-auth.db`).map(({ sealed }) => sealed.kek_version);
  return [...new Set(versions)].toSorted();
}

/** Which passwords open the database, asked of servers that are started with each. */
async function refused(folder: ServerFolder, password: string): Promise<boolean> {
  const server = await folder.start(settings(password));
  const outcome = await Promise.race([
    server.waitFor(/https?:\/\/127\.0\.0\.1:\d+/).then(() => "listens", () => "ended"),
    server.ended().then((code) => `ended ${code}`),
  ]);
  await server.stop("SIGTERM");
  return outcome !== "listens" && server.output().includes("The unseal password is wrong");
}

/** Kills a server at a step, starts it again with a password, and looks at everything. */
async function crashAndGoOn(step: DurableStep, password: string): Promise<void> {
  await using folder = await ServerFolder.make();
  const dying = await listenAndCrashAt(step, folder, settings(OLD));
  const before = new RotatingAdmin(dying.url);
  await before.storeMany(SECRETS);
  await assert.rejects(before.ask("POST", "/admin/rotate-key", { new_kek_password: NEW }));
  assert.equal(await dying.server.ended(), 137);
  assert.deepEqual(versionsIn(folder), LEFT[step]);

  const { server, url } = await folder.listen(settings(password));
  const admin = new RotatingAdmin(url);
  await admin.store("later");
  const progress = await admin.completed();
  assert.deepEqual(
    { state: progress.state, version: progress.kek_version, left: progress.rows_remaining },
    { state: "completed", version: 2, left: 0 },
  );
  assert.deepEqual(await admin.values(), new Map(EXPECTED).set("later", "later value"));
  for (const action of ["rotate_kek", "rotate_kek_complete"]) {
    const rows = await admin.ask<unknown[]>("GET", `/admin/audit-logs?action=${action}`);
    assert.equal(rows.length, 1, action);
  }
  await server.stop("SIGTERM");
  assert.ok(!server.output().includes("was changed outside"), "the chain of the log is whole");

  assert.ok(await refused(folder, OLD), "the old password opens nothing any more");
  const again = await folder.listen(settings(NEW));
  assert.deepEqual(
    await new RotatingAdmin(again.url).values(),
    new Map(EXPECTED).set("later", "later value"),
  );
  await again.server.stop("SIGTERM");
}

for (
  const step of ["kek_rotation.begun", "kek_rotation.batch_rewrapped", "kek_rotation.all_rewrapped"] as const
) {
  Deno.test(`a server killed at ${step} opens with the new password and ends the rotation`, () => {
    return crashAndGoOn(step, NEW);
  });
  Deno.test(`a server killed at ${step} opens with the old password and ends the rotation`, () => {
    return crashAndGoOn(step, OLD);
  });
}

Deno.test("a server killed at kek_rotation.completed has rotated: the new password opens it, the old one does not", () => {
  return crashAndGoOn("kek_rotation.completed", NEW);
});

Deno.test("A3: a server that dies again and again in the middle of a rotation loses nothing", async () => {
  await using folder = await ServerFolder.make();
  const first = await folder.listen(settings(OLD));
  await new RotatingAdmin(first.url).storeMany(SECRETS);
  await first.server.stop("SIGTERM");
  const dying = await listenAndCrashAt("kek_rotation.begun", folder, settings(OLD));
  await assert.rejects(
    new RotatingAdmin(dying.url).ask("POST", "/admin/rotate-key", { new_kek_password: NEW }),
  );
  await dying.server.ended();
  for (
    const [step, password] of [["batch_rewrapped", NEW], ["batch_rewrapped", OLD], ["all_rewrapped", OLD]]
  ) {
    const { server } = await listenAndCrashAt(
      `kek_rotation.${step}` as DurableStep,
      folder,
      settings(password ?? ""),
    );
    assert.equal(await server.ended(), 137);
  }
  const { server, url } = await folder.listen(settings(NEW));
  const admin = new RotatingAdmin(url);
  assert.equal((await admin.completed()).state, "completed");
  assert.deepEqual(await admin.values(), EXPECTED);
  await server.stop("SIGTERM");
});

Deno.test("a server that is sealed in the middle of a rotation goes on with it when it is unsealed, by either password", async () => {
  for (const password of [OLD, NEW]) {
    await using folder = await ServerFolder.make();
    const { server, url } = await folder.listen(settings(OLD));
    const admin = new RotatingAdmin(url);
    await admin.storeMany(SECRETS);
    await admin.ask("POST", "/admin/rotate-key", { new_kek_password: NEW, wait: false });
    await admin.ask("POST", "/sys/seal", {});
    assert.ok(versionsIn(folder).includes(1), "it was sealed before the end");
    await admin.ask("POST", "/sys/unseal", { password });
    assert.equal((await admin.completed()).state, "completed");
    assert.deepEqual(await admin.values(), EXPECTED);
    await server.stop("SIGTERM");
    assert.ok(!server.output().includes('"level":"error"'), server.output());
  }
});
