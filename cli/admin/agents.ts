/** Agents as an operator sees them, and the freeze that stops one. */

import * as z from "zod";
import { serverPath } from "../../shared/client/server_client.ts";
import { EXIT } from "../../shared/errors.ts";
import type { CliContext } from "../context.ts";
import { type AdminOptions, connectAsAdmin } from "./connection.ts";
import { listPages } from "./list_pages.ts";

export interface AgentOptions extends AdminOptions {
  readonly namespace?: string | undefined;
}

export interface FreezeOptions extends AgentOptions {
  readonly reason?: string | undefined;
}

const Agent = z.object({
  id: z.string(),
  agent_id: z.string(),
  description: z.string().nullable(),
  namespace: z.string(),
  fingerprint: z.string(),
  created_at: z.string(),
  frozen_at: z.string().nullable(),
  frozen_reason: z.string().nullable(),
});
type Agent = z.infer<typeof Agent>;

const Frozen = z.object({ frozen: z.literal(true), agent_id: z.string(), already_frozen: z.boolean() });
const Unfrozen = z.object({ frozen: z.literal(false), agent_id: z.string(), was_frozen: z.boolean() });

/** `list`. @throws VaultError */
export async function listAgents(options: AgentOptions, context: CliContext): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const all = await listPages(connection, "/admin/agents", { item: Agent });
  const { namespace: wanted } = options;
  const agents = all.filter(({ namespace }) => wanted === undefined || namespace === wanted);
  if (options.json) context.terminal.json(agents);
  else for (const agent of agents) context.terminal.data(describe(agent));
  return EXIT.ok;
}

/** `freeze`. @throws VaultError `agent.not_found`, `agent.ambiguous` */
export async function freezeAgent(
  agentId: string,
  options: FreezeOptions,
  context: CliContext,
): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const parse = (value: unknown) => Frozen.safeParse(value).data;
  const body = options.reason === undefined ? {} : { reason: options.reason };
  const answer = await connection.requestJson("POST", pathOf(agentId, "freeze", options), parse, { body });
  if (options.json) context.terminal.json(answer);
  else if (answer.already_frozen) context.terminal.note(`${agentId} was frozen before`);
  else context.terminal.note(`${agentId} is frozen: nothing of it passes until unfreeze`);
  return EXIT.ok;
}

/** `unfreeze`. @throws VaultError `agent.not_found`, `agent.ambiguous` */
export async function unfreezeAgent(
  agentId: string,
  options: AgentOptions,
  context: CliContext,
): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const parse = (value: unknown) => Unfrozen.safeParse(value).data;
  const answer = await connection.requestJson("POST", pathOf(agentId, "unfreeze", options), parse, {
    body: {},
  });
  if (options.json) context.terminal.json(answer);
  else if (answer.was_frozen) {
    context.terminal.note(`${agentId} may work again; tokens that ended stay ended`);
  } else context.terminal.note(`${agentId} was not frozen`);
  return EXIT.ok;
}

function pathOf(agentId: string, verb: string, { namespace }: AgentOptions): string {
  const query = namespace === undefined ? "" : `?namespace=${encodeURIComponent(namespace)}`;
  return `${serverPath("admin", "agents", agentId, verb)}${query}`;
}

function describe(agent: Agent): string {
  const frozen = agent.frozen_at === null
    ? ""
    : `  frozen ${agent.frozen_at} UTC: ${agent.frozen_reason ?? "no reason given"}`;
  return `${agent.agent_id}  ${agent.namespace}  ${agent.fingerprint}  registered ${agent.created_at} UTC${frozen}`;
}
