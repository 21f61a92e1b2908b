/**
 * The unsealed vault, as services hold it: there is no vault object while the server is sealed. Opening needs a
 * permit, so no value leaves without a durable row in the audit log.
 */

import { wipe } from "../../shared/crypto/wipe.ts";
import { VaultError } from "../../shared/errors.ts";
import { SecretValue } from "../../shared/secret_value.ts";
import { ReleasePermit } from "../audit/ledger.ts";
import type { SealedColumns } from "../store/vault_schema.ts";
import { type ArchiveKeyPlace, wrapArchiveKey } from "./archive_key.ts";
import type { Place } from "./associated_data.ts";
import { openEnvelope, sealEnvelope } from "./envelope.ts";
import { KeyUsers } from "./key_users.ts";
import type { Keyring } from "./keyring.ts";
import { KekSwitch } from "./rotation/kek_switch.ts";

export type { Place } from "./associated_data.ts";

/** Longest plaintext, in bytes. */
export const MAX_VALUE_BYTES = 1024 * 1024;

export class Vault {
  readonly #keyring: Keyring;
  /** For rotations of the KEK alone. */
  readonly kek: KekSwitch;
  /** Whoever reads sealed rows, or seals some to store them, does it inside `users.during`. */
  readonly users = new KeyUsers();

  constructor(keyring: Keyring) {
    this.#keyring = keyring;
    this.kek = new KekSwitch(keyring);
  }

  /**
   * Seals a value for the row it will be stored in. The caller wipes its own copy.
   * @throws VaultError `request.too_large`
   */
  seal(place: Place, plaintext: Uint8Array): SealedColumns {
    if (plaintext.byteLength > MAX_VALUE_BYTES) {
      throw new VaultError("request.too_large", "The value is longer than 1 MiB; store a shorter one");
    }
    return sealEnvelope(this.#keyring, place, plaintext);
  }

  /**
   * Seals the value of one row anew for another, or gives undefined where it does not open. The value does not leave the
   * vault, so this needs no permit.
   */
  reseal(from: Place, sealed: SealedColumns, to: Place): SealedColumns | undefined {
    const plaintext = openEnvelope(this.#keyring, from, sealed);
    if (plaintext === undefined) return undefined;
    try {
      return sealEnvelope(this.#keyring, to, plaintext);
    } finally {
      wipe(plaintext);
    }
  }

  /** Wraps the key of a backup archive under the KEK. */
  wrapArchiveKey(place: ArchiveKeyPlace, key: Uint8Array): Uint8Array {
    return wrapArchiveKey(this.#keyring, place, key);
  }

  /**
   * Opens a sealed row. A row that does not open was changed behind the server's back.
   * @throws Error where the permit does not cover the row, or the row does not open: bugs and tampering, not refusals
   */
  open(permit: ReleasePermit, place: Place, sealed: SealedColumns): SecretValue {
    if (!ReleasePermit.covers(permit, place.id)) throw new Error("the permit does not cover this secret");
    const plaintext = openEnvelope(this.#keyring, place, sealed);
    if (plaintext === undefined) {
      throw new Error(
        `a sealed row of ${place.table} does not open: it was changed or moved outside the server`,
      );
    }
    return new SecretValue(plaintext);
  }
}
