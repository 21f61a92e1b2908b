/** Where heads are kept: a file, a folder with one, a Git repository, or an address that gives one. */

import type { AuditHead } from "../../shared/audit/head.ts";
import { KEPT_HEADS_FILE, parseKeptHeads } from "../../shared/audit/anchors.ts";
import { SECOND } from "../../shared/clock.ts";
import { VaultError } from "../../shared/errors.ts";
import { readFromGit } from "./git_heads.ts";

/** @throws VaultError `audit.anchor_invalid` where nothing is there, or what is there was changed */
export async function readKeptHeads(anchor: string): Promise<readonly AuditHead[]> {
  const text = await readText(anchor);
  const heads = parseKeptHeads(text ?? "");
  if (heads.length > 0) return heads;
  throw new VaultError("audit.anchor_invalid", "No head is kept there yet; begin with cortex audit anchor");
}

async function readText(anchor: string): Promise<string | undefined> {
  if (/^https?:\/\//.test(anchor)) return await fetchText(anchor);
  const facts = await Deno.stat(anchor).catch(() => undefined);
  if (facts === undefined) throw new VaultError("audit.anchor_invalid", `${anchor} is not there`);
  if (facts.isFile) return await Deno.readTextFile(anchor);
  const inFolder = await Deno.readTextFile(`${anchor}/${KEPT_HEADS_FILE}`).catch(() => undefined);
  return inFolder ?? await readFromGit(anchor);
}

async function fetchText(url: string): Promise<string> {
  try {
    const answer = await fetch(url, { redirect: "error", signal: AbortSignal.timeout(30 * SECOND) });
    const text = await answer.text();
    if (answer.ok) return text;
  } catch {
    // Said below.
  }
  throw new VaultError("audit.anchor_invalid", `${url} gives no kept heads; check the address`);
}
