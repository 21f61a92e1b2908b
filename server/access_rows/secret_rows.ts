/** Secrets, agents and policies. */

import { type AccessRow, change, fresh, look } from "./row.ts";

export const SECRET_ROWS = {
  // Secrets
  "GET /admin/secrets": look("metadata.read", "list_secrets", "Secrets without their values"),
  "POST /admin/secrets": change("secret.write", "create_secret", "Stores a secret"),
  "POST /admin/secrets/bulk": change(
    "secret.write",
    "import_secrets",
    "Stores the assignments of a dotenv text",
  ),
  "GET /admin/secrets/:id": fresh(
    change("secret.read", "read_secret", "One secret with its value", { resource: "id" }),
  ),
  "PUT /admin/secrets/:id": change("secret.write", "update_secret", "Changes a secret", { resource: "id" }),
  "DELETE /admin/secrets/:id": change("secret.write", "delete_secret", "Deletes a secret and its grants", {
    resource: "id",
  }),
  "GET /admin/secrets/:id/uses": look("metadata.read", "list_secret_uses", "Where a secret is used", {
    resource: "id",
  }),
  "GET /admin/secrets/:id/versions": look(
    "metadata.read",
    "list_secret_versions",
    "The versions of a secret, without values",
    {
      resource: "id",
    },
  ),
  "DELETE /admin/secrets/:id/versions": change(
    "secret.write",
    "destroy_secret_version",
    "Destroys the older values of a secret",
    { resource: "id" },
  ),
  "GET /admin/secrets/:id/versions/:version": fresh(
    change("secret.read", "read_secret", "One version of a secret with its value", {
      resource: "id",
    }),
  ),
  "DELETE /admin/secrets/:id/versions/:version": change(
    "secret.write",
    "destroy_secret_version",
    "Destroys one older value of a secret",
    { resource: "id" },
  ),
  "POST /admin/secrets/:id/rollback": change(
    "secret.write",
    "rollback_secret",
    "Makes an older value the present one",
    {
      resource: "id",
    },
  ),
  // Agents
  "GET /admin/agents": look("metadata.read", "list_agents", "Registered agents"),
  "POST /admin/agents": change("access.write", "create_agent", "Registers an agent and its public key"),
  "PUT /admin/agents/:agent_id": change(
    "access.write",
    "update_agent",
    "Changes an agent's key or description",
    {
      agent: "agent_id",
    },
  ),
  "DELETE /admin/agents/:agent_id": change(
    "access.write",
    "delete_agent",
    "Deletes an agent with its tokens and sessions",
    {
      agent: "agent_id",
    },
  ),
  "POST /admin/agents/:agent_id/freeze": change(
    "access.write",
    "freeze_agent",
    "Stops everything an agent can do",
    {
      agent: "agent_id",
    },
  ),
  "POST /admin/agents/:agent_id/unfreeze": change(
    "access.write",
    "unfreeze_agent",
    "Lets a frozen agent work again",
    {
      agent: "agent_id",
    },
  ),
  "GET /admin/agents/:agent_id/allowed-callers": look(
    "metadata.read",
    "list_allowed_callers",
    "Programs that may act for an agent",
    { agent: "agent_id" },
  ),
  "POST /admin/agents/:agent_id/allowed-callers": change(
    "access.write",
    "allowed_caller_add",
    "Lets a program act for an agent, and no other that is not listed",
    { agent: "agent_id" },
  ),
  "DELETE /admin/agents/:agent_id/allowed-callers": change(
    "access.write",
    "allowed_caller_remove",
    "Takes a program off the list of an agent",
    { agent: "agent_id" },
  ),
  // Policies
  "GET /admin/policies": look("vault.read", "list_policies", "Policies"),
  "GET /admin/policies/test": look(
    "metadata.read",
    "test_policy",
    "Whether an agent may read a secret for a project, and why",
  ),
  "GET /admin/reach": look(
    "metadata.read",
    "list_reach",
    "What agents could read now, and what stands before the rest",
  ),
  "GET /admin/usage": look("metadata.read", "list_usage", "How often values were released, by day"),
  "POST /admin/policies": change("vault.manage", "create_policy", "Adds a policy"),
  "PUT /admin/policies/:id": change("vault.manage", "update_policy", "Changes a policy", { resource: "id" }),
  "DELETE /admin/policies/:id": change("vault.manage", "delete_policy", "Deletes a policy", {
    resource: "id",
  }),
} as const satisfies Readonly<Record<string, AccessRow>>;
