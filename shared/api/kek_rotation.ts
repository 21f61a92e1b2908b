/** Wire schemas of rotations of the KEK. */

import * as z from "zod";

/** Body of `POST /admin/rotate-key`. */
export const RotateKeyRequest = z.object({
  new_kek_password: z.string(),
  current_kek_password: z.string().nullish().describe(
    "Proved where it is given. Optional: a lost password must not keep anybody from setting a new one.",
  ),
  wait: z.boolean().nullish().describe(
    "`false` answers as soon as the new password is valid; otherwise the answer waits for the rest, for a while.",
  ),
});
export type RotateKeyRequest = z.infer<typeof RotateKeyRequest>;

export const KekRotationState = z.enum(["idle", "running", "blocked", "completed"]).describe(
  "`blocked`: rows do not open, so the old key cannot be given up. `idle`: no key was ever rotated here.",
);
export type KekRotationState = z.infer<typeof KekRotationState>;

/** Answer of `GET /admin/rotate-key`: the rotation that runs, or the last one. */
export const KekRotationProgress = z.object({
  state: KekRotationState,
  kek_version: z.int().describe("The version that seals now."),
  rows_total: z.int().describe("Sealed rows when it began."),
  rows_rewrapped: z.int(),
  rows_remaining: z.int().describe("Rows that still need the old key."),
  secrets_rewrapped: z.int(),
  begun_at: z.string().nullable(),
  completed_at: z.string().nullable(),
  unreadable: z.array(z.object({ table: z.string(), id: z.string() })).describe(
    "Rows that the old key does not open, the first hundred.",
  ),
  message: z.string().describe("What to do, where there is something to do."),
});
export type KekRotationProgress = z.infer<typeof KekRotationProgress>;

/** Answer of `POST /admin/rotate-key`: 200 once it is complete, 202 while it goes on. */
export const RotateKeyAnswer = z.object({
  rotated: z.boolean(),
  secrets_rewrapped: z.int(),
  new_kek_version: z.int(),
  ...KekRotationProgress.omit({ secrets_rewrapped: true, kek_version: true }).shape,
});
export type RotateKeyAnswer = z.infer<typeof RotateKeyAnswer>;
