/**
 * Unsealing: from the operator's password to the keys. Unsealed is a value you hold ({@linkcode Unsealed}); while there
 * is none, nothing can be opened, and the program has no listener.
 *
 * First boot makes salt, sentinel, KEK version 1 and the server's own keys in one transaction with its audit row. Later
 * boots open the sentinel, which proves the password, and then those keys.
 */

import type { Clock } from "../../shared/clock.ts";
import { AEAD_KEY_BYTES } from "../../shared/crypto/aead.ts";
import type { KeyStorage } from "../../shared/crypto/key_storage.ts";
import { randomBytes } from "../../shared/crypto/random.ts";
import { wipe } from "../../shared/crypto/wipe.ts";
import type { Selectable } from "kysely";
import { Ledger, type LedgerOptions, type Tx } from "../audit/ledger.ts";
import { SYSTEM_ORIGIN } from "../audit/entry.ts";
import type { VaultSealTable } from "../store/vault_schema.ts";
import type { Store } from "../store/store.ts";
import { StartupError } from "../startup_error.ts";
import { type DeriveKey, passwordBytes } from "./kdf.ts";
import { type Argon2Parameters, printArgon2, readArgon2 } from "../../shared/crypto/argon2_parameters.ts";
import { Keyring } from "./keyring.ts";
import { makeServerKeys, openServerKeys, type ServerKeys } from "./server_keys.ts";
import { addOldKek, newKekBehind, readRunning } from "./rotation/running.ts";
import { makeSentinel, provesSentinel } from "./sentinel.ts";
import { Vault } from "./vault.ts";

const SALT_BYTES = 16;
const FIRST_KEK_VERSION = 1;

/** Everything that exists only while the vault is open. */
export interface Unsealed {
  readonly keyring: Keyring;
  readonly vault: Vault;
  readonly ledger: Ledger;
  readonly keys: ServerKeys;
  readonly firstBoot: boolean;
  /** Finishes what the ledger has waiting and wipes every key. */
  close(): Promise<void>;
}

/** What an open vault is made of, whatever opened it. */
export interface OpenOptions {
  readonly storage: KeyStorage;
  readonly clock: Clock;
  readonly ledger?: LedgerOptions;
}

export interface UnsealOptions extends OpenOptions {
  readonly password: string;
  /** Used at first boot only. */
  readonly kdf: Argon2Parameters;
  readonly derive: DeriveKey;
}

export type PasswordOptions = Pick<UnsealOptions, "password" | "derive">;

/** Whether a password was ever set: what a prompt wants to know before it asks once or twice. */
export async function isInitialised(store: Store): Promise<boolean> {
  return await readSeal(store) !== undefined;
}

/**
 * Opens the vault, or makes it where the database has none.
 * @throws StartupError for a blank or a wrong password
 */
export async function unseal(store: Store, options: UnsealOptions): Promise<Unsealed> {
  const seal = await readSeal(store);
  return seal === undefined ? await initialise(store, options) : await reopen(store, seal, options);
}

function readSeal(store: Pick<Store, "reader">): Promise<Selectable<VaultSealTable> | undefined> {
  return store.reader.selectFrom("vault_seal").selectAll().executeTakeFirst();
}

async function initialise(store: Store, options: UnsealOptions): Promise<Unsealed> {
  const salt = randomBytes(SALT_BYTES);
  const kek = await deriveKek(options, salt, options.kdf);
  const sentinel = makeSentinel(kek, FIRST_KEK_VERSION);
  const keyring = ringOf(options, FIRST_KEK_VERSION, kek);
  const made = makeServerKeys(keyring, options.storage, options.clock.now());
  const unsealed = await assemble(store, options, { keyring, keys: made.keys, firstBoot: true });
  await unsealed.ledger.commit(async (tx) => {
    await insertSeal(tx, options, { salt, sentinel });
    await tx.db.insertInto("server_keys").values(made.rows).execute();
    await tx.audit({
      principal: "system",
      action: "vault_initialise",
      status: "success",
      origin: SYSTEM_ORIGIN,
    });
  });
  return unsealed;
}

async function insertSeal(
  tx: Tx,
  options: UnsealOptions,
  { salt, sentinel }: { salt: Uint8Array; sentinel: Uint8Array },
): Promise<void> {
  const now = options.clock.now();
  const row = { id: 1, kdf: printArgon2(options.kdf), salt, sentinel, kek_version: FIRST_KEK_VERSION };
  await tx.db.insertInto("vault_seal").values({ ...row, created_at: now, updated_at: now }).execute();
}

