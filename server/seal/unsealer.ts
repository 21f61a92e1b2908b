/**
 * Opening a sealed vault by its password or by shares, one attempt at a time. Wrong ones slow down their address, and are told to
 * the log as soon as there is one.
 */

import type { SealStatus, UnsealRequest } from "../../shared/api/seal.ts";
import type { Clock } from "../../shared/clock.ts";
import { type ErrorCode, VaultError } from "../../shared/errors.ts";
import type { Origin } from "../audit/entry.ts";
import type { Tx } from "../audit/ledger.ts";
import { AuthThrottle } from "../middleware/auth_throttle.ts";
import { addressKey } from "../middleware/client_address.ts";
import { readSealRow } from "../recovery/kek_proof.ts";
import { ShareUnseal } from "../recovery/share_unseal.ts";
import { currentKek, recordRecovery, type VersionedKek } from "../recovery/unseal.ts";
import type { Store } from "../store/store.ts";
import type { DeriveKey } from "../vault/kdf.ts";
import { kekByPassword, type OpenOptions, openWithKek, type Unsealed } from "../vault/seal.ts";
import { FailedAttempts } from "./attempts.ts";

export interface UnsealerDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly derive: DeriveKey;
  readonly open: OpenOptions;
}

type WriteRows = (tx: Tx) => Promise<void>;

/** Somebody had the wrong thing; anything else is the server's own trouble. */
const WRONG: ReadonlySet<ErrorCode> = new Set([
  "auth.password_wrong",
  "recovery.share_refused",
  "recovery.shares_do_not_open",
]);

export class Unsealer {
  readonly #deps: UnsealerDeps;
  readonly #shares: ShareUnseal;
  readonly #throttle: AuthThrottle;
  readonly #failed = new FailedAttempts();
  #busy = false;

  constructor(deps: UnsealerDeps) {
    this.#deps = deps;
    this.#shares = new ShareUnseal(deps.store, deps.clock);
    this.#throttle = new AuthThrottle(deps.clock, "wrong attempts to unseal");
  }

  /** Of a sealed vault. */
  get status(): SealStatus {
    const { progress } = this.#shares;
    if (progress === undefined) return { sealed: true, shares: null };
    const { setId, given, needed } = progress;
    return { sealed: true, shares: { set_id: setId, given, needed } };
  }

  /** Wipes shares that waited too long. */
  tend(): void {
    this.#shares.expire();
  }

  /**
   * The open vault, or undefined where more shares are needed.
   * @throws VaultError `auth.password_wrong`, `auth.throttled`, `server.busy`, `recovery.share_refused`,
   * `recovery.shares_do_not_open`
   */
  async unseal(request: UnsealRequest, origin: Origin): Promise<Unsealed | undefined> {
    const key = addressKey(origin.sourceIp);
    this.#throttle.check(key);
    if (this.#busy) throw busy();
    // Anybody may start over, but nobody may do it so often that others never get their shares together.
    if ("reset" in request) this.#throttle.failed(key);
    this.#busy = true;
    try {
      return await this.#attempt(request, origin);
    } catch (error) {
      if (error instanceof VaultError && WRONG.has(error.code)) {
        this.#throttle.failed(key);
        this.#failed.note(error.code, origin);
      }
      throw error;
    } finally {
      this.#busy = false;
    }
  }

  async #attempt(request: UnsealRequest, origin: Origin): Promise<Unsealed | undefined> {
    if ("reset" in request) {
      this.#shares.reset();
      return undefined;
    }
    return "share" in request
      ? await this.#byShare(request.share, origin)
      : await this.#byPassword(request.password, origin);
  }

  async #byPassword(password: string, origin: Origin): Promise<Unsealed> {
    const { store, derive } = this.#deps;
    const seal = await readSealRow(store);
    if (seal === undefined) throw new Error("a database without a vault is never sealed");
    const kek = password.trim() === "" ? undefined : await kekByPassword(store, seal, { password, derive });
    if (kek === undefined) {
      throw new VaultError("auth.password_wrong", "The unseal password is wrong; the vault stays sealed");
    }
    return await this.#open(
      { kek, version: seal.kek_version },
      (tx) => tx.audit({ principal: "anonymous", action: "vault_unseal", status: "success", origin }),
    );
  }

  async #byShare(share: string, origin: Origin): Promise<Unsealed | undefined> {
    const { store, clock } = this.#deps;
    const step = await this.#shares.offer(share);
    if (step.kind === "waiting") return undefined;
    const { proven, set } = step.recovered;
    return await this.#open(
      await currentKek(store, proven),
      (tx) => recordRecovery(tx, clock.now(), { set, way: "unseal", origin }),
    );
  }

  async #open(kek: VersionedKek, record: WriteRows): Promise<Unsealed> {
    const unsealed = await openWithKek(this.#deps.store, kek, this.#deps.open, async (tx) => {
      await this.#failed.record(tx);
      await record(tx);
    });
    this.#failed.forget();
    this.#shares.reset();
    return unsealed;
  }
}

function busy(): VaultError {
  return new VaultError("server.busy", "Another attempt to unseal is under way; try again in a moment", {
    retryAfter: 2,
  });
}
