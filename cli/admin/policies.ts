/** Policies as an admin keeps them: what agents may read at most, whatever is granted. */

import { CreatedPolicy, PolicySummary } from "../../shared/api/policies.ts";
import { serverPath } from "../../shared/client/server_client.ts";
import { EXIT, VaultError } from "../../shared/errors.ts";
import type { CliContext } from "../context.ts";
import { type AdminOptions, connectAsAdmin } from "./connection.ts";
import { listPages } from "./list_pages.ts";

export interface AddPolicyOptions extends AdminOptions {
  readonly agents: string;
  readonly allow: readonly string[];
  readonly deny?: readonly string[] | undefined;
  readonly onLeak?: string | undefined;
  readonly allowUnredacted?: true | undefined;
}

/** `list`. @throws VaultError */
export async function listPolicies(options: AdminOptions, context: CliContext): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const policies = await listPages(connection, "/admin/policies", { item: PolicySummary });
  if (options.json) context.terminal.json(policies);
  else for (const policy of policies) context.terminal.data(describe(policy));
  return EXIT.ok;
}

/** `add`. @throws VaultError `policy.exists`, `request.invalid` */
export async function addPolicy(
  name: string,
  { agents, allow, deny, onLeak, allowUnredacted, ...options }: AddPolicyOptions,
  context: CliContext,
): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const body = {
    policy_name: name,
    agent_pattern: agents,
    allowed_paths: allow,
    denied_paths: deny ?? [],
    ...(onLeak === undefined ? {} : { on_leak: onLeak }),
    ...(allowUnredacted === true ? { allow_unredacted: true } : {}),
  };
  const parse = (value: unknown) => CreatedPolicy.safeParse(value).data;
  const created = await connection.requestJson("POST", "/admin/policies", parse, { body });
  if (options.json) context.terminal.json(created);
  else {
    context.terminal.data(created.id);
    context.terminal.note(`The policy ${created.policy_name} counts from the next read on`);
  }
  return EXIT.ok;
}

/** `remove`, by name or id. @throws VaultError `policy.not_found` */
export async function removePolicy(
  name: string,
  options: AdminOptions,
  context: CliContext,
): Promise<number> {
  const connection = await connectAsAdmin(options, context);
  const policies = await listPages(connection, "/admin/policies", { item: PolicySummary });
  const policy = policies.find(({ id, policy_name }) => id === name || policy_name === name);
  if (policy === undefined) {
    throw new VaultError("policy.not_found", "There is no such policy; list them for their names");
  }
  await connection.requestJson("DELETE", serverPath("admin", "policies", policy.id), (value) => value ?? {});
  if (options.json) context.terminal.json({ removed: policy.id });
  else context.terminal.note(`The policy ${policy.policy_name} is gone`);
  return EXIT.ok;
}

function describe({ id, policy_name, agent_pattern, ...rest }: PolicySummary): string {
  const denied = rest.denied_paths.length === 0 ? "" : `  denied ${rest.denied_paths.join(" ")}`;
  const unredacted = rest.allow_unredacted ? "  may run unredacted" : "";
  return `${id}  ${policy_name}  agents ${agent_pattern}  allowed ${rest.allowed_paths.join(" ")}${denied}` +
    `  on a leak: ${rest.on_leak}${unredacted}`;
}
