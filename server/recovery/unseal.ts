/**
 * Opening the vault by shares. The first thing that a vault does which was opened this way is to say so: an alarm in the audit
 * log and an event, durable in one transaction, before anything is served.
 */

import { type AuditEntry, type Origin, SYSTEM_ORIGIN } from "../audit/entry.ts";
import type { Tx } from "../audit/ledger.ts";
import type { Instant } from "../../shared/clock.ts";
import { VaultError } from "../../shared/errors.ts";
import { raiseEvent } from "../events/raise.ts";
import type { Store } from "../store/store.ts";
import { newKekBehind, readRunning } from "../vault/rotation/running.ts";
import { type OpenOptions, openWithKek, type Unsealed } from "../vault/seal.ts";
import { proveKek, type ProvenKek } from "./kek_proof.ts";
import type { CollectedSet, ShareCollector } from "./share_collector.ts";

/** By which door the shares came in. */
export type RecoveryWay = "boot" | "unseal";

/** A KEK and its version. Whoever holds it wipes it. */
export interface VersionedKek {
  readonly kek: Uint8Array;
  readonly version: number;
}

export interface Recovered {
  readonly proven: ProvenKek;
  readonly set: CollectedSet;
}

/**
 * The vault's KEK out of a collector that has enough; the shares are forgotten in any case.
 * @throws VaultError `recovery.shares_do_not_open` where one of the shares was altered with its checksum
 */
export async function recoverKek(collector: ShareCollector): Promise<Recovered> {
  const { key, seal, set } = await collector.combine();
  const proven = proveKek(key, seal);
  if (proven !== undefined) return { proven, set };
  throw new VaultError(
    "recovery.shares_do_not_open",
    `The shares of set ${set.setId} do not give the key of this vault: at least one was altered; try others of the set`,
  );
}

/** @throws VaultError `recovery.shares_do_not_open` */
export async function unsealByShares(
  store: Store,
  collector: ShareCollector,
  options: OpenOptions,
): Promise<Unsealed> {
  const { proven, set } = await recoverKek(collector);
  return await openWithKek(
    store,
    await currentKek(store, proven),
    options,
    (tx) => recordRecovery(tx, options.clock.now(), { set, way: "boot", origin: SYSTEM_ORIGIN }),
  );
}

/** The key that the vault has now: while a rotation runs, the one before leads to it. Takes the proven key over. */
export async function currentKek(store: Store, { kek, version }: ProvenKek): Promise<VersionedKek> {
  const running = await readRunning(store.reader);
  if (running?.from !== version) return { kek, version };
  const newKek = newKekBehind(kek, running);
  if (newKek === undefined) throw new Error("a proven key does not lead to the one after it");
  return { kek: newKek, version: running.to };
}

export interface RecoveryFacts {
  readonly set: CollectedSet;
  readonly way: RecoveryWay;
  readonly origin: Origin;
}

/** Writes the alarm and raises the event. */
export async function recordRecovery(tx: Tx, now: Instant, facts: RecoveryFacts): Promise<void> {
  await tx.audit(alarmOf(facts));
  const { set: { setId, threshold, numbers }, way, origin: { sourceIp } } = facts;
  await raiseEvent(tx, now, {
    kind: "recovery_boot",
    sourceIp,
    facts: { set: setId, threshold, shares: numbers.join(", "), way },
  });
}

function alarmOf({ set: { setId, threshold, numbers }, way, origin }: RecoveryFacts): AuditEntry {
  return {
    principal: origin.requestId === null ? "system" : "anonymous",
    action: "recovery_boot",
    status: "alarm",
    resourcePath: setId,
    details: { threshold, shares: numbers.map(String), way },
    origin,
  };
}
