/**
 * The moments after which a part of a longer piece of work is on disk, by name. Each is a place where the machine may
 * die: tests kill the process at every one of them and look at what a restart makes of it. Nothing else listens.
 */

export const DURABLE_STEPS = [
  // Rotation of the KEK
  "kek_rotation.begun",
  "kek_rotation.batch_rewrapped",
  "kek_rotation.all_rewrapped",
  "kek_rotation.completed",
  // Recovery shares
  "recovery_shares.recorded",
  // Sealing while the server runs
  "seal.recorded",
  "seal.keys_wiped",
  // Retention of the audit log
  "retention.checkpoint_written",
  "retention.segment_deleted",
  // Restoring a backup
  "restore.verified",
  "restore.tables_written",
  "restore.completed",
] as const;

export type DurableStep = typeof DURABLE_STEPS[number];

/** Told in the same turn in which the step became durable. */
export type StepObserver = (step: DurableStep) => void;

/** Who runs the server outside of tests watches nothing. */
export const unobserved: StepObserver = () => {};
