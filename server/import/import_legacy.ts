/**
 * The whole import in one transaction: all of it, with a row in the log for each thing, or nothing. What does not fit and
 * what is there already are found in one go, so that an operator decides once.
 */

import { wipe } from "../../shared/crypto/wipe.ts";
import { type AuditDetail, SYSTEM_ORIGIN } from "../audit/entry.ts";
import type { Ledger, Tx } from "../audit/ledger.ts";
import {
  importAgents,
  importAllowedDaemons,
  importApprovals,
  importNamespaces,
  importPolicies,
  importProjects,
} from "./import_access.ts";
import { importChannels } from "./import_channels.ts";
import { ImportRun, type ImportSources } from "./import_run.ts";
import { importGrants, importSecrets } from "./import_secrets.ts";
import { verifyLegacyLog } from "./legacy_log.ts";
import { readLegacySeal } from "./legacy_rows.ts";
import { ImportReport, KINDS } from "./report.ts";

export interface ImportChoices {
  /** Reports and stores nothing. */
  readonly dryRun: boolean;
  /** Stores what fits even where something does not. */
  readonly partial: boolean;
  /** Leaves what is there already as it is, instead of refusing the whole. */
  readonly skipExisting: boolean;
}

export interface ImportResult {
  readonly report: ImportReport;
  readonly stored: boolean;
}

/** Undoes the transaction it is thrown in. */
class NothingStored extends Error {
  constructor(readonly report: ImportReport) {
    super("the import is undone");
  }
}

/** @throws VaultError `server.audit_unavailable` */
export async function importLegacy(
  ledger: Ledger,
  sources: ImportSources,
  choices: ImportChoices,
): Promise<ImportResult> {
  try {
    const report = await ledger.commit((tx) => bringAll(tx, sources, choices));
    return { report, stored: true };
  } catch (error) {
    if (error instanceof NothingStored) return { report: error.report, stored: false };
    throw error;
  }
}

async function bringAll(tx: Tx, sources: ImportSources, choices: ImportChoices): Promise<ImportReport> {
  const report = new ImportReport(verifyLog(sources));
  const run = new ImportRun(tx, sources, report);
  await importNamespaces(run);
  await importAgents(run);
  await importPolicies(run);
  await importAllowedDaemons(run);
  await importSecrets(run);
  await importProjects(run);
  await importGrants(run);
  await importApprovals(run);
  await importChannels(run);
  if (choices.dryRun || isRefused(report, choices)) throw new NothingStored(report);
  await auditImport(tx, report);
  return report;
}

/** Whether the operator has to decide something first. */
export function isRefused({ problems, collisions }: ImportReport, choices: ImportChoices): boolean {
  return (problems.length > 0 && !choices.partial) || (collisions.length > 0 && !choices.skipExisting);
}

function verifyLog({ snapshot, legacy }: ImportSources) {
  const key = legacy.auditKey();
  try {
    return verifyLegacyLog(snapshot, key, readLegacySeal(snapshot).kek_version);
  } finally {
    wipe(key);
  }
}

/** The head of the old log's chain goes into the new log: whoever keeps the old file can prove that it is that one. */
async function auditImport(tx: Tx, { counts, log }: ImportReport): Promise<void> {
  const details: Record<string, AuditDetail> = {
    old_log_rows: log.rows,
    old_log_verified: log.verified,
    old_log_chain: log.chain,
    old_log_head: log.head,
  };
  for (const kind of KINDS) details[kind] = counts[kind].imported;
  await tx.audit({
    principal: "system",
    action: "import_cortex_auth",
    status: "success",
    details,
    origin: SYSTEM_ORIGIN,
  });
}
