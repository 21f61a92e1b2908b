/** `cortex-server verify-audit`: the audit log of a database file, with nobody's help but the operator's password. */

import { describeFault } from "../../shared/audit/fault_words.ts";
import type { AuditHead } from "../../shared/audit/head.ts";
import { KEPT_HEADS_FILE, parseKeptHeads } from "../../shared/audit/anchors.ts";
import { systemClock } from "../../shared/clock.ts";
import { toBase64Url, toHex } from "../../shared/encoding.ts";
import { type LogVerdict, LogVerifier } from "../audit/log_verifier.ts";
import { AuditProver } from "../audit/prover.ts";
import { AuditTree } from "../audit/tree.ts";
import { readPassword } from "../boot/password.ts";
import { StartupError } from "../startup_error.ts";
import { isStorageFault } from "../store/faults.ts";
import { openReadOnly, type ReadOnlyStore } from "../store/read_only.ts";
import { deriveByArgon2id } from "../vault/kdf.ts";
import { openKeysOnly } from "../vault/seal.ts";
import type { CommandIo } from "./command.ts";
import { type CommandLine, readCommandLine } from "./command_line.ts";
import { commandKeyStorage } from "./key_storage.ts";

const HELP = `cortex-server verify-audit FILE: recomputes the audit log of a database

Reads the database as it is at this moment and changes nothing in it; a server may be using it. While it works SQLite
keeps the files -wal and -shm beside it, so its folder has to be writable: for evidence, verify a copy. Asks for the unseal password
(CORTEX_KEK_PASSWORD_FILE, CORTEX_KEK_PASSWORD, a hidden prompt, or one line of standard input). Names the first row that
was changed, moved, taken out, put in or cut off the end.

An older whole database that somebody brought back verifies by itself: --anchor compares the log with heads that were
kept outside by "cortex audit anchor".

Options:
  --anchor FILE|FOLDER   Kept heads: a file of them, or a folder with audit-heads.jsonl
  --json                 Print JSON

Exit code 0 when the log is as it was written, 1 when it is not.
`;

const OPTIONS = { anchor: { type: "string" }, json: { type: "boolean" }, help: { type: "boolean" } } as const;

/** Returns the exit code. @throws StartupError, VaultError `audit.anchor_invalid` */
export async function runVerifyAudit(args: readonly string[], io: CommandIo): Promise<number> {
  const line = readCommandLine(args, OPTIONS);
  if (line.flag("help")) {
    io.print(HELP.trimEnd());
    return 0;
  }
  const [file] = line.words;
  if (file === undefined || line.words.length > 1) {
    throw new StartupError("Name one database file; see --help");
  }
  const kept = await readKept(line.text("anchor"));
  using store = openReadOnly(file);
  try {
    return await verifyWithKey(store, kept, line, io);
  } catch (error) {
    if (!isStorageFault(error)) throw error;
    throw new StartupError(
      "The log cannot be read to its end, because the database is damaged; verify the newest backup, and keep this file",
      { cause: error },
    );
  }
}

async function verifyWithKey(
  store: ReadOnlyStore,
  kept: readonly AuditHead[],
  line: CommandLine,
  io: CommandIo,
): Promise<number> {
  const storage = commandKeyStorage(io);
  const password = await readPassword({
    fromEnvironment: io.env("CORTEX_KEK_PASSWORD"),
    file: io.env("CORTEX_KEK_PASSWORD_FILE"),
    input: io.input,
    isNew: false,
  });
  const keys = await openKeysOnly(store, { password, derive: deriveByArgon2id, storage, clock: systemClock });
  try {
    const prover = new AuditProver(keys.auditMac);
    const began = performance.now();
    const verdict = await new LogVerifier(store, prover).verify();
    const seconds = (performance.now() - began) / 1_000;
    const wrongHead = verdict.ok ? await firstWrongHead(store, prover, kept, verdict.tail.seq) : undefined;
    return tell({ verdict, wrongHead, kept, seconds }, line, io);
  } finally {
    keys.wipe();
  }
}

/** What a kept head shows; undefined where the log goes on from all of them. */
async function firstWrongHead(
  store: ReadOnlyStore,
  prover: AuditProver,
  kept: readonly AuditHead[],
  size: number,
): Promise<string | undefined> {
  const tree = new AuditTree(store.reader, store.auditPages);
  const ownKey = toBase64Url(prover.publicKey);
  for (const { tree_size, root_hash, public_key } of kept) {
    if (public_key !== ownKey) return "The kept heads are signed by another key: they are of another vault";
    if (tree_size > size) {
      return `A head was kept over ${tree_size} rows, and there are ${size}: an older database was brought back`;
    }
    const root = toHex((await tree.rootsOfVerified())(0, tree_size));
    if (root !== root_hash) {
      return `The first ${tree_size} rows are not those of a kept head: the log was rewritten`;
    }
  }
  return undefined;
}

interface Outcome {
  readonly verdict: LogVerdict;
  readonly wrongHead: string | undefined;
  readonly kept: readonly AuditHead[];
  readonly seconds: number;
}

function tell({ verdict, wrongHead, kept, seconds }: Outcome, line: CommandLine, io: CommandIo): number {
  const problem = verdict.ok ? wrongHead : describeFault(verdict.fault);
  if (line.flag("json")) {
    const fault = verdict.ok ? {} : { fault: verdict.fault };
    const rows = verdict.ok ? { rows: verdict.rows } : {};
    const error = problem === undefined ? {} : { error: problem };
    io.print(
      JSON.stringify({ ok: problem === undefined, ...rows, kept_heads: kept.length, ...fault, ...error }),
    );
    return problem === undefined ? 0 : 1;
  }
  if (problem !== undefined || !verdict.ok) throw new StartupError(problem ?? "The log is broken");
  const { rows, first, tail } = verdict;
  const rate = Math.round(rows / Math.max(seconds, 0.001));
  io.say(
    `The audit log is as it was written: ${rows} rows, from ${first} to ${tail.seq} (${rate} rows a second)`,
  );
  io.say(
    kept.length > 0
      ? `It goes on from all ${kept.length} heads that were kept`
      : "Whether an older whole database was brought back is seen with --anchor only",
  );
  return 0;
}

async function readKept(anchor: string | undefined): Promise<readonly AuditHead[]> {
  if (anchor === undefined) return [];
  const texts = [anchor, `${anchor}/${KEPT_HEADS_FILE}`].map((path) =>
    Deno.readTextFile(path).catch(() => "")
  );
  const text = (await Promise.all(texts)).find((one) => one !== "");
  if (text !== undefined) return parseKeptHeads(text);
  throw new StartupError("--anchor names no file of kept heads, and no folder with one");
}
