/**
 * Whether a share that somebody keeps is still good, before the day on which it is needed. The share stays on this machine: it is
 * read here, and the server is asked for its list of sets alone.
 */

import { RecoverySetList, type RecoverySetSummary } from "../../shared/api/recovery.ts";
import { wipe } from "../../shared/crypto/wipe.ts";
import { EXIT, VaultError } from "../../shared/errors.ts";
import {
  describeShareFault,
  parseRecoveryShare,
  printSetId,
  type RecoveryShare,
} from "../../shared/recovery_share.ts";
import type { CliContext } from "../context.ts";
import { type AdminOptions, connectAsAdmin } from "./connection.ts";
import { readSecretLine } from "./secret_input.ts";

export interface CheckOptions extends AdminOptions {
  readonly shareFile?: string | undefined;
}

type State = "opens_vault" | "void" | "unknown";

const WORDS: Readonly<Record<State, string>> = {
  opens_vault: "The vault knows the set, and it opens the vault",
  void: "Void: the key was rotated since; ask the operator for a share of a newer set",
  unknown:
    "The vault does not know this set: it is of another vault, or newer than the backup it was restored from",
};

/** `check`: 0 where the share is whole and its set opens the vault. @throws VaultError `recovery.share_refused` */
export async function checkShare(options: CheckOptions, context: CliContext): Promise<number> {
  const share = await readShare(options, context);
  const connection = await connectAsAdmin(options, context);
  const parse = (value: unknown) => RecoverySetList.safeParse(value).data;
  const sets = await connection.requestJson("GET", "/admin/shamir/sets", parse);
  const state = stateOf(share, sets);
  tell(share, state, options, context);
  return state === "opens_vault" ? EXIT.ok : EXIT.failure;
}

/** What the share says of itself; its secret is gone. */
async function readShare({ shareFile }: CheckOptions, context: CliContext): Promise<RecoveryShare> {
  const text = await readSecretLine({
    prompt: "Recovery share: ",
    file: shareFile,
    missing: "There is no share; name its file with --share-file",
  }, context);
  const parsed = parseRecoveryShare(text);
  if (!parsed.ok) throw new VaultError("recovery.share_refused", describeShareFault(parsed.fault));
  wipe(parsed.share.body);
  return parsed.share;
}

function stateOf({ setId, kekVersion }: RecoveryShare, sets: readonly RecoverySetSummary[]): State {
  const id = printSetId(setId);
  const set = sets.find(({ set_id, kek_version }) => set_id === id && kek_version === kekVersion);
  if (set === undefined) return "unknown";
  return set.opens_vault ? "opens_vault" : "void";
}

function tell(share: RecoveryShare, state: State, { json }: CheckOptions, { terminal }: CliContext): void {
  const set_id = printSetId(share.setId);
  const { number, total: shares_count, threshold, kekVersion: kek_version } = share;
  if (json) terminal.json({ set_id, number, shares_count, threshold, kek_version, state });
  else {
    terminal.data(`Share ${number} of ${shares_count}, set ${set_id}: whole; ${threshold} are needed`);
    terminal.data(WORDS[state]);
  }
}
