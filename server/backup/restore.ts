/**
 * Restoring: the whole archive is read and verified before a byte is written, then written into a database beside the
 * wanted one, and only when that is complete, opened and audited does it get its name. Whenever it is interrupted, there
 * is either no restored database or a whole one.
 */

import type { Clock } from "../../shared/clock.ts";
import { readArgon2 } from "../../shared/crypto/argon2_parameters.ts";
import type { KeyStorage } from "../../shared/crypto/key_storage.ts";
import { wipe } from "../../shared/crypto/wipe.ts";
import { VaultError } from "../../shared/errors.ts";
import type { StepObserver } from "../durable_steps.ts";
import { StartupError } from "../startup_error.ts";
import { BulkWriter } from "../store/bulk.ts";
import { isStorageFault } from "../store/faults.ts";
import { misfitOf } from "../store/migrate.ts";
import { unwrapArchiveKey } from "../vault/archive_key.ts";
import { provesSentinel } from "../vault/sentinel.ts";
import { type DeriveKey, passwordBytes } from "../vault/kdf.ts";
import { openArchive, type Pieces, readArchiveHeader } from "./archive_reader.ts";
import type { ArchiveHeader } from "./header.ts";
import { SealedRowCheck } from "./sealed_rows.ts";
import { type Ended, takeOver } from "./take_over.ts";

export interface RestoreOptions {
  /** Opens the archive from its beginning; called several times. */
  readonly pieces: () => Pieces;
  /** Path of the database that will be there. The caller holds its lock and knows that it is not there yet. */
  readonly database: string;
  /** Gives the KEK of the vault that the archive is of, by its password or by shares; it is wiped here. */
  readonly kekOf: (header: ArchiveHeader) => Promise<Uint8Array>;
  readonly storage: KeyStorage;
  /** Leaves logins and tokens as they were in the backup. */
  readonly keepLogins: boolean;
  /** Forgets the admin tokens, so that the next start makes one and shows it. */
  readonly newAdminToken: boolean;
  readonly reached: StepObserver;
  readonly clock: Clock;
}

/** What is in an archive, once all of it was verified. */
export interface Verified {
  readonly header: ArchiveHeader;
  readonly tables: number;
  readonly rows: number;
  /** Sealed rows that do not open: they were changed in the original's database before the backup. */
  readonly unsound: number;
}

export interface Restored extends Verified {
  readonly ended: Ended;
  /** The first row of the log that is not as it was written, if there is one. */
  readonly brokenAt: number | undefined;
}

/**
 * Reads an archive to its end.
 * @throws VaultError `archive.version`, `archive.wrong_key`, `archive.damaged`, `archive.truncated`, `archive.invalid`
 */
export async function verifyArchive(pieces: () => Pieces, kek: Uint8Array): Promise<Verified> {
  const { header, records } = await openArchive(pieces(), async (each) => keyOf(each, kek));
  const sealed = new SealedRowCheck(kek, header.kekVersion);
  let tables = 0;
  let rows = 0;
  try {
    for await (const record of records) {
      if (record.kind === "table") tables += 1;
      if (record.kind === "row") rows += 1;
      sealed.look(record);
    }
  } finally {
    sealed.end();
  }
  return { header, tables, rows, unsound: sealed.unsound };
}

/** The KEK of the vault that an archive is of, by its password; the caller wipes it. @throws VaultError `archive.…` */
export async function kekForArchive(
  header: ArchiveHeader,
  password: string,
  derive: DeriveKey,
): Promise<Uint8Array> {
  const bytes = passwordBytes(password);
  try {
    const kek = await derive(bytes, header.salt, readArgon2(header.kdf));
    if (provesSentinel(kek, { sentinel: header.sentinel, kek_version: header.kekVersion })) return kek;
    wipe(kek);
    throw wrongPassword(header);
  } finally {
    wipe(bytes);
  }
}

/** The header, looked at before anybody is asked for a password. @throws VaultError `archive.…` */
export async function inspectArchive(pieces: () => Pieces): Promise<ArchiveHeader> {
  const header = await readArchiveHeader(pieces());
  const misfit = misfitOf(header.migrations);
  if (misfit !== undefined) throw otherTables(header, misfit);
  return header;
}

/** Restores into a new database. @throws VaultError `archive.…`, StartupError */
export async function restore(options: RestoreOptions): Promise<Restored> {
  const header = await inspectArchive(options.pieces);
  const kek = await options.kekOf(header);
  const temporary = `${options.database}.restoring`;
  try {
    const verified = await verifyArchive(options.pieces, kek);
    options.reached("restore.verified");
    removeDatabase(temporary);
    await writeTables(options, temporary, kek);
    options.reached("restore.tables_written");
    const taken = await takeOver(temporary, { ...options, kek, header });
    Deno.renameSync(temporary, options.database);
    await syncFolder(options.database);
    options.reached("restore.completed");
    return { ...verified, ...taken };
  } catch (error) {
    removeDatabase(temporary);
    throw isStorageFault(error) ? unwritable() : error;
  } finally {
    wipe(kek);
  }
}

async function writeTables(
  { pieces, clock }: RestoreOptions,
  path: string,
  kek: Uint8Array,
): Promise<void> {
  const { header, records } = await openArchive(pieces(), async (each) => keyOf(each, kek));
  const writer = new BulkWriter(path, clock, header.migrations.at(-1)?.version ?? 0);
  try {
    for await (const record of records) {
      if (record.kind === "table") writer.beginTable(record.name, record.columns);
      if (record.kind === "row") writer.row(record.values);
    }
    writer.finish();
  } finally {
    writer.close();
  }
}

function keyOf(header: ArchiveHeader, kek: Uint8Array): Uint8Array {
  const key = unwrapArchiveKey(kek, header, header.wrappedKey);
  if (key !== undefined) return key;
  throw new VaultError(
    "archive.damaged",
    "The archive's key does not open; take another copy of the archive",
  );
}

/** A database and what SQLite keeps beside it. What is not there is no matter. */
function removeDatabase(path: string): void {
  for (const name of [path, `${path}-wal`, `${path}-shm`]) {
    try {
      Deno.removeSync(name);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

/** Where the database of a path lies. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash === -1 ? "." : path.slice(0, slash) || "/";
}

async function syncFolder(path: string): Promise<void> {
  using folder = await Deno.open(folderOf(path));
  await folder.sync();
}

function unwritable(): StartupError {
  return new StartupError(
    "The new database cannot be written, so there is none; free space on its disk or check it, then start again",
  );
}

function wrongPassword({ vaultId, kekVersion }: ArchiveHeader): VaultError {
  const message =
    `The password does not open this archive of the vault ${vaultId}; give the unseal password that this vault had at key version ${kekVersion}`;
  return new VaultError("archive.wrong_key", message);
}

function otherTables({ madeBy }: ArchiveHeader, misfit: "newer" | "changed"): VaultError {
  const version = /^[\w.+-]{1,32}$/.test(madeBy) ? madeBy : "of its own version";
  const message = misfit === "newer"
    ? `The archive has tables that this program does not know yet; restore it with cortex-server ${version}`
    : `The archive has tables of another build of cortex-server ${version}; restore it with that build`;
  return new VaultError("archive.version", message);
}
