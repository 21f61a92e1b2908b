/** Checkpoints: what stands for the rows that have left the log by their age. */

import type { Queries } from "../store/schema.ts";
import { GENESIS } from "./chain.ts";
import type { AuditProver, Checkpoint } from "./prover.ts";

/** Where verification begins. */
export type ChainStart =
  | { readonly kind: "proven"; readonly after: Checkpoint | typeof GENESIS }
  /** The newest checkpoint is not signed by us. */
  | { readonly kind: "forged"; readonly seq: number };

/** The newest checkpoint, if it is ours; the beginning of all things where there is none. */
export async function chainStart(reader: Queries, prover: AuditProver): Promise<ChainStart> {
  const row = await reader.selectFrom("audit_checkpoints").selectAll().orderBy("seq", "desc").limit(1)
    .executeTakeFirst();
  if (row === undefined) return { kind: "proven", after: GENESIS };
  const { seq, mac, root, signature } = row;
  const checkpoint = { seq, mac, root };
  return prover.vouchesFor(checkpoint, signature)
    ? { kind: "proven", after: checkpoint }
    : { kind: "forged", seq };
}