async function reopen(
  store: Store,
  seal: Selectable<VaultSealTable>,
  options: UnsealOptions,
): Promise<Unsealed> {
  const kek = await kekByPassword(store, seal, options);
  if (kek === undefined) {
    throw new StartupError("The unseal password is wrong; start again with the right one");
  }
  return await openWithKek(
    store,
    { kek, version: seal.kek_version },
    options,
    (tx) =>
      tx.audit({ principal: "system", action: "vault_unseal", status: "success", origin: SYSTEM_ORIGIN }),
  );
}

/**
 * The vault's KEK, to be wiped by the caller, or undefined for a wrong password. While a rotation runs, the password of
 * before it leads to the KEK as well. @throws StartupError for a blank one
 */
export async function kekByPassword(
  store: Pick<Store, "reader">,
  seal: Selectable<VaultSealTable>,
  options: PasswordOptions,
): Promise<Uint8Array | undefined> {
  const kek = await deriveKek(options, seal.salt, readArgon2(seal.kdf));
  if (provesSentinel(kek, seal)) return kek;
  wipe(kek);
  const running = await readRunning(store.reader);
  if (running === undefined) return undefined;
  return newKekBehind(await deriveKek(options, running.oldSalt, readArgon2(running.oldKdf)), running);
}

/**
 * Opens the vault with its KEK, which the caller has proved and which is wiped here. `record` writes how it was opened:
 * the first thing that an open vault does.
 * @throws StartupError where the server's own keys do not open
 */
export async function openWithKek(
  store: Store,
  { kek, version }: { readonly kek: Uint8Array; readonly version: number },
  options: OpenOptions,
  record: (tx: Tx) => Promise<void>,
): Promise<Unsealed> {
  const keyring = ringOf(options, version, kek);
  try {
    await addOldKek(store.reader, keyring);
    const rows = await store.reader.selectFrom("server_keys").selectAll().execute();
    const keys = openServerKeys(keyring, options.storage, rows);
    return await recorded(await assemble(store, options, { keyring, keys, firstBoot: false }), record);
  } catch (error) {
    keyring.wipe();
    throw error;
  }
}

/**
 * The server's own keys, for looking at a vault that is not opened: nothing is written. The caller wipes them.
 * @throws StartupError for a wrong password, or where there is no vault
 */
export async function openKeysOnly(
  store: Pick<Store, "reader">,
  options: OpenOptions & PasswordOptions,
): Promise<ServerKeys> {
  const seal = await readSeal(store);
  const kek = seal === undefined ? undefined : await kekByPassword(store, seal, options);
  if (seal === undefined || kek === undefined) {
    throw new StartupError("The unseal password is wrong, or the database has no vault");
  }
  const keyring = ringOf(options, seal.kek_version, kek);
  try {
    await addOldKek(store.reader, keyring);
    const rows = await store.reader.selectFrom("server_keys").selectAll().execute();
    return openServerKeys(keyring, options.storage, rows);
  } finally {
    keyring.wipe();
  }
}

/** No vault is open without a row about it. */
async function recorded(unsealed: Unsealed, record: (tx: Tx) => Promise<void>): Promise<Unsealed> {
  try {
    await unsealed.ledger.commit(record);
    return unsealed;
  } catch (error) {
    await unsealed.close();
    throw error;
  }
}

async function deriveKek(
  options: PasswordOptions,
  salt: Uint8Array,
  kdf: Argon2Parameters,
): Promise<Uint8Array<ArrayBuffer>> {
  const password = passwordBytes(options.password);
  if (password.byteLength === 0) throw new StartupError("The unseal password is blank; give one that is not");
  try {
    const kek = await options.derive(password, salt, kdf);
    if (kek.byteLength !== AEAD_KEY_BYTES) {
      throw new Error("the key derivation gave a key of the wrong length");
    }
    return kek;
  } finally {
    wipe(password);
  }
}

function ringOf(options: OpenOptions, version: number, kek: Uint8Array): Keyring {
  const keyring = new Keyring(options.storage);
  keyring.add(version, kek);
  return keyring;
}

async function assemble(
  store: Store,
  options: OpenOptions,
  parts: Pick<Unsealed, "keyring" | "keys" | "firstBoot">,
): Promise<Unsealed> {
  const { keyring, keys } = parts;
  const ledger = await openLedger(store, options, parts);
  const close = async () => {
    try {
      await ledger.close();
    } finally {
      keyring.wipe();
      keys.wipe();
    }
  };
  return { ...parts, vault: new Vault(keyring), ledger, close };
}

async function openLedger(
  store: Store,
  { clock, ledger }: OpenOptions,
  { keys, firstBoot }: Pick<Unsealed, "keys" | "firstBoot">,
): Promise<Ledger> {
  try {
    return await Ledger.open(store.writer, keys.auditMac, clock, { ...ledger, hasLog: !firstBoot });
  } catch (error) {
    keys.wipe();
    throw error;
  }
}
