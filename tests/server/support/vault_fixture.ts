/** A real store, ledger and vault over a temporary database, unsealed with the least Argon2id there is. */

import type { Clock, Instant } from "../../../shared/clock.ts";
import { heapKeyStorage } from "../../../shared/crypto/key_storage.ts";
import type { SigningKeys } from "../../../server/identity/signing_keys.ts";
import { loadSigningKeys } from "../../../server/identity/signing_keys_store.ts";
import type { LedgerOptions } from "../../../server/audit/ledger.ts";
import { openStore, type Store } from "../../../server/store/store.ts";
import { deriveByArgon2id, type DeriveKey } from "../../../server/vault/kdf.ts";
import type { Argon2Parameters } from "../../../shared/crypto/argon2_parameters.ts";
import { unseal, type Unsealed } from "../../../server/vault/seal.ts";

/** A clock that stands still until it is told to move. */
export class ManualClock implements Clock {
  #now: Instant;

  constructor(start: Instant = Date.UTC(2026, 0, 2, 3, 4, 5)) {
    this.#now = start;
  }

  now(): Instant {
    return this.#now;
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds;
  }
}

export const TINY_KDF: Argon2Parameters = { memoryKib: 1024, passes: 1, lanes: 1 };
export const TEST_PASSWORD = "correct horse battery staple";

/** Every fixture has the same salt-independent key, so that Argon2id runs only where it is what is tested. */
export const instantKdf: DeriveKey = async (password) => {
  const digest = await crypto.subtle.digest("SHA-256", new Uint8Array(password));
  return new Uint8Array(digest);
};

export interface VaultFixture extends Unsealed {
  readonly store: Store;
  readonly signingKeys: SigningKeys;
  readonly clock: ManualClock;
  readonly derive: DeriveKey;
  readonly path: string;
  readonly directory: string;
  /** Closes everything and opens it again, as a restart does. */
  reopen(): Promise<VaultFixture>;
  /** Closes everything and removes the folder. */
  dispose(): Promise<void>;
}

export interface VaultFixtureOptions {
  readonly clock?: ManualClock;
  readonly ledger?: LedgerOptions;
  /** Derive the key by real Argon2id in its Worker. */
  readonly realKdf?: boolean;
}

export async function createVaultFixture(options: VaultFixtureOptions = {}): Promise<VaultFixture> {
  return await open(await Deno.makeTempDir({ prefix: "cortex-test-" }), options);
}

async function open(directory: string, options: VaultFixtureOptions): Promise<VaultFixture> {
  const clock = options.clock ?? new ManualClock();
  const path = `${directory}/vault.db`;
  const derive = options.realKdf === true ? deriveByArgon2id : instantKdf;
  const store = await openStore(path, clock);
  const unsealed = await unseal(store, {
    password: TEST_PASSWORD,
    kdf: TINY_KDF,
    derive,
    storage: heapKeyStorage,
    clock,
    ...(options.ledger === undefined ? {} : { ledger: options.ledger }),
  });
  const close = async () => {
    await unsealed.close();
    await store.close();
  };
  return {
    ...unsealed,
    signingKeys: await loadSigningKeys(store, unsealed.keys.signing, clock),
    store,
    clock,
    derive,
    path,
    directory,
    reopen: async () => {
      await close();
      return await open(directory, { ...options, clock });
    },
    dispose: async () => {
      await close();
      await Deno.remove(directory, { recursive: true });
    },
  };
}
