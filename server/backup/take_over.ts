/**
 * A restored database becomes the vault: it is unsealed, its log is verified, what must not come back to life is ended,
 * and a row in the log says so. From that row on the log tells of another history than the one the original went on to.
 */

import { type Clock, formatTimestamp, type Instant } from "../../shared/clock.ts";
import type { KeyStorage } from "../../shared/crypto/key_storage.ts";
import { SYSTEM_ORIGIN } from "../audit/entry.ts";
import type { Tx } from "../audit/ledger.ts";
import { type LogVerdict, LogVerifier } from "../audit/log_verifier.ts";
import { AuditProver } from "../audit/prover.ts";
import { raiseEvent } from "../events/raise.ts";
import { openStore, type Store } from "../store/store.ts";
import { Keyring } from "../vault/keyring.ts";
import { openWithKek } from "../vault/seal.ts";
import { openServerKeys } from "../vault/server_keys.ts";
import type { ArchiveHeader } from "./header.ts";

export interface TakeOverOptions {
  readonly header: ArchiveHeader;
  readonly kek: Uint8Array;
  readonly storage: KeyStorage;
  readonly keepLogins: boolean;
  readonly newAdminToken: boolean;
  readonly clock: Clock;
}

/** How much of each was ended. */
export interface Ended {
  readonly project_tokens: number;
  readonly access_tokens: number;
  readonly daemon_sessions: number;
  readonly devices: number;
  readonly admin_tokens: number;
}

export interface TakenOver {
  readonly ended: Ended;
  /** The first row of the log that is not as it was written, if there is one. */
  readonly brokenAt: number | undefined;
}

/** @throws StartupError where the server's own keys do not open */
export async function takeOver(path: string, options: TakeOverOptions): Promise<TakenOver> {
  const store = await openStore(path, options.clock);
  try {
    const verdict = await verifyLog(store, options);
    const ended = await openAndSettle(store, options, verdict);
    return { ended, brokenAt: brokenAt(verdict) };
  } finally {
    await store.close();
  }
}

/** Before anything is written: the first new row would cover up that older ones were cut off. */
async function verifyLog(store: Store, { kek, header, storage }: TakeOverOptions): Promise<LogVerdict> {
  const keyring = new Keyring(storage);
  keyring.add(header.kekVersion, kek.slice());
  try {
    const rows = await store.reader.selectFrom("server_keys").selectAll().execute();
    const keys = openServerKeys(keyring, storage, rows);
    try {
      return await new LogVerifier(store, new AuditProver(keys.auditMac)).verify();
    } finally {
      keys.wipe();
    }
  } finally {
    keyring.wipe();
  }
}

function brokenAt(verdict: LogVerdict): number | undefined {
  return verdict.ok ? undefined : verdict.fault.seq;
}

async function openAndSettle(store: Store, options: TakeOverOptions, verdict: LogVerdict): Promise<Ended> {
  const { header, storage, clock } = options;
  let ended: Ended = { ...NOTHING_ENDED, admin_tokens: 0 };
  const proved = { kek: options.kek.slice(), version: header.kekVersion };
  const unsealed = await openWithKek(store, proved, { storage, clock }, async (tx) => {
    ended = await settle(tx, options, verdict);
  });
  await unsealed.close();
  return ended;
}

async function settle(tx: Tx, options: TakeOverOptions, verdict: LogVerdict): Promise<Ended> {
  const ended = {
    ...options.keepLogins ? NOTHING_ENDED : await endLogins(tx, options.clock.now()),
    admin_tokens: options.newAdminToken ? await forgetAdminTokens(tx) : 0,
  };
  const { archiveId, vaultId, createdAt } = options.header;
  const madeAt = formatTimestamp(createdAt);
  const log = verdict.ok ? "sound" : `${verdict.fault.fault} at row ${verdict.fault.seq}`;
  const details = { archive_id: archiveId, vault_id: vaultId, made_at: madeAt, log, ...ended };
  const facts = { archive: archiveId, made_at: madeAt, log };
  await raiseEvent(tx, options.clock.now(), { kind: "vault_restored", facts });
  await tx.audit({
    principal: "system",
    action: "restore",
    status: "success",
    details,
    origin: SYSTEM_ORIGIN,
  });
  return ended;
}

const REASON = "restored";
const NOTHING_ENDED = { project_tokens: 0, access_tokens: 0, daemon_sessions: 0, devices: 0 };

async function endLogins(tx: Tx, at: Instant): Promise<Omit<Ended, "admin_tokens">> {
  const projectTokens = await tx.db.updateTable("project_tokens").set({
    revoked_at: at,
    revoked_reason: REASON,
  })
    .where("revoked_at", "is", null).executeTakeFirst();
  const accessTokens = await tx.db.updateTable("access_tokens").set({ revoked_at: at })
    .where("revoked_at", "is", null).executeTakeFirst();
  const sessions = await tx.db.updateTable("daemon_sessions").set({ revoked_at: at, revoked_reason: REASON })
    .where("revoked_at", "is", null).executeTakeFirst();
  const devices = await tx.db.updateTable("devices").set({ status: "revoked" })
    .where("status", "in", ["pending", "approved", "redeemed"]).executeTakeFirst();
  return {
    project_tokens: Number(projectTokens.numUpdatedRows),
    access_tokens: Number(accessTokens.numUpdatedRows),
    daemon_sessions: Number(sessions.numUpdatedRows),
    devices: Number(devices.numUpdatedRows),
  };
}

async function forgetAdminTokens(tx: Tx): Promise<number> {
  const result = await tx.db.deleteFrom("admin_tokens").executeTakeFirst();
  return Number(result.numDeletedRows);
}
