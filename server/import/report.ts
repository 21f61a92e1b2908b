/** What an import did, or would do: counted by kind, with a reason for each thing that could not be brought over. */

import { printableLine } from "../../shared/client/answer_error.ts";
import type { LegacyLogVerdict } from "./legacy_log.ts";

export const KINDS = [
  "namespaces",
  "secrets",
  "agents",
  "policies",
  "projects",
  "grants",
  "approvals",
  "allowed_daemons",
  "channels",
] as const;
export type Kind = typeof KINDS[number];

export interface Counts {
  found: number;
  imported: number;
  /** Already in the new vault, and left as it is there. */
  existing: number;
  refused: number;
}

export interface Problem {
  readonly kind: Kind;
  readonly name: string;
  readonly reason: string;
}

/** What has no place in the new vault, and what people do instead. */
export const NOT_BROUGHT_OVER = [
  "project tokens, daemon logins, sessions, devices: daemons log in again, and tokens come with their next run",
  "requests that wait for approval: agents ask again",
  "the admin token: the new server has its own",
  "the key that signs tokens: the new server has its own",
  "the audit log: keep the old file; the new log holds the head of its chain",
] as const;

export class ImportReport {
  readonly counts: Readonly<Record<Kind, Counts>> = Object.fromEntries(
    KINDS.map((kind) => [kind, { found: 0, imported: 0, existing: 0, refused: 0 }]),
  ) as Record<Kind, Counts>;
  readonly problems: Problem[] = [];
  readonly collisions: Omit<Problem, "reason">[] = [];
  readonly log: LegacyLogVerdict;

  constructor(log: LegacyLogVerdict) {
    this.log = log;
  }

  imported(kind: Kind): void {
    this.counts[kind].found += 1;
    this.counts[kind].imported += 1;
  }

  /** `collides`: the name is somebody's already, rather than a shared label. */
  existing(kind: Kind, name: string, collides: boolean): void {
    this.counts[kind].found += 1;
    this.counts[kind].existing += 1;
    if (collides) this.collisions.push({ kind, name: printableLine(name, 128) });
  }

  refused(kind: Kind, name: string, reason: string): void {
    this.counts[kind].found += 1;
    this.counts[kind].refused += 1;
    this.problems.push({ kind, name: printableLine(name, 128), reason });
  }

  toJson(): Record<string, unknown> {
    const { counts, problems, collisions, log } = this;
    return { counts, problems, existing: collisions, old_audit_log: log, not_brought_over: NOT_BROUGHT_OVER };
  }

  /** For people: a table, then a line for each thing that needs them. */
  toLines(): string[] {
    const head = ["", "found", "imported", "existing", "refused"];
    const rows = KINDS.map((kind) => {
      const { found, imported, existing, refused } = this.counts[kind];
      return [kind.replace("_", " "), ...[found, imported, existing, refused].map(String)];
    });
    return [
      ...[head, ...rows].map(([name = "", ...cells]) =>
        name.padEnd(16) + cells.map((cell) => cell.padStart(10)).join("")
      ),
      ...this.problems.map(({ kind, name, reason }) =>
        `refused: ${kind.replace("_", " ")} ${name}: ${reason}`
      ),
      ...this.collisions.map(({ kind, name }) => `existing: ${kind.replace("_", " ")} ${name}`),
      this.#logLine(),
      ...NOT_BROUGHT_OVER.map((line) => `not brought over: ${line}`),
    ];
  }

  #logLine(): string {
    const { rows, verified, unverified, chain } = this.log;
    return `old audit log: ${rows} rows, chain ${chain}, ${verified} verified, ${unverified} without a MAC under this key`;
  }
}
