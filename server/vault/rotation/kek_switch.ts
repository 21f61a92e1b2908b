/** What a rotation does with the keys of an open vault. Only `set_password.ts` and the run of a rotation drive it. */

import { wipe } from "../../../shared/crypto/wipe.ts";
import { VaultError } from "../../../shared/errors.ts";
import type { Place } from "../associated_data.ts";
import { rewrapDek, type WrappedKey } from "../envelope.ts";
import type { Keyring } from "../keyring.ts";
import { makeSentinel } from "../sentinel.ts";
import { type LinkedKeys, linkKeys, type Versions } from "./linked_keys.ts";

/** All that the database is told of a new KEK. */
export interface PreparedSwitch extends Versions, LinkedKeys {
  readonly sentinel: Uint8Array;
}

export class KekSwitch {
  readonly #keyring: Keyring;

  constructor(keyring: Keyring) {
    this.#keyring = keyring;
  }

  /** The version that seals; 0 once the vault is sealed. */
  get current(): number {
    return this.#keyring.current;
  }

  /** Whether rows of that version open. */
  holds(version: number): boolean {
    return this.#keyring.use(version, () => true) ?? false;
  }

  /** Changes nothing yet. The new key stays the caller's. @throws VaultError `server.sealed` */
  prepare(newKek: Uint8Array): PreparedSwitch {
    const from = this.#keyring.current;
    const versions = { from, to: from + 1 };
    const linked = this.#keyring.use(from, (oldKek) => linkKeys(oldKek, newKek, versions));
    if (linked === undefined) {
      throw new VaultError(
        "server.sealed",
        "The vault was sealed meanwhile, and nothing was rotated; unseal it first",
      );
    }
    return { ...versions, ...linked, sentinel: makeSentinel(newKek, versions.to) };
  }

  /** Seals with a new key from now on; takes it over and wipes the given array. */
  adopt(version: number, newKek: Uint8Array): void {
    if (this.#keyring.current === 0) wipe(newKek);
    else this.#keyring.add(version, newKek);
  }

  /** Wipes a key: what is wrapped under it does not open any more. */
  retire(version: number): void {
    this.#keyring.drop(version);
  }

  /** The row's key wrapped under the newest KEK, its body as it is; undefined where it does not open. */
  rewrap(place: Place, sealed: WrappedKey): Uint8Array | undefined {
    return rewrapDek(this.#keyring, place, sealed);
  }
}
