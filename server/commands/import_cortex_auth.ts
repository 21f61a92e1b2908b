/** `cortex-server import-cortex-auth`: a vault of the predecessor becomes one of ours. The old database is only read. */

import { DEFAULT_ARGON2, parseArgon2Parameters } from "../../shared/crypto/argon2_parameters.ts";
import type { Argon2Parameters } from "../../shared/crypto/argon2_parameters.ts";
import { systemClock } from "../../shared/clock.ts";
import type { KeyStorage } from "../../shared/crypto/key_storage.ts";
import { askHidden, readPlainLine, whileHidden } from "../../shared/terminal/hidden_line.ts";
import { takeInstanceLock } from "../boot/instance_lock.ts";
import { readPassword, readPasswordFile } from "../boot/password.ts";
import { type ImportChoices, importLegacy, type ImportResult, isRefused } from "../import/import_legacy.ts";
import { unsealLegacyByShares } from "../import/ask_legacy_shares.ts";
import { readLegacySeal } from "../import/legacy_rows.ts";
import { LegacyVault } from "../import/legacy_vault.ts";
import { StartupError } from "../startup_error.ts";
import { DamagedTable, type Snapshot, snapshotOfFile } from "../store/snapshot.ts";
import { IN_MEMORY, openStore, type Store } from "../store/store.ts";
import { deriveByArgon2id } from "../vault/kdf.ts";
import { isInitialised, unseal, type Unsealed } from "../vault/seal.ts";
import type { CommandIo } from "./command.ts";
import { type CommandLine, databasePath, readCommandLine } from "./command_line.ts";
import { commandKeyStorage } from "./key_storage.ts";

const HELP = `cortex-server import-cortex-auth OLD --database VAULT: brings a vault of cortex-auth over

OLD is the database file of the predecessor; it is only read, and its server should be stopped. VAULT is the database of
this server, which must not run; it is made where it is not there. Secrets, agents, policies, namespaces, projects, grants,
approvals and allowed daemons come over in one transaction: all of it or nothing. Tokens and logins do not: daemons log
in again.

Passwords: first the old vault's (CORTEX_IMPORT_PASSWORD_FILE, CORTEX_IMPORT_PASSWORD, a hidden prompt, or the first line
of standard input), then the unseal password of VAULT (CORTEX_KEK_PASSWORD_FILE, CORTEX_KEK_PASSWORD, a prompt, or the next
line).

Options:
  --database VAULT       Path of the new database (default: DATABASE_URL)
  --shares               Ask for recovery shares of OLD in place of its password: hidden prompts, or lines of standard
                         input before that of VAULT's password; they end as soon as they open it
  --dry-run              Report what would happen and store nothing
  --partial              Bring over what fits; without it one thing that does not fit stops all
  --skip-existing        Leave what is in VAULT already; without it one name that is taken stops all
  --namespace OLD=NEW    Give a namespace another name; may be given several times
  --json                 Print the report as JSON

Exit code 0 when it is stored, or would be; 1 when something has to be decided first.
`;

const OPTIONS = {
  database: { type: "string" },
  shares: { type: "boolean" },
  "dry-run": { type: "boolean" },
  partial: { type: "boolean" },
  "skip-existing": { type: "boolean" },
  namespace: { type: "string", multiple: true },
  json: { type: "boolean" },
  help: { type: "boolean" },
} as const;

/** Returns the exit code. @throws StartupError */
export async function runImport(args: readonly string[], io: CommandIo): Promise<number> {
  const line = readCommandLine(args, OPTIONS);
  if (line.flag("help")) {
    io.print(HELP.trimEnd());
    return 0;
  }
  const [file] = line.words;
  if (file === undefined || line.words.length > 1) {
    throw new StartupError("Name one old database; see --help");
  }
  const snapshot = snapshotOfFile(file);
  try {
    return await importFrom(snapshot, line, io);
  } catch (error) {
    throw error instanceof DamagedTable ? damaged(error) : error;
  } finally {
    snapshot.end();
  }
}

function damaged({ table }: DamagedTable): StartupError {
  return new StartupError(
    `The old database is damaged: not all rows of its table ${table} can be read; import a backup of it, or what sqlite3's .recover makes of it`,
  );
}

