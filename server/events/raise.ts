/** Puts an event where the dispatcher of `server/notify` finds it: durable with what caused it, or not there at all. */

import type { Instant } from "../../shared/clock.ts";
import { randomUuid } from "../../shared/crypto/random.ts";
import type { Tx } from "../audit/ledger.ts";
import type { VaultEvent } from "./event.ts";

/** Raises an event inside the transaction of its cause. Gives its id. */
export async function raiseEvent(tx: Tx, at: Instant, event: VaultEvent): Promise<string> {
  const id = randomUuid();
  await tx.db.insertInto("events").values({
    id,
    kind: event.kind,
    namespace: event.namespace ?? null,
    agent_id: event.agentId ?? null,
    project_name: event.projectName ?? null,
    resource_path: event.resourcePath ?? null,
    source_ip: event.sourceIp ?? null,
    facts: JSON.stringify(event.facts ?? {}),
    raised_at: at,
    dispatched_at: null,
  }).execute();
  return id;
}
