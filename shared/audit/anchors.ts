/**
 * Heads of an audit log's tree that somebody keeps outside: JSON lines, oldest first. All are of one key, and each goes on
 * from the one before, because that was checked when it was added.
 */

import { VaultError } from "../errors.ts";
import { AuditHead, isSigned } from "./head.ts";

/** The name of the file in a folder or repository. */
export const KEPT_HEADS_FILE = "audit-heads.jsonl";

/** @throws VaultError `audit.anchor_invalid` for a line that is no signed head, or of another key than the others */
export function parseKeptHeads(text: string): readonly AuditHead[] {
  const heads = wholeLines(text).split("\n").filter((line) => line.trim() !== "").map(parseLine);
  const other = heads.findIndex(({ public_key }) => public_key !== heads[0]?.public_key);
  if (other >= 0) throw invalid(`Line ${other + 1} of the kept heads is of another vault than line 1`);
  return heads;
}

/** The list without a last line that was cut off while it was written, as by a full disk; ends with a line break. */
export function wholeLines(text: string): string {
  const end = text.lastIndexOf("\n") + 1;
  const last = text.slice(end);
  return last === "" || parseJson(last) === undefined ? text.slice(0, end) : `${text}\n`;
}

/** The line of a head. */
export function printKeptHead(head: AuditHead): string {
  return `${JSON.stringify(head)}\n`;
}

function parseLine(line: string, index: number): AuditHead {
  const head = AuditHead.safeParse(parseJson(line)).data;
  if (head !== undefined && isSigned(head)) return head;
  throw invalid(`Line ${index + 1} of the kept heads is no head with a good signature`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function invalid(message: string): VaultError {
  return new VaultError(
    "audit.anchor_invalid",
    `${message}; somebody changed what was kept, look at its history`,
  );
}
