/** Takes a backup from the server, looks whether it came whole, and only then says that there is one. */

import { damaged, readArchiveParts } from "../../shared/backup/archive_frames.ts";
import { printableLine } from "../../shared/client/answer_error.ts";
import { formatTimestamp } from "../../shared/clock.ts";
import { fromUtf8, toHex } from "../../shared/encoding.ts";
import { EXIT, VaultError } from "../../shared/errors.ts";
import type { CliContext } from "../context.ts";
import { type AdminOptions, connectAsAdmin } from "./connection.ts";
import { NewFile } from "./new_file.ts";
import { untilInterrupted } from "./interrupt.ts";

const STDOUT = "-";
const MIB = 1024 * 1024;

export interface BackupOptions extends AdminOptions {
  readonly out: string;
}

/** Where an archive goes. */
interface Target {
  write(bytes: Uint8Array): Promise<void>;
  finish(): Promise<void>;
  discard(): Promise<void>;
}

interface Written {
  readonly archive_id: string;
  readonly vault_id: string;
  readonly created_at: string;
  readonly kek_version: number;
  readonly bytes: number;
  readonly sha256: string;
}

/** @throws VaultError of the connection, of the server, `archive.…`, `client.file_unsafe`, `client.interrupted` */
export async function backUp(options: BackupOptions, context: CliContext): Promise<number> {
  checkOutput(options);
  const connection = await connectAsAdmin(options, context);
  const target = options.out === STDOUT ? standardOutput : await NewFile.create(options.out);
  try {
    const written = await untilInterrupted(async (signal) => {
      const { pieces } = await connection.stream("POST", "/admin/backup", { signal });
      return await receive(pieces, target, context);
    });
    await target.finish();
    tell(written, options, context);
  } finally {
    await target.discard();
  }
  return EXIT.ok;
}

function checkOutput({ out, json }: BackupOptions): void {
  if (out !== STDOUT) return;
  if (Deno.stdout.isTerminal()) {
    throw new VaultError(
      "request.invalid",
      "An archive is no text for a terminal; give --out a file, or pipe standard output somewhere",
    );
  }
  if (json) {
    throw new VaultError("request.invalid", "--json needs standard output for itself; give --out a file");
  }
}

async function receive(
  pieces: AsyncIterable<Uint8Array>,
  target: Target,
  context: CliContext,
): Promise<Written> {
  let facts: ReturnType<typeof factsOf> | undefined;
  for await (const part of readArchiveParts(passOn(pieces, target, context))) {
    if (part.kind === "header") facts = factsOf(part.bytes);
    if (part.kind === "end" && facts !== undefined) {
      return { ...facts, bytes: part.bytes, sha256: toHex(part.digest) };
    }
  }
  throw new VaultError("archive.invalid", "The server sent no archive; check its address and version");
}

async function* passOn(
  pieces: AsyncIterable<Uint8Array>,
  target: Target,
  { terminal }: CliContext,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const piece of pieces) {
    await target.write(piece);
    const before = Math.floor(bytes / MIB);
    bytes += piece.byteLength;
    if (Math.floor(bytes / MIB) > before) terminal.progress(`backing up: ${sizeOf(bytes)}`);
    yield piece;
  }
}

/** The header is not secret, and not proved here either: what is read of it is for people only. */
function factsOf(header: Uint8Array): Omit<Written, "bytes" | "sha256"> {
  const facts = jsonOf(header);
  const createdAt = Number(facts["created_at"]);
  if (!Number.isSafeInteger(createdAt)) throw damaged();
  return {
    archive_id: printableLine(String(facts["archive_id"]), 64),
    vault_id: printableLine(String(facts["vault_id"]), 64),
    created_at: formatTimestamp(createdAt),
    kek_version: Number(facts["kek_version"]),
  };
}

function jsonOf(header: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(fromUtf8(header) ?? "");
  } catch {
    throw damaged();
  }
}

function tell(written: Written, { out, json }: BackupOptions, { terminal }: CliContext): void {
  if (json) {
    terminal.json({ ok: true, file: out, ...written });
    return;
  }
  const place = out === STDOUT ? "standard output" : out;
  terminal.note(`Backup written to ${place}: ${sizeOf(written.bytes)}, SHA-256 ${written.sha256}`);
  terminal.note(
    `It is the vault ${written.vault_id} of ${written.created_at} UTC and opens with the unseal password of that moment (key version ${written.kek_version})`,
  );
}

function sizeOf(bytes: number): string {
  return bytes < MIB ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / MIB).toFixed(1)} MiB`;
}

const standardOutput: Target = {
  write: async (bytes) => {
    for (let at = 0; at < bytes.byteLength;) at += await Deno.stdout.write(bytes.subarray(at));
  },
  finish: async () => {},
  discard: async () => {},
};
