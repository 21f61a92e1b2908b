/**
 * The life of the keys that sign tokens: made, signing, retired, destroyed. A rotation is one transaction: the new key, the end
 * of the old one, the statement by which the old one vouches for the new one, and the audit row.
 */

import { type Clock, formatTimestamp, type Instant, unixSeconds } from "../../../shared/clock.ts";
import type {
  DestroyedSigningKey,
  RotatedSigningKey,
  RotateSigningKeyRequest,
  SignedByKey,
  SigningKeySummary,
} from "../../../shared/api/signing_keys.ts";
import { publicKeyOf } from "../../../shared/crypto/ed25519.ts";
import { toBase64Url } from "../../../shared/encoding.ts";
import { VaultError } from "../../../shared/errors.ts";
import { printHandover, signHandover } from "../../../shared/proofs/key_handover.ts";
import type { Ledger, Tx } from "../../audit/ledger.ts";
import type { AdminCaller } from "../../caller.ts";
import { raiseEvent } from "../../events/raise.ts";
import {
  fingerprintOf,
  PUBLISHED_BEFORE_USE,
  type SigningKeys,
  verifiesUntil,
} from "../../identity/signing_keys.ts";
import type { Selectable } from "kysely";
import type { Queries } from "../../store/schema.ts";
import type { SigningKeyHandoverTable } from "../../store/vault_schema.ts";
import type { Store } from "../../store/store.ts";
import { type LoadedSigningKey, makeSigningKey } from "../../vault/server_keys.ts";
import type { Vault } from "../../vault/vault.ts";
import type { ServiceDeps } from "../deps.ts";
import { success } from "../success.ts";

type HandoverRow = Selectable<SigningKeyHandoverTable>;

interface Rotation {
  readonly keys: readonly LoadedSigningKey[];
  readonly previous: LoadedSigningKey;
  readonly handover: HandoverRow;
}

export class SigningKeyService {
  readonly #store: Store;
  readonly #ledger: Ledger;
  readonly #vault: Vault;
  readonly #clock: Clock;
  readonly #keys: SigningKeys;
  #busy: Promise<unknown> = Promise.resolve();

  constructor({ store, ledger, vault, clock, signingKeys }: ServiceDeps) {
    this.#store = store;
    this.#ledger = ledger;
    this.#vault = vault;
    this.#clock = clock;
    this.#keys = signingKeys;
  }

  /** Newest first, with what would end with each. */
  async list(_caller: AdminCaller): Promise<SigningKeySummary[]> {
    const now = this.#clock.now();
    return await Promise.all(this.#keys.all.map(async (key) => ({
      kid: key.kid,
      fingerprint: fingerprintOf(key),
      state: this.#keys.stateOf(key),
      created_at: formatTimestamp(key.createdAt),
      retired_at: key.retiredAt === null ? null : formatTimestamp(key.retiredAt),
      verifies_until: key.retiredAt === null ? null : formatTimestamp(verifiesUntil(key)),
      alive: await countAlive(this.#store.reader, key.kid, now),
    })));
  }

  /** @throws VaultError `signing_key.rotation_pending` while a key waits to begin, unless this one begins at once */
  rotate(caller: AdminCaller, { immediate }: RotateSigningKeyRequest): Promise<RotatedSigningKey> {
    return this.#alone(() => this.#rotate(caller, immediate));
  }

  /**
   * Destroys a retired key, and with it what it signed.
   * @throws VaultError `signing_key.not_found`, `signing_key.not_retired`, `signing_key.in_use`
   */
  destroy(caller: AdminCaller, kid: string, invalidate: boolean): Promise<DestroyedSigningKey> {
    return this.#alone(() => this.#destroy(caller, kid, invalidate));
  }

  /** The keys in memory change after the commit, and the next change starts from them: so one at a time. */
  #alone<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#busy.then(change);
    this.#busy = done.catch(() => {});
    return done;
  }

  async #rotate(caller: AdminCaller, immediate: boolean): Promise<RotatedSigningKey> {
    const now = this.#clock.now();
    const signsFrom = immediate ? now : now + PUBLISHED_BEFORE_USE;
    const { made, keys, previous, handover } = await this.#ledger.commit(async (tx) => {
      // Sealed inside the work: under the KEK of this very moment.
      const made = makeSigningKey(this.#vault, now);
      const rotation = this.#plan(made.key, signsFrom);
      await tx.db.insertInto("server_keys").values(made.row).execute();
      await writeRotation(tx, caller, { ...rotation, kid: made.key.kid, at: now, signsFrom });
      return { ...rotation, made: made.key };
    });
    this.#keys.replace(keys, printHandover({ ...handover, at: unixSeconds(handover.at) }));
    return {
      rotated: true,
      kid: made.kid,
      fingerprint: fingerprintOf(made),
      signs_from: formatTimestamp(signsFrom),
      previous_kid: previous.kid,
      previous_verifies_until: formatTimestamp(verifiesUntil({ retiredAt: signsFrom })),
    };
  }

  async #destroy(caller: AdminCaller, kid: string, invalidate: boolean): Promise<DestroyedSigningKey> {
    const now = this.#clock.now();
    const invalidated = await this.#ledger.commit(async (tx) => {
      const key = this.#keys.all.find((candidate) => candidate.kid === kid);
      if (key === undefined) throw notFound();
      if (this.#keys.stateOf(key) !== "retired") throw notRetired();
      const alive = await countAlive(tx.db, kid, now);
      if (!invalidate && alive.daemon_logins + alive.signed_project_tokens > 0) throw inUse(alive);
      await tx.db.updateTable("access_tokens").set({ revoked_at: now })
        .where("kid", "=", kid).where("revoked_at", "is", null).execute();
      await tx.db.deleteFrom("server_keys").where("id", "=", kid).where("purpose", "=", "signing").execute();
      await tx.audit(success(caller, "signing_key_destroy", { resourcePath: kid, details: { ...alive } }));
      return alive;
    });
    this.#keys.remove(kid);
    return { destroyed: true, kid, invalidated };
  }

  /** Every key that signs, or would, ends at the moment in which the new one begins. */
  #plan(made: LoadedSigningKey, signsFrom: Instant): Rotation {
    const previous = this.#keys.current;
    const waits = this.#keys.all.some((key) => this.#keys.stateOf(key) === "next");
    if (waits && signsFrom > this.#clock.now()) throw rotationPending();
    const ended = this.#keys.all.map((key) => ({
      ...key,
      retiredAt: Math.min(key.retiredAt ?? Infinity, signsFrom),
    }));
    return { keys: [made, ...ended], previous, handover: vouch(previous, made, this.#clock.now()) };
  }
}

