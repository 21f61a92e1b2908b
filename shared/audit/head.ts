/**
 * Heads of the tree over the audit log: how many rows there were, the root over them, when, and the server's signature.
 * Whoever keeps one can later tell a log that goes on from one that was rewritten or rolled back.
 */

import * as z from "zod";
import { decodeKeyText, verify, verifyingKey } from "../crypto/ed25519.ts";
import { fromBase64Url, utf8 } from "../encoding.ts";

const hash = z.string().regex(/^[0-9a-f]{64}$/);

/** `GET /.well-known/cortex-audit-head`. */
export const AuditHead = z.object({
  tree_size: z.int().min(0).describe(
    "Rows that were ever written, those that have left the log by their age included.",
  ),
  root_hash: hash.describe("Hex."),
  timestamp: z.int().min(0).describe("Milliseconds since 1970."),
  public_key: z.string().describe(
    "Base64url of the Ed25519 key that signs heads: one for the life of a vault.",
  ),
  signature: z.string().describe("Base64url, over `headMessage`."),
});
export type AuditHead = z.infer<typeof AuditHead>;

/** `GET /.well-known/cortex-audit-consistency?from=N`: that the present head goes on from N rows. */
export const AuditConsistency = z.object({ from: z.int().min(0), proof: z.array(hash), head: AuditHead });
export type AuditConsistency = z.infer<typeof AuditConsistency>;

/** `GET /admin/audit-logs/:id/proof`: one row as it is encoded, and its way to the root of a head. */
export const AuditRowProof = z.object({
  row: z.record(z.string(), z.union([z.string(), z.number(), z.null()])).describe(
    "The values of the encoded columns by name; bytes as hex.",
  ),
  leaf_index: z.int().min(0).describe("Its place in the tree, from 0."),
  proof: z.array(hash),
  head: AuditHead,
});
export type AuditRowProof = z.infer<typeof AuditRowProof>;

/** What a head's signature covers. */
export function headMessage(
  { tree_size, root_hash, timestamp }: Omit<AuditHead, "signature" | "public_key">,
): Uint8Array {
  return utf8(`cortexauth/audit-head/v1\n${tree_size}\n${root_hash}\n${timestamp}\n`);
}

/** Whether the head is signed by the key that it names. Which key that should be is the reader's to know. */
export function isSigned(head: AuditHead): boolean {
  const key = decodeKeyText(head.public_key);
  const signature = fromBase64Url(head.signature);
  if (key?.byteLength !== 32 || signature === undefined) return false;
  return verify(verifyingKey(key), headMessage(head), signature);
}
