/**
 * The header of an archive: which vault it is of, and how a password becomes the key that opens the rest. Readable by
 * anybody; every chunk is bound to it, so nobody can change it and keep the archive.
 */

import * as z from "zod";
import type { Instant } from "../../shared/clock.ts";
import { damaged } from "../../shared/backup/archive_frames.ts";
import { fromBase64, fromUtf8, toBase64, utf8 } from "../../shared/encoding.ts";
import type { AppliedMigration } from "../store/migrate.ts";

export interface ArchiveHeader {
  readonly archiveId: string;
  /** The same for all backups of one vault, for ever: the id of its audit key. */
  readonly vaultId: string;
  readonly createdAt: Instant;
  /** Version of the program. */
  readonly madeBy: string;
  /** The tables' form. */
  readonly migrations: readonly AppliedMigration[];
  /** How the KEK is derived and proved, as in `vault_seal`. */
  readonly kdf: string;
  readonly salt: Uint8Array;
  readonly sentinel: Uint8Array;
  readonly kekVersion: number;
  /** The archive's key, see `server/vault/archive_key.ts`. */
  readonly wrappedKey: Uint8Array;
}

const Bytes = z.string().transform((text, context) => {
  const bytes = fromBase64(text);
  if (bytes !== undefined) return bytes;
  context.addIssue("not base64");
  return z.NEVER;
});

const Header = z.object({
  archive_id: z.uuid(),
  vault_id: z.uuid(),
  created_at: z.int(),
  made_by: z.string(),
  migrations: z.array(z.object({ version: z.int(), name: z.string(), checksum: z.string() })).min(1),
  kdf: z.string(),
  salt: Bytes,
  sentinel: Bytes,
  kek_version: z.int().min(1),
  wrapped_key: Bytes,
});

/** The bytes of a header. */
export function printHeader(header: ArchiveHeader): Uint8Array {
  return utf8(JSON.stringify({
    archive_id: header.archiveId,
    vault_id: header.vaultId,
    created_at: header.createdAt,
    made_by: header.madeBy,
    migrations: header.migrations,
    kdf: header.kdf,
    salt: toBase64(header.salt),
    sentinel: toBase64(header.sentinel),
    kek_version: header.kekVersion,
    wrapped_key: toBase64(header.wrappedKey),
  }));
}

/** @throws VaultError `archive.damaged` */
export function readHeader(bytes: Uint8Array): ArchiveHeader {
  const parsed = Header.safeParse(jsonOf(bytes)).data;
  if (parsed === undefined) throw damaged();
  return {
    archiveId: parsed.archive_id,
    vaultId: parsed.vault_id,
    createdAt: parsed.created_at,
    madeBy: parsed.made_by,
    migrations: parsed.migrations,
    kdf: parsed.kdf,
    salt: parsed.salt,
    sentinel: parsed.sentinel,
    kekVersion: parsed.kek_version,
    wrappedKey: parsed.wrapped_key,
  };
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(bytes) ?? "");
  } catch {
    return undefined;
  }
}