async function writeRotation(
  tx: Tx,
  caller: AdminCaller,
  { kid, handover, keys, at, signsFrom }: Rotation & {
    readonly kid: string;
    readonly at: Instant;
    readonly signsFrom: Instant;
  },
): Promise<void> {
  for (const key of keys) {
    await tx.db.updateTable("server_keys").set({ retired_at: key.retiredAt }).where("id", "=", key.kid)
      .execute();
  }
  await tx.db.insertInto("signing_key_handovers").values(handover).execute();
  const facts = { kid, previous_kid: handover.from_kid, signs_from: formatTimestamp(signsFrom) };
  await tx.audit(success(caller, "signing_key_rotate", { resourcePath: kid, details: facts }));
  await raiseEvent(tx, at, { kind: "signing_key_rotated", sourceIp: caller.origin.sourceIp, facts });
}

/** Signed by the key that ends. */
function vouch(previous: LoadedSigningKey, made: LoadedSigningKey, at: Instant): HandoverRow {
  const [from_public, to_public] = [publicKeyOf(previous.key), publicKeyOf(made.key)];
  const signature = signHandover(previous.key, {
    from_kid: previous.kid,
    from_x: toBase64Url(from_public),
    to_kid: made.kid,
    to_x: toBase64Url(to_public),
    at: unixSeconds(at),
  });
  return { from_kid: previous.kid, from_public, to_kid: made.kid, to_public, at, signature };
}

async function countAlive(db: Queries, kid: string, now: Instant): Promise<SignedByKey> {
  const logins = await db.selectFrom("access_tokens").select((eb) => eb.fn.countAll<number>().as("count"))
    .where("kid", "=", kid).where("revoked_at", "is", null).where("expires_at", ">", now)
    .executeTakeFirstOrThrow();
  const signed = await db.selectFrom("project_tokens").select((eb) => eb.fn.countAll<number>().as("count"))
    .where("signed_kid", "=", kid).where("revoked_at", "is", null).where("expires_at", ">", now)
    .executeTakeFirstOrThrow();
  return { daemon_logins: logins.count, signed_project_tokens: signed.count };
}

function notFound(): VaultError {
  return new VaultError("signing_key.not_found", "There is no signing key with this kid; list them first");
}

function notRetired(): VaultError {
  return new VaultError(
    "signing_key.not_retired",
    "Only a retired signing key can be destroyed; rotate first, and wait until the new one signs",
  );
}

function inUse(alive: SignedByKey): VaultError {
  return new VaultError(
    "signing_key.in_use",
    `This key signed ${alive.daemon_logins} logins and ${alive.signed_project_tokens} signed project tokens that are ` +
      "alive; wait until they end, or ask with invalidate=true to end them",
    { details: { ...alive } },
  );
}

function rotationPending(): VaultError {
  return new VaultError(
    "signing_key.rotation_pending",
    "A new signing key is listed already and begins within minutes; wait for it, or rotate with immediate",
  );
}
