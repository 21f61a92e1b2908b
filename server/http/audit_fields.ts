/**
 * What of a request's address an audit row may name. Anybody can put anything into an address, a secret by mistake
 * included, so only what has the form of a name or an id of ours is taken over.
 */

import type { AuditedFields } from "../access_rows/row.ts";
import { parseAgentId, parseProjectName } from "../../shared/names.ts";
import type { Incoming } from "./incoming.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

interface NamedFields {
  readonly agentId?: string;
  readonly projectName?: string;
  readonly resourcePath?: string;
}

export function auditFields(fields: AuditedFields, incoming: Incoming): NamedFields {
  const named: { agentId?: string; projectName?: string; resourcePath?: string } = {};
  const agent = read(fields.agent, incoming, parseAgentId);
  if (agent !== undefined) named.agentId = agent;
  const project = read(fields.project, incoming, parseProjectName);
  if (project !== undefined) named.projectName = project;
  const resource = read(fields.resource, incoming, parseUuid) ?? project;
  if (resource !== undefined) named.resourcePath = resource;
  return named;
}

function read(
  parameter: string | undefined,
  incoming: Incoming,
  parse: (text: string) => string,
): string | undefined {
  if (parameter === undefined) return undefined;
  try {
    return parse(incoming.param(parameter));
  } catch {
    return undefined;
  }
}

function parseUuid(text: string): string {
  if (!UUID.test(text)) throw new Error("not an id");
  return text;
}
