/** Projects: whose they are, whether their tokens live, and an end to either. */

import { sql } from "kysely";
import type { ProjectListQuery, ProjectSummary, TokenStatus } from "../../../shared/api/projects.ts";
import { type Clock, formatOptionalTimestamp, formatTimestamp, type Instant } from "../../../shared/clock.ts";
import type { Ledger, Tx } from "../../audit/ledger.ts";
import type { AdminCaller } from "../../caller.ts";
import { raiseEvent } from "../../events/raise.ts";
import type { Queries } from "../../store/schema.ts";
import type { Store } from "../../store/store.ts";
import { findAgent } from "../agents/agent_rows.ts";
import type { ServiceDeps } from "../deps.ts";
import { readList, readMap } from "../json_columns.ts";
import { within } from "../namespace_reach.ts";
import { isTimeKey, type Page, readPage } from "../paging.ts";
import { findProject, type ProjectAddress, type ProjectRow } from "./project_rows.ts";
import { endProjectTokens } from "./revocation.ts";
import { success } from "../success.ts";

export interface DeletedProject {
  readonly tokens: number;
  readonly grants: number;
  readonly pendingGrants: number;
  readonly commandGrants: number;
}

export class ProjectService {
  readonly #store: Store;
  readonly #ledger: Ledger;
  readonly #clock: Clock;

  constructor({ store, ledger, clock }: ServiceDeps) {
    this.#store = store;
    this.#ledger = ledger;
    this.#clock = clock;
  }

  /** In the order in which they were made, each with its newest token. */
  async list(caller: AdminCaller, wanted: ProjectListQuery): Promise<Page<ProjectSummary>> {
    const { namespace, project_name, search } = wanted;
    let query = selectProjects(this.#store.reader).where(within(caller, "p.namespace"));
    if (namespace !== undefined) query = query.where("p.namespace", "=", namespace);
    if (project_name !== undefined) query = query.where("p.project_name", "=", project_name);
    if (search !== undefined) {
      query = query.where(sql<boolean>`instr(lower(p.project_name), lower(${search})) > 0`);
    }
    const now = this.#clock.now();
    const page = await readPage(query, {
      by: ["p.created_at", "p.id"],
      keyOf: (row) => [row.created_at, row.id],
      isKey: isTimeKey,
    }, wanted);
    return page.map((row) => toSummary(row, now));
  }

  /** Ends every token ever issued for the project; gives whether there was none left to end. */
  revoke(caller: AdminCaller, address: ProjectAddress): Promise<boolean> {
    return this.#change(caller, address, "revoke_project_token", async (tx, project) => {
      const ended = await endProjectTokens(tx, { projectRef: project.id }, this.#stop("revoked"));
      if (ended > 0) {
        await raiseEvent(tx, this.#clock.now(), {
          kind: "token_revoked",
          namespace: project.namespace,
          projectName: project.project_name,
          sourceIp: caller.origin.sourceIp,
          facts: { tokens: ended },
        });
      }
      return ended === 0;
    });
  }

  /** No reads and no new token until it is unfrozen; gives whether it was frozen before. */
  freeze(caller: AdminCaller, address: ProjectAddress, reason: string | null): Promise<boolean> {
    return this.#change(caller, address, "freeze_project", async (tx, project) => {
      if (project.frozen_at !== null) return true;
      const now = this.#clock.now();
      const changes = { frozen_at: now, frozen_reason: reason ?? "frozen by the admin", updated_at: now };
      await tx.db.updateTable("projects").set(changes).where("id", "=", project.id).execute();
      return false;
    });
  }

  /** Gives whether it was frozen. */
  unfreeze(caller: AdminCaller, address: ProjectAddress): Promise<boolean> {
    return this.#change(caller, address, "unfreeze_project", async (tx, project) => {
      const changes = { frozen_at: null, frozen_reason: null, updated_at: this.#clock.now() };
      await tx.db.updateTable("projects").set(changes).where("id", "=", project.id).execute();
      return project.frozen_at !== null;
    });
  }

  /**
   * Gives the project to another agent of its namespace. The tokens of the agent before end.
   * @throws VaultError `project.not_found`, `agent.not_found`
   */
  rebind(caller: AdminCaller, address: ProjectAddress, agentId: string): Promise<void> {
    return this.#change(caller, address, "rebind_project", async (tx, project) => {
      const agent = await findAgent(tx.db, agentId, project.namespace, caller);
      await endProjectTokens(tx, { projectRef: project.id }, this.#stop("rebound"));
      const changes = { agent_ref: agent.id, updated_at: this.#clock.now() };
      await tx.db.updateTable("projects").set(changes).where("id", "=", project.id).execute();
    }, { agentId });
  }

  /** What was granted and approved for its name goes too: the name starts anew. @throws VaultError `project.not_found` */
  delete(caller: AdminCaller, address: ProjectAddress): Promise<DeletedProject> {
    return this.#change(caller, address, "delete_project", async (tx, { id, namespace, project_name }) => {
      const tokens = await tx.db.deleteFrom("project_tokens").where("project_ref", "=", id)
        .executeTakeFirst();
      const grants = await tx.db.deleteFrom("project_grants")
        .where("namespace", "=", namespace).where("project_name", "=", project_name).executeTakeFirst();
      const pending = await tx.db.deleteFrom("pending_grants")
        .where("namespace", "=", namespace).where("project_name", "=", project_name).executeTakeFirst();
      const commands = await tx.db.deleteFrom("command_grants")
        .where("namespace", "=", namespace).where("project_name", "=", project_name).executeTakeFirst();
      await tx.db.deleteFrom("projects").where("id", "=", id).execute();
      return {
        tokens: Number(tokens.numDeletedRows),
        grants: Number(grants.numDeletedRows),
        pendingGrants: Number(pending.numDeletedRows),
        commandGrants: Number(commands.numDeletedRows),
      };
    });
  }

  async #change<T>(
    caller: AdminCaller,
    address: ProjectAddress,
    action: string,
    work: (tx: Tx, project: ProjectRow) => Promise<T>,
    facts: { readonly agentId?: string } = {},
  ): Promise<T> {
    return await this.#ledger.commit(async (tx) => {
      const project = await findProject(tx.db, address, caller);
      const { project_name: projectName, namespace } = project;
      await tx.audit(
        success(caller, action, { projectName, namespace, resourcePath: projectName, ...facts }),
      );
      return await work(tx, project);
    });
  }

  #stop(reason: string) {
    return { at: this.#clock.now(), reason };
  }
}

