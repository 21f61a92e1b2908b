/** Where a secret is used: the projects that are granted it, their agents, and when each last got it. No value. */

import type { SecretUse, SecretUses } from "../../../shared/api/secret_uses.ts";
import { formatOptionalTimestamp, formatTimestamp, type Instant } from "../../../shared/clock.ts";
import { sql } from "kysely";
import type { AdminCaller } from "../../caller.ts";
import type { Queries } from "../../store/schema.ts";
import type { Store } from "../../store/store.ts";
import type { ServiceDeps } from "../deps.ts";
import { findFacts, toSummary } from "./secret_rows.ts";

/** Actions by which a value leaves the vault for an agent. */
export const RELEASES = ["get_secrets", "get_config", "render_template", "ssh_sign"] as const;
/** By which one is used without leaving it, too. */
const USES = [...RELEASES, "sign"] as const;
/** Rows of an agent that are looked at for its last use: a flood of refusals must not make a page slow. */
const LOOKED_AT = 1_000;

export class SecretUseService {
  readonly #store: Store;

  constructor({ store }: Pick<ServiceDeps, "store">) {
    this.#store = store;
  }

  /** @throws VaultError `secret.not_found` */
  async read(caller: AdminCaller, id: string): Promise<SecretUses> {
    const db = this.#store.reader;
    const row = await findFacts(db, id, caller);
    const grants = await db.selectFrom("project_grants as g")
      .leftJoin(
        "projects as p",
        (join) =>
          join.onRef("p.project_name", "=", "g.project_name").onRef("p.namespace", "=", "g.namespace"),
      )
      .leftJoin("agents as a", "a.id", "p.agent_ref")
      .select(["g.id", "g.project_name", "g.namespace", "g.effective_name", "g.delivery", "g.bound"])
      .select(["g.granted_by", "g.granted_at", "a.agent_id"])
      .where("g.secret_ref", "=", id).orderBy("g.project_name").execute();
    const uses = await Promise.all(grants.map(async (grant): Promise<SecretUse> => ({
      grant_id: grant.id,
      project_name: grant.project_name,
      namespace: grant.namespace,
      env_var_name: grant.effective_name,
      delivery: grant.delivery,
      bound: grant.bound === 1,
      agent_id: grant.agent_id,
      granted_by: grant.granted_by,
      granted_at: formatTimestamp(grant.granted_at),
      last_released_at: formatOptionalTimestamp(await lastUse(db, grant, row.key_path)),
    })));
    return { secret: toSummary(row), uses };
  }
}

/** When an agent last used what it was granted; null where that is long ago, or never was. */
export async function lastUseBy(
  db: Queries,
  agent: { readonly agent_id: string; readonly namespace: string },
): Promise<Instant | null> {
  const row = await db.selectFrom(
    db.selectFrom("audit_log").select(["at", "action", "status", "namespace"])
      .where("agent_id", "=", agent.agent_id).orderBy("seq", "desc").limit(LOOKED_AT).as("newest"),
  ).select((eb) => eb.fn.max("at").as("at"))
    .where("action", "in", USES).where("status", "=", "success").where("namespace", "=", agent.namespace)
    .executeTakeFirst();
  return row?.at ?? null;
}

/** Rows of a use name the key paths. Projects of several namespaces may share a name. */
async function lastUse(
  db: Queries,
  project: { readonly project_name: string; readonly namespace: string },
  keyPath: string,
): Promise<Instant | null> {
  const row = await db.selectFrom("audit_log").select("at")
    .where("project_name", "=", project.project_name).where("namespace", "=", project.namespace)
    .where("action", "in", USES).where("status", "=", "success")
    .where(sql<boolean>`instr(details, ${JSON.stringify(keyPath)}) > 0`)
    .orderBy("seq", "desc").limit(1).executeTakeFirst();
  return row?.at ?? null;
}
