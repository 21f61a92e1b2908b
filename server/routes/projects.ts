/** `/admin/projects` and the grants below it. `?namespace=` says which of several projects of one name is meant. */

import * as z from "zod";
import { DeletedById } from "../../shared/api/done.ts";
import { FreezeRequest } from "../../shared/api/agents.ts";
import { PageQuery } from "../../shared/api/page.ts";
import {
  CreatedGrant,
  CreateGrantRequest,
  DeletedProject,
  FrozenProject,
  GrantSummary,
  ProjectListQuery,
  ProjectSummary,
  RebindProjectRequest,
  ReboundProject,
  RevokedProject,
  UnfrozenProject,
  UpdatedGrant,
  UpdateGrantRequest,
} from "../../shared/api/projects.ts";
import { NamespaceQuery } from "../../shared/api/text.ts";
import { adminEndpoint } from "../http/endpoint.ts";
import type { Routes } from "../http/mount.ts";
import type { ProjectGrantService } from "../services/projects/project_grants.ts";
import type { ProjectService } from "../services/projects/projects.ts";

const GrantsQuery = PageQuery.extend(NamespaceQuery.shape);

interface Addressed {
  readonly query: NamespaceQuery;
  param(name: string): string;
}

function addressOf({ query, param }: Addressed) {
  return { name: param("name"), namespace: query.namespace };
}

export function projectRoutes(projects: ProjectService): Routes {
  return {
    "GET /admin/projects": adminEndpoint(
      { query: ProjectListQuery, answer: z.array(ProjectSummary) },
      ({ caller, query }) => projects.list(caller, query),
    ),
    "DELETE /admin/projects/:name": adminEndpoint(
      { query: NamespaceQuery, answer: DeletedProject },
      async (ctx) => {
        const { tokens, grants, pendingGrants, commandGrants } = await projects.delete(
          ctx.caller,
          addressOf(ctx),
        );
        const counts = {
          tokens_deleted: tokens,
          grants_deleted: grants,
          pending_grants_deleted: pendingGrants,
          command_grants_deleted: commandGrants,
        };
        return { deleted: true, project_name: ctx.param("name"), ...counts };
      },
    ),
    "POST /admin/projects/:name/revoke": adminEndpoint(
      { query: NamespaceQuery, answer: RevokedProject },
      async (ctx) => {
        const already = await projects.revoke(ctx.caller, addressOf(ctx));
        return {
          revoked: true,
          project_name: ctx.param("name"),
          ...(already ? { already_revoked: true } : {}),
        };
      },
    ),
    "POST /admin/projects/:name/freeze": adminEndpoint(
      { body: FreezeRequest, bodyOptional: true, query: NamespaceQuery, answer: FrozenProject },
      async (ctx) => {
        const already = await projects.freeze(ctx.caller, addressOf(ctx), ctx.body.reason ?? null);
        return { frozen: true, project_name: ctx.param("name"), already_frozen: already };
      },
    ),
    "POST /admin/projects/:name/unfreeze": adminEndpoint(
      { query: NamespaceQuery, answer: UnfrozenProject },
      async (ctx) => {
        const was = await projects.unfreeze(ctx.caller, addressOf(ctx));
        return { frozen: false, project_name: ctx.param("name"), was_frozen: was };
      },
    ),
    "POST /admin/projects/:name/rebind": adminEndpoint(
      { body: RebindProjectRequest, query: NamespaceQuery, answer: ReboundProject },
      async (ctx) => {
        await projects.rebind(ctx.caller, addressOf(ctx), ctx.body.agent_id);
        return { rebound: true, project_name: ctx.param("name"), agent_id: ctx.body.agent_id };
      },
    ),
  };
}

export function projectGrantRoutes(grants: ProjectGrantService): Routes {
  return {
    "GET /admin/projects/:name/grants": adminEndpoint(
      { query: GrantsQuery, answer: z.array(GrantSummary) },
      (ctx) => grants.list(ctx.caller, addressOf(ctx), ctx.query),
    ),
    "POST /admin/projects/:name/grants": adminEndpoint(
      { body: CreateGrantRequest, status: 201, answer: CreatedGrant },
      ({ caller, body, param }) => grants.create(caller, param("name"), body),
    ),
    "PUT /admin/projects/:name/grants/:grant_id": adminEndpoint(
      { body: UpdateGrantRequest, answer: UpdatedGrant },
      async ({ caller, body, param }) => {
        const id = param("grant_id");
        return { updated: true, id, ...await grants.update(caller, param("name"), id, body) };
      },
    ),
    "DELETE /admin/projects/:name/grants/:grant_id": adminEndpoint(
      { answer: DeletedById },
      async ({ caller, param }) => {
        const id = param("grant_id");
        await grants.delete(caller, param("name"), id);
        return { deleted: true, id };
      },
    ),
  };
}
