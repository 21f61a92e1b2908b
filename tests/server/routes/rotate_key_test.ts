import assert from "node:assert/strict";
import type { KekRotationProgress, RotateKeyAnswer } from "../../../shared/api/kek_rotation.ts";
import { type Harness, withHarness } from "../support/harness.ts";
import { seedSecret } from "../support/seed.ts";

const NEW_PASSWORD = "a new password of the operator";

async function rotate(h: Harness, change: Record<string, unknown> = {}): Promise<RotateKeyAnswer> {
  const answer = await h.admin.post("/admin/rotate-key", { new_kek_password: NEW_PASSWORD, ...change });
  assert.equal(answer.status, 200, answer.text);
  return answer.json<RotateKeyAnswer>();
}

async function valueOf(h: Harness, id: string): Promise<unknown> {
  const answer = await h.admin.get(`/admin/secrets/${id}`);
  assert.equal(answer.status, 200, answer.text);
  return answer.json()["value"];
}

async function progress(h: Harness): Promise<KekRotationProgress> {
  return (await h.admin.get("/admin/rotate-key")).json<KekRotationProgress>();
}

Deno.test(
  "POST /admin/rotate-key re-wraps every row and answers as the predecessor did, and more",
  withHarness(async (h) => {
    const ids = await Promise.all([1, 2, 3].map((each) => seedSecret(h, `key_${each}`)));
    const answer = await rotate(h);
    assert.deepEqual(
      { rotated: answer.rotated, secrets: answer.secrets_rewrapped, version: answer.new_kek_version },
      { rotated: true, secrets: 3, version: 2 },
    );
    assert.deepEqual([answer.rows_total, answer.rows_rewrapped, answer.rows_remaining], [6, 6, 0]);
    assert.match(answer.message, /recovery shares are void/);
    for (const [at, id] of ids.entries()) assert.equal(await valueOf(h, id), `value of key_${at + 1}`);
    assert.equal((await progress(h)).state, "completed");
  }),
);
