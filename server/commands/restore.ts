/** `cortex-server restore`: a backup becomes a vault again, in a database that is not there yet. */

import { formatTimestamp, systemClock } from "../../shared/clock.ts";
import { wipe } from "../../shared/crypto/wipe.ts";
import type { ArchiveHeader } from "../backup/header.ts";
import {
  folderOf,
  inspectArchive,
  kekForArchive,
  restore,
  type Restored,
  type Verified,
  verifyArchive,
} from "../backup/restore.ts";
import { removeInstanceLock, takeInstanceLock } from "../boot/instance_lock.ts";
import { readPassword } from "../boot/password.ts";
import { type StepObserver, unobserved } from "../durable_steps.ts";
import { collectShares } from "../recovery/collect_shares.ts";
import { ShareCollector } from "../recovery/share_collector.ts";
import { recoverKek } from "../recovery/unseal.ts";
import { StartupError } from "../startup_error.ts";
import { deriveByArgon2id } from "../vault/kdf.ts";
import type { CommandIo } from "./command.ts";
import { type CommandLine, databasePath, readCommandLine } from "./command_line.ts";
import { commandKeyStorage } from "./key_storage.ts";

const HELP = `cortex-server restore FILE --database NEW: makes a vault out of a backup

Reads and verifies the whole archive first, then writes a database that must not be there yet. Asks for the unseal
password that the vault had when the backup was made (CORTEX_KEK_PASSWORD_FILE, CORTEX_KEK_PASSWORD, a hidden prompt, or
one line of standard input). Logins of daemons, tokens of projects and sessions end, because some may have been revoked
since: agents log in again, approvals stay.

Options:
  --database NEW       Path of the new database (default: DATABASE_URL)
  --check              Verify the archive and write nothing
  --shares             Ask for recovery shares in place of the password (a hidden prompt for each, lines of standard
                       input, or a share in each file of CORTEX_RECOVERY_SHARES_DIR)
  --keep-logins        Leave logins, tokens and sessions as they were in the backup
  --new-admin-token    Forget the admin tokens; the next start of the server makes one and prints it once
  --json               Print JSON

Exit code 0 when it is restored (or verified), 1 when it is not: there is no new database then.
`;

const OPTIONS = {
  database: { type: "string" },
  check: { type: "boolean" },
  shares: { type: "boolean" },
  "keep-logins": { type: "boolean" },
  "new-admin-token": { type: "boolean" },
  json: { type: "boolean" },
  help: { type: "boolean" },
} as const;

/** Returns the exit code. Tests watch the steps. @throws StartupError, VaultError `archive.…` */
export async function runRestore(
  args: readonly string[],
  io: CommandIo,
  reached: StepObserver = unobserved,
): Promise<number> {
  const line = readCommandLine(args, OPTIONS);
  if (line.flag("help")) {
    io.print(HELP.trimEnd());
    return 0;
  }
  const [file] = line.words;
  if (file === undefined || line.words.length > 1) throw new StartupError("Name one backup file; see --help");
  const pieces = () => readFile(file);
  const header = await inspectArchive(pieces);
  if (line.flag("check")) return await check(line, io, pieces, header);
  const database = await freeDatabase(databasePath(line, io));
  try {
    await refuseExisting(database);
    sayHeader(header, io);
    const restored = await restore({
      pieces,
      database,
      kekOf: (each) => askKek(each, line, io),
      storage: commandKeyStorage(io),
      keepLogins: line.flag("keep-logins"),
      newAdminToken: line.flag("new-admin-token"),
      reached,
      clock: systemClock,
    });
    tellRestored(restored, database, line, io);
    return 0;
  } catch (error) {
    removeInstanceLock(database);
    throw error;
  }
}

async function check(
  line: CommandLine,
  io: CommandIo,
  pieces: () => AsyncIterable<Uint8Array>,
  header: ArchiveHeader,
): Promise<number> {
  sayHeader(header, io);
  commandKeyStorage(io);
  const kek = await askKek(header, line, io);
  try {
    const verified = await verifyArchive(pieces, kek);
    if (line.flag("json")) io.print(JSON.stringify({ ok: true, ...factsOf(verified) }));
    else {
      io.say(`The archive is whole and sound: ${verified.rows} rows in ${verified.tables} tables`);
      sayUnsound(verified, io);
    }
    return 0;
  } finally {
    wipe(kek);
  }
}

