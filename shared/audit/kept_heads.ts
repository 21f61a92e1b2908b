/** Heads of the audit log's tree that somebody kept outside the server: one in JSON on each line. */

import { VaultError } from "../errors.ts";
import { AuditHead, isSigned } from "./head.ts";

/** The name of the list in a folder or a Git repository. */
export const KEPT_HEADS_FILE = "audit-heads.jsonl";

/**
 * The heads of a list by their size, each signed and all by one key. A last line without its line break was cut off while
 * it was written and does not count.
 * @throws VaultError `audit.anchor_invalid` for a line that is no head or was changed, and for heads of two keys
 */
export function parseKeptHeads(text: string): readonly AuditHead[] {
  const whole = text.slice(0, text.lastIndexOf("\n") + 1).split("\n");
  const heads = whole.flatMap((line, index) => line.trim() === "" ? [] : [parseLine(line, index + 1)]);
  if (heads.some(({ public_key }) => public_key !== heads[0]?.public_key)) {
    throw invalid("The kept heads are signed by more than one key: they are of different vaults");
  }
  return heads.toSorted((left, right) => left.tree_size - right.tree_size);
}

/** A line for the list, its line break included. */
export function printKeptHead(head: AuditHead): string {
  return `${JSON.stringify(head)}\n`;
}

function parseLine(line: string, number: number): AuditHead {
  const head = AuditHead.safeParse(parseJson(line)).data;
  if (head !== undefined && isSigned(head)) return head;
  throw invalid(`Line ${number} of the kept heads is no head with a good signature`);
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function invalid(message: string): VaultError {
  return new VaultError("audit.anchor_invalid", message);
}