async function importFrom(snapshot: Snapshot, line: CommandLine, io: CommandIo): Promise<number> {
  const seal = readLegacySeal(snapshot);
  const renames = readRenames(line);
  const choices: ImportChoices = {
    dryRun: line.flag("dry-run"),
    partial: line.flag("partial"),
    skipExisting: line.flag("skip-existing"),
  };
  const path = databasePath(line, io);
  takeInstanceLock(path, Deno.pid, { warn: io.say });
  const storage = commandKeyStorage(io);
  const derive = deriveByArgon2id;
  const legacy = line.flag("shares")
    ? unsealLegacyByShares(seal, { ...io, storage })
    : await LegacyVault.unseal(seal, await readOldPassword(io), { derive, storage });
  try {
    const work = ({ vault, ledger }: Unsealed) =>
      importLegacy(ledger, { snapshot, legacy, vault, renames, now: systemClock.now() }, choices);
    const result = await inNewVault(path, choices, storage, io, work);
    return tell(result, choices, line, io);
  } finally {
    legacy.wipe();
  }
}

/** A vault that is made for an import which then stores nothing does not stay. */
async function inNewVault(
  path: string,
  choices: ImportChoices,
  storage: KeyStorage,
  io: CommandIo,
  work: (unsealed: Unsealed) => Promise<ImportResult>,
): Promise<ImportResult> {
  const isNew = await Deno.lstat(path).then(() => false, () => true);
  const store = await openStore(isNew && choices.dryRun ? IN_MEMORY : path, systemClock);
  let stored = false;
  try {
    const result = await withUnsealed(store, storage, io, work);
    stored = result.stored;
    return result;
  } finally {
    await store.close();
    if (isNew && !stored && !choices.dryRun) Deno.removeSync(path);
  }
}

async function withUnsealed(
  store: Store,
  storage: KeyStorage,
  io: CommandIo,
  work: (unsealed: Unsealed) => Promise<ImportResult>,
): Promise<ImportResult> {
  const isNew = !await isInitialised(store);
  if (io.input.isTerminal()) io.say("Now the password of the new vault.");
  const password = await readPassword({
    fromEnvironment: io.env("CORTEX_KEK_PASSWORD"),
    file: io.env("CORTEX_KEK_PASSWORD_FILE"),
    input: io.input,
    isNew,
  });
  const kdf = readKdf(io);
  const unsealed = await unseal(store, {
    password,
    kdf,
    derive: deriveByArgon2id,
    storage,
    clock: systemClock,
  });
  try {
    return await work(unsealed);
  } finally {
    await unsealed.close();
  }
}

async function readOldPassword({ env, input }: CommandIo): Promise<string> {
  const given = env("CORTEX_IMPORT_PASSWORD");
  if (given !== undefined) return given;
  const file = env("CORTEX_IMPORT_PASSWORD_FILE");
  if (file !== undefined) return await readPasswordFile(file, "CORTEX_IMPORT_PASSWORD_FILE");
  if (input.isTerminal()) return whileHidden(input, () => askHidden(input, "Password of the old vault: "));
  const text = readPlainLine(input);
  if (text.trim() !== "") return text;
  throw new StartupError(
    "There is no password of the old vault; set CORTEX_IMPORT_PASSWORD, or give it as the first line of standard input",
  );
}

function readKdf(io: CommandIo): Argon2Parameters {
  const text = io.env("CORTEX_KEK_ARGON2");
  const parsed = text === undefined ? DEFAULT_ARGON2 : parseArgon2Parameters(text);
  if (typeof parsed === "string") throw new StartupError(`CORTEX_KEK_ARGON2 ${parsed}`);
  return parsed;
}

function readRenames(line: CommandLine): ReadonlyMap<string, string> {
  return new Map(
    line.texts("namespace").map((text) => {
      const [, old, name] = /^([^=]+)=([^=]+)$/.exec(text) ?? [];
      if (old !== undefined && name !== undefined) return [old, name];
      throw new StartupError("--namespace takes an old and a new name, such as --namespace Prod=prod");
    }),
  );
}

function tell(result: ImportResult, choices: ImportChoices, line: CommandLine, io: CommandIo): number {
  const { report, stored } = result;
  const refused = isRefused(report, choices);
  if (line.flag("json")) {
    io.print(JSON.stringify({ ok: !refused, stored, dry_run: choices.dryRun, ...report.toJson() }));
  } else {
    for (const text of report.toLines()) io.print(text);
    io.say(verdict(stored, refused, choices));
  }
  return refused ? 1 : 0;
}

function verdict(stored: boolean, refused: boolean, { dryRun }: ImportChoices): string {
  if (stored) return "Imported. Start the server with the password of the new vault; daemons log in again";
  if (!refused) return "Nothing was stored, as asked; run it without --dry-run to import";
  const what = dryRun ? "Nothing would be stored" : "Nothing was stored";
  return `${what}: decide about what is refused (--partial leaves it out) and what exists (--skip-existing leaves it as it is)`;
}
