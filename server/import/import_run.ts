/**
 * What all parts of an import share: the transaction it happens in, what was found out so far, and how a row becomes a
 * line of the report.
 */

import { type Instant, parseTimestamp } from "../../shared/clock.ts";
import { randomUuid } from "../../shared/crypto/random.ts";
import { VaultError } from "../../shared/errors.ts";
import { type NamespaceName, parseNamespaceName } from "../../shared/names.ts";
import { type AuditEntry, SYSTEM_ORIGIN } from "../audit/entry.ts";
import type { Tx } from "../audit/ledger.ts";
import { ensureNamespace } from "../services/namespaces.ts";
import type { Snapshot, StoredRow } from "../store/snapshot.ts";
import type { Vault } from "../vault/vault.ts";
import { legacyRows, type LegacyTable } from "./legacy_rows.ts";
import type { LegacyVault } from "./legacy_vault.ts";
import type { ImportReport, Kind } from "./report.ts";

export interface ImportSources {
  readonly snapshot: Snapshot;
  readonly legacy: LegacyVault;
  readonly vault: Vault;
  readonly now: Instant;
  /** Namespaces that get another name, by their old one. */
  readonly renames: ReadonlyMap<string, string>;
}

/** Where something of the old vault is in the new one. */
export interface Landed {
  readonly id: string;
  readonly namespace: NamespaceName;
}

/** `left_behind`: of a kind that has no place here; the report says so once for all of them. */
export type RowOutcome = "imported" | "existing" | "left_behind";

type AuditFacts = Pick<AuditEntry, "agentId" | "projectName" | "namespace" | "resourcePath">;

export class ImportRun {
  readonly tx: Tx;
  readonly sources: ImportSources;
  readonly report: ImportReport;
  /** By their `agent_id`, which the predecessor had once for all namespaces. */
  readonly agents = new Map<string, Landed>();
  /** By their old id. */
  readonly secrets = new Map<string, Landed & { readonly keyPath: string }>();

  constructor(tx: Tx, sources: ImportSources, report: ImportReport) {
    this.tx = tx;
    this.sources = sources;
    this.report = report;
  }

  /** Brings the rows of a table over, one by one; `nameOf` names a row whose form is wrong too. */
  async each<Row>(
    kind: Kind,
    table: LegacyTable<Row>,
    nameOf: (raw: StoredRow) => unknown,
    bring: (row: Row) => Promise<RowOutcome>,
  ): Promise<void> {
    for (const { raw, row } of legacyRows(this.sources.snapshot, table)) {
      const name = String(nameOf(raw) ?? "?");
      if (row === undefined) {
        this.report.refused(kind, name, "The row does not have the form that it should have");
      } else await this.#one(kind, name, () => bring(row));
    }
  }

  async #one(kind: Kind, name: string, bring: () => Promise<RowOutcome>): Promise<void> {
    try {
      const outcome = await bring();
      if (outcome === "imported") this.report.imported(kind);
      if (outcome === "existing") this.report.existing(kind, name, kind !== "namespaces");
    } catch (error) {
      if (!(error instanceof VaultError)) throw error;
      this.report.refused(kind, name, error.message);
    }
  }

  /** The new namespace of an old one, made if it is not there. @throws VaultError `request.invalid` */
  async namespace(old: string): Promise<NamespaceName> {
    const name = this.namespaceName(old);
    await ensureNamespace(this.tx, name, this.sources.now);
    return name;
  }

  /** @throws VaultError `request.invalid` */
  namespaceName(old: string): NamespaceName {
    try {
      return parseNamespaceName(this.sources.renames.get(old) ?? old);
    } catch (error) {
      if (!(error instanceof VaultError)) throw error;
      throw new VaultError(
        error.code,
        `${error.message}; give the namespace a name with --namespace OLD=NEW`,
      );
    }
  }

  /** The time of a column, or now where it is none. */
  instant(text: string | null): Instant {
    return (text === null ? undefined : parseTimestamp(text)) ?? this.sources.now;
  }

  audit(action: string, facts: AuditFacts): Promise<void> {
    const details = { source: "cortex-auth" };
    return this.tx.audit({
      principal: "system",
      action,
      status: "success",
      ...facts,
      details,
      origin: SYSTEM_ORIGIN,
    });
  }
}

/** The old id where it is one of ours by form and free, so that what clients noted down goes on working. */
export async function idFor(
  old: string,
  isTaken: (id: string) => Promise<boolean>,
): Promise<string> {
  const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(old);
  return isUuid && !await isTaken(old) ? old : randomUuid();
}
