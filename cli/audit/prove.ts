/** `cortex audit prove`: one row of the audit log, and that it is in the tree of a signed head; checked here. */

import { AuditRowProof, isSigned } from "../../shared/audit/head.ts";
import { verifyInclusion } from "../../shared/audit/merkle.ts";
import { ENCODED_COLUMNS, leafOf } from "../../shared/audit/row_encoding.ts";
import { formatTimestamp } from "../../shared/clock.ts";
import { fromHex } from "../../shared/encoding.ts";
import { EXIT, VaultError } from "../../shared/errors.ts";
import { type AdminOptions, connectAsAdmin } from "../admin/connection.ts";
import type { CliContext } from "../context.ts";

/** Returns the exit code. @throws VaultError `audit.broken` where the row is not in the tree */
export async function prove(id: string, options: AdminOptions, context: CliContext): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const parse = (value: unknown) => AuditRowProof.safeParse(value).data;
  const path = `/admin/audit-logs/${encodeURIComponent(id)}/proof`;
  const answer = await connection.requestJson("GET", path, parse);
  if (!isAbout(id, answer)) {
    throw new VaultError("server.untrusted", "The server answered with another row than was asked for");
  }
  if (!isProven(answer)) {
    throw new VaultError("audit.broken", "The row is not in the tree of the head that the server shows");
  }
  tell(answer, options, context);
  return EXIT.ok;
}

/** A sound proof of some other row proves nothing about this one. */
function isAbout(id: string, { row, leaf_index }: AuditRowProof): boolean {
  return row["id"] === id && row["seq"] === leaf_index + 1;
}

function isProven({ row, leaf_index, proof, head }: AuditRowProof): boolean {
  const values = ENCODED_COLUMNS.map((column) =>
    column === "prev_mac" ? bytesOf(String(row[column])) : row[column] ?? null
  );
  const path = proof.map(bytesOf);
  return isSigned(head) &&
    verifyInclusion(leafOf(values), leaf_index, head.tree_size, path, bytesOf(head.root_hash));
}

function bytesOf(hex: string): Uint8Array {
  return fromHex(hex) ?? new Uint8Array();
}

function tell(
  { row, head, leaf_index }: AuditRowProof,
  { json }: AdminOptions,
  { terminal }: CliContext,
): void {
  if (json) return terminal.json({ ok: true, row, leaf_index, head });
  for (const column of ENCODED_COLUMNS) {
    const value = row[column];
    if (value === null || value === undefined || column === "prev_mac") continue;
    terminal.data(`${column}: ${column === "at" ? `${formatTimestamp(Number(value))} UTC` : value}`);
  }
  terminal.note(`Proven: row ${leaf_index + 1} of ${head.tree_size}, under root ${head.root_hash}`);
  terminal.note(`  signed by ${head.public_key}; compare that with the heads you keep`);
}