/** A file that is opened when it is read, and closed whatever becomes of the reading. */
async function* readFile(path: string): AsyncGenerator<Uint8Array> {
  const file = await openFile(path);
  if ((await file.stat()).isDirectory) {
    file.close();
    throw unreadable("it is a folder");
  }
  yield* file.readable;
}

async function openFile(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path);
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound ? "it does not exist" : "permission denied";
    throw unreadable(reason);
  }
}

function unreadable(reason: string): StartupError {
  return new StartupError(`The backup file cannot be read: ${reason}`);
}

/**
 * Locked until the process ends, so that no server and no second restore gets between. Looked at before as well: who names
 * the database of a running server is told that it is there, not to stop the server.
 */
async function freeDatabase(path: string): Promise<string> {
  await refuseExisting(path);
  const facts = await Deno.stat(folderOf(path)).catch(() => undefined);
  if (facts?.isDirectory !== true) {
    throw new StartupError("The folder of the new database is not there; make it, or name another path");
  }
  takeInstanceLock(path, Deno.pid, { warn: () => {} });
  return path;
}

async function refuseExisting(path: string): Promise<void> {
  const isThere = (name: string) => Deno.lstat(name).then(() => true, () => false);
  if (await isThere(path)) {
    throw new StartupError(
      "There is a database at this path already, and a backup is never restored over one; name a new path",
    );
  }
  if (!await isThere(`${path}-wal`) && !await isThere(`${path}-shm`)) return;
  throw new StartupError(
    "A database was at this path before and its -wal or -shm is there still, which would be mixed into the new one; name a new path, or move them away",
  );
}

/** The KEK of the vault that the archive is of; the caller wipes it. */
async function askKek(header: ArchiveHeader, line: CommandLine, io: CommandIo): Promise<Uint8Array> {
  if (line.flag("shares")) return await kekByShares(header, io);
  return await kekForArchive(header, await askPassword(io), deriveByArgon2id);
}

async function kekByShares(
  { salt, sentinel, kekVersion }: ArchiveHeader,
  io: CommandIo,
): Promise<Uint8Array> {
  const seal = { salt, sentinel, kek_version: kekVersion };
  const collector = new ShareCollector({ seals: [seal], sets: new Map() });
  const directory = io.env("CORTEX_RECOVERY_SHARES_DIR");
  await collectShares(collector, { directory, input: io.input, note: io.say });
  const { proven } = await recoverKek(collector);
  return proven.kek;
}

function askPassword(io: CommandIo): Promise<string> {
  return readPassword({
    fromEnvironment: io.env("CORTEX_KEK_PASSWORD"),
    file: io.env("CORTEX_KEK_PASSWORD_FILE"),
    input: io.input,
    isNew: false,
  });
}

function sayHeader(header: ArchiveHeader, io: CommandIo): void {
  io.say(
    `Backup of the vault ${header.vaultId}, made ${
      formatTimestamp(header.createdAt)
    } UTC, key version ${header.kekVersion}`,
  );
}

function tellRestored(restored: Restored, database: string, line: CommandLine, io: CommandIo): void {
  const { ended, brokenAt } = restored;
  if (line.flag("json")) {
    const log = brokenAt === undefined ? "sound" : "broken";
    const broken = brokenAt === undefined ? {} : { audit_log_broken_at: brokenAt };
    io.print(JSON.stringify({ ok: true, database, ...factsOf(restored), ended, audit_log: log, ...broken }));
    return;
  }
  io.say(`Restored into ${database}: ${restored.rows} rows in ${restored.tables} tables`);
  sayUnsound(restored, io);
  if (brokenAt !== undefined) {
    io.say(
      `Warning: the audit log is not as it was written from row ${brokenAt} on; it was so in the backup already`,
    );
  }
  if (line.flag("keep-logins")) {
    io.say("Logins and tokens are those of the backup; revoke what was revoked since");
  } else {
    io.say(
      `Logins ended: ${ended.access_tokens}, sessions: ${ended.daemon_sessions}, project tokens: ${ended.project_tokens}; daemons log in again`,
    );
  }
  io.say("Start it with the unseal password that the vault had then; never run it beside the original");
}

function sayUnsound({ unsound }: Verified, io: CommandIo): void {
  if (unsound === 0) return;
  io.say(
    `Warning: ${unsound} sealed rows do not open; somebody changed them in the original before the backup`,
  );
}

function factsOf({ header, tables, rows, unsound }: Verified) {
  return {
    archive_id: header.archiveId,
    vault_id: header.vaultId,
    made_at: formatTimestamp(header.createdAt),
    kek_version: header.kekVersion,
    tables,
    rows,
    unsound_rows: unsound,
  };
}
