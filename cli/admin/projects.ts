/** Projects as an admin sees them, and what ends their access. */

import { FrozenProject, ProjectSummary, RevokedProject, UnfrozenProject } from "../../shared/api/projects.ts";
import { serverPath } from "../../shared/client/server_client.ts";
import { EXIT } from "../../shared/errors.ts";
import type { CliContext } from "../context.ts";
import { type AdminOptions, connectAsAdmin } from "./connection.ts";
import { listPages } from "./list_pages.ts";

export interface ProjectOptions extends AdminOptions {
  readonly namespace?: string | undefined;
}

export interface FreezeProjectOptions extends ProjectOptions {
  readonly reason?: string | undefined;
}

/** `list`. @throws VaultError */
export async function listProjects(options: ProjectOptions, context: CliContext): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const query = options.namespace === undefined ? {} : { namespace: options.namespace };
  const projects = await listPages(connection, "/admin/projects", { query, item: ProjectSummary });
  if (options.json) context.terminal.json(projects);
  else for (const project of projects) context.terminal.data(describe(project));
  return EXIT.ok;
}

/** `revoke`: tokens end; the agent gets new ones at its next run. @throws VaultError `project.not_found` */
export async function revokeProject(
  name: string,
  options: ProjectOptions,
  context: CliContext,
): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const parse = (value: unknown) => RevokedProject.safeParse(value).data;
  const answer = await connection.requestJson("POST", pathOf(name, "revoke", options), parse, { body: {} });
  if (options.json) context.terminal.json(answer);
  else {context.terminal.note(
      answer.already_revoked ? "There was no token to end" : `Tokens of ${name} ended`,
    );}
  return EXIT.ok;
}

/** `freeze`. @throws VaultError `project.not_found` */
export async function freezeProject(
  name: string,
  options: FreezeProjectOptions,
  context: CliContext,
): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const parse = (value: unknown) => FrozenProject.safeParse(value).data;
  const body = options.reason === undefined ? {} : { reason: options.reason };
  const answer = await connection.requestJson("POST", pathOf(name, "freeze", options), parse, { body });
  if (options.json) context.terminal.json(answer);
  else {context.terminal.note(
      `${name} ${answer.already_frozen ? "was frozen before" : "is frozen until unfreeze"}`,
    );}
  return EXIT.ok;
}

/** `unfreeze`. @throws VaultError `project.not_found` */
export async function unfreezeProject(
  name: string,
  options: ProjectOptions,
  context: CliContext,
): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const parse = (value: unknown) => UnfrozenProject.safeParse(value).data;
  const answer = await connection.requestJson("POST", pathOf(name, "unfreeze", options), parse, { body: {} });
  if (options.json) context.terminal.json(answer);
  else context.terminal.note(`${name} ${answer.was_frozen ? "works again" : "was not frozen"}`);
  return EXIT.ok;
}

function pathOf(name: string, verb: string, { namespace }: ProjectOptions): string {
  const query = namespace === undefined ? "" : `?namespace=${encodeURIComponent(namespace)}`;
  return `${serverPath("admin", "projects", name, verb)}${query}`;
}

function describe(project: ProjectSummary): string {
  const frozen = project.frozen_at === null ? "" : `  frozen: ${project.frozen_reason ?? "no reason given"}`;
  return `${project.project_name}  ${project.namespace}  of ${project.agent_id ?? "nobody"}  ` +
    `token ${project.token_status}${frozen}`;
}