function selectProjects(db: Queries) {
  return db.selectFrom("projects as p")
    .leftJoin("agents as a", "a.id", "p.agent_ref")
    .leftJoin(
      "project_tokens as t",
      (join) =>
        join.on("t.id", "=", (eb) =>
          eb.selectFrom("project_tokens as newest").select("newest.id")
            .whereRef("newest.project_ref", "=", "p.id")
            .orderBy("newest.issued_at", "desc").orderBy("newest.id", "desc").limit(1)),
    )
    .select([
      "p.id",
      "p.project_name",
      "p.namespace",
      "p.created_at",
      "p.frozen_at",
      "p.frozen_reason",
      "a.agent_id",
      "t.env_mappings",
      "t.scope",
      "t.expires_at",
      "t.revoked_at",
    ]);
}

type ListedProject = Awaited<ReturnType<ReturnType<typeof selectProjects>["execute"]>>[number];

function toSummary(row: ListedProject, now: Instant): ProjectSummary {
  return {
    id: row.id,
    project_name: row.project_name,
    agent_id: row.agent_id,
    namespace: row.namespace,
    env_mappings: readMap(row.env_mappings),
    scope: readList(row.scope),
    created_at: formatTimestamp(row.created_at),
    token_expires_at: formatOptionalTimestamp(row.expires_at),
    token_revoked_at: formatOptionalTimestamp(row.revoked_at),
    token_status: statusOf(row, now),
    frozen_at: formatOptionalTimestamp(row.frozen_at),
    frozen_reason: row.frozen_reason,
  };
}

function statusOf({ expires_at, revoked_at }: ListedProject, now: Instant): TokenStatus {
  if (expires_at === null) return "none";
  if (revoked_at !== null) return "revoked";
  return expires_at <= now ? "expired" : "active";
}
