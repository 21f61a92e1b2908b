/** How much there is, in the namespaces that a caller may look into. */

import type { Queries } from "../store/schema.ts";

/** Undefined for all namespaces. */
type Names = readonly string[] | undefined;

export interface VaultCounts {
  readonly secrets: number;
  readonly projects: number;
  readonly agents: number;
  /** Agents and projects that are stopped. */
  readonly frozen: number;
}

export async function vaultCounts(db: Queries, names: Names): Promise<VaultCounts> {
  return {
    secrets: await count(db, "secrets", names),
    projects: await count(db, "projects", names),
    agents: await count(db, "agents", names),
    frozen: await countFrozen(db, "projects", names) + await countFrozen(db, "agents", names),
  };
}

function countIn(db: Queries, table: "secrets" | "projects" | "agents", names: Names) {
  const query = db.selectFrom(table).select(({ fn }) => fn.countAll<number>().as("n"));
  return names === undefined ? query : query.where("namespace", "in", names);
}

async function count(
  db: Queries,
  table: "secrets" | "projects" | "agents",
  names: Names,
): Promise<number> {
  return (await countIn(db, table, names).executeTakeFirst())?.n ?? 0;
}

async function countFrozen(db: Queries, table: "projects" | "agents", names: Names): Promise<number> {
  const row = await db.selectFrom(table).select(({ fn }) => fn.countAll<number>().as("n"))
    .where("frozen_at", "is not", null)
    .$if(names !== undefined, (query) => query.where("namespace", "in", names ?? []))
    .executeTakeFirst();
  return row?.n ?? 0;
}
