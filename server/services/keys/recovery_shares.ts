/**
 * Recovery shares: who holds enough of a set holds the vault. So the operator's password is needed beside the admin token, the
 * audit row and the set's record are durable before a share exists, and of the shares the server keeps nothing.
 */

import { type Clock, formatTimestamp } from "../../../shared/clock.ts";
import type {
  GeneratedShares,
  GenerateSharesRequest,
  RecoverySetSummary,
} from "../../../shared/api/recovery.ts";
import { randomBytes } from "../../../shared/crypto/random.ts";
import { wipe } from "../../../shared/crypto/wipe.ts";
import { VaultError } from "../../../shared/errors.ts";
import { MAX_SHARES, printSetId, SET_ID_BYTES } from "../../../shared/recovery_share.ts";
import type { Ledger, Tx } from "../../audit/ledger.ts";
import type { AdminCaller } from "../../caller.ts";
import { type StepObserver, unobserved } from "../../durable_steps.ts";
import { raiseEvent } from "../../events/raise.ts";
import { kekOfPassword, type ProvenKek } from "../../recovery/kek_proof.ts";
import type { PasswordTries } from "../../recovery/password_tries.ts";
import { isPossibleSplit, keyTagOf, splitKey } from "../../recovery/split.ts";
import type { Queries } from "../../store/schema.ts";
import type { Store } from "../../store/store.ts";
import type { DeriveKey } from "../../vault/kdf.ts";
import type { ServiceDeps } from "../deps.ts";
import { success } from "../success.ts";

const WARNING =
  "The shares are shown this once and kept nowhere; give each to a different person, and make new ones after each rotation of the key";

interface NewSet {
  readonly id: string;
  readonly threshold: number;
  readonly shares: number;
  readonly kek_version: number;
  readonly created_at: number;
}

export class RecoveryShareService {
  readonly #store: Store;
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  readonly #derive: DeriveKey;
  readonly #reached: StepObserver;
  readonly #tries: PasswordTries;

  /** `tries` are the server's: whoever guesses at one door is slowed down at all of them. */
  constructor({ store, ledger, clock, derive, reached }: ServiceDeps, tries: PasswordTries) {
    this.#store = store;
    this.#ledger = ledger;
    this.#clock = clock;
    this.#derive = derive;
    this.#reached = reached ?? unobserved;
    this.#tries = tries;
  }

  /** The sets that were made, newest first. */
  async list(_caller: AdminCaller): Promise<RecoverySetSummary[]> {
    const current = await currentKekVersion(this.#store.reader);
    const rows = await this.#store.reader.selectFrom("recovery_sets").selectAll()
      .orderBy("created_at", "desc").orderBy("id").execute();
    return rows.map((row) => ({ ...factsOf(row), opens_vault: row.kek_version === current }));
  }

  /** @throws VaultError `request.invalid`, `auth.password_wrong`, `auth.throttled`, `server.busy`, `recovery.key_changed` */
  async generate(caller: AdminCaller, request: GenerateSharesRequest): Promise<GeneratedShares> {
    const { threshold, shares, password } = checked(request);
    const proven = await this.#tries.attempt(() => kekOfPassword(this.#store, this.#derive, password));
    if (proven === undefined) throw wrongPassword();
    try {
      return await this.#split(caller, proven, { threshold, shares });
    } finally {
      wipe(proven.kek);
    }
  }

  async #split(
    caller: AdminCaller,
    { kek, version, salt }: ProvenKek,
    { threshold, shares }: { threshold: number; shares: number },
  ): Promise<GeneratedShares> {
    const setId = randomBytes(SET_ID_BYTES);
    const set: NewSet = {
      id: printSetId(setId),
      threshold,
      shares,
      kek_version: version,
      created_at: this.#clock.now(),
    };
    const older_sets = await this.#ledger.commit((tx) => record(tx, caller, set));
    this.#reached("recovery_shares.recorded");
    const facts = { setId, keyTag: keyTagOf(salt, version), kekVersion: version, threshold, total: shares };
    return { ...factsOf(set), shares: await splitKey(kek, facts), older_sets, warning: WARNING };
  }
}

/** Gives how many older sets open the vault as well. */
async function record(tx: Tx, caller: AdminCaller, set: NewSet): Promise<number> {
  const { id, threshold, shares, kek_version, created_at } = set;
  const details = { threshold, shares, kek_version };
  await tx.audit(success(caller, "shamir_generate", { resourcePath: id, details }));
  if (await currentKekVersion(tx.db) !== kek_version) throw keyChanged();
  const { count } = await tx.db.selectFrom("recovery_sets").select((eb) =>
    eb.fn.countAll<number>().as("count")
  )
    .where("kek_version", "=", kek_version).executeTakeFirstOrThrow();
  await tx.db.insertInto("recovery_sets").values(set).execute();
  const { sourceIp } = caller.origin;
  await raiseEvent(tx, created_at, {
    kind: "recovery_shares_made",
    sourceIp,
    facts: { set: id, threshold, shares },
  });
  return count;
}

async function currentKekVersion(db: Queries): Promise<number> {
  const { kek_version } = await db.selectFrom("vault_seal").select("kek_version").executeTakeFirstOrThrow();
  return kek_version;
}

function factsOf({ id, threshold, shares, kek_version, created_at }: NewSet) {
  return {
    set_id: id,
    threshold,
    shares_count: shares,
    kek_version,
    created_at: formatTimestamp(created_at),
  };
}

function checked(
  { threshold, shares, password }: GenerateSharesRequest,
): { threshold: number; shares: number; password: string } {
  if (!isPossibleSplit(threshold, shares)) {
    throw new VaultError(
      "request.invalid",
      `A threshold is at least 2 and no more than the number of shares, of which there are ${MAX_SHARES} at most`,
    );
  }
  if (password === undefined || password.trim() === "") {
    throw new VaultError(
      "request.invalid",
      "Recovery shares need the operator's password beside the admin token; send it as password",
    );
  }
  return { threshold, shares, password };
}

function wrongPassword(): VaultError {
  return new VaultError("auth.password_wrong", "The unseal password is wrong; no shares were made");
}

function keyChanged(): VaultError {
  return new VaultError(
    "recovery.key_changed",
    "The key was rotated meanwhile; no shares were made, try again",
  );
}
