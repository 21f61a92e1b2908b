/** Projects with their grants, namespaces, and requests that wait. */

import { type AccessRow, change, fresh, look } from "./row.ts";

export const PROJECT_ROWS = {
  // Projects and their grants
  "GET /admin/projects": look("metadata.read", "list_projects", "Projects with the state of their tokens"),
  "DELETE /admin/projects/:name": change(
    "access.write",
    "delete_project",
    "Deletes a project with its tokens",
    {
      project: "name",
    },
  ),
  "POST /admin/projects/:name/revoke": change(
    "access.write",
    "revoke_project_token",
    "Revokes a project's tokens",
    {
      project: "name",
    },
  ),
  "POST /admin/projects/:name/freeze": change(
    "access.write",
    "freeze_project",
    "Stops reads and new tokens of a project",
    {
      project: "name",
    },
  ),
  "POST /admin/projects/:name/unfreeze": change(
    "access.write",
    "unfreeze_project",
    "Lets a frozen project work again",
    {
      project: "name",
    },
  ),
  "POST /admin/projects/:name/rebind": change(
    "access.write",
    "rebind_project",
    "Gives a project to another agent",
    {
      project: "name",
    },
  ),
  "GET /admin/projects/:name/grants": look(
    "metadata.read",
    "list_project_grants",
    "Secrets granted to a project",
    {
      project: "name",
    },
  ),
  "POST /admin/projects/:name/grants": change(
    "access.write",
    "create_project_grant",
    "Grants a secret to a project",
    {
      project: "name",
    },
  ),
  "PUT /admin/projects/:name/grants/:grant_id": change(
    "access.write",
    "update_project_grant",
    "Changes how a grant gives its value",
    { project: "name", resource: "grant_id" },
  ),
  "DELETE /admin/projects/:name/grants/:grant_id": change(
    "access.write",
    "delete_project_grant",
    "Takes a grant back",
    {
      project: "name",
      resource: "grant_id",
    },
  ),
  // Namespaces
  "GET /admin/namespaces": look("metadata.read", "list_namespaces", "Namespaces"),
  "POST /admin/namespaces": change("vault.manage", "create_namespace", "Adds a namespace"),
  "PUT /admin/namespaces/:name": fresh(
    change("vault.manage", "update_namespace", "Says how many people have to approve in a namespace"),
  ),
  "DELETE /admin/namespaces/:name": change("vault.manage", "delete_namespace", "Deletes an unused namespace"),
  // First accesses that wait for a person
  "GET /admin/pending-grants": look("metadata.read", "list_pending_grants", "Requests for access"),
  "POST /admin/pending-grants/:id/approve": change(
    "access.decide",
    "pending_grant_approve",
    "Approves all or part of a request",
    {
      resource: "id",
    },
  ),
  "GET /admin/command-grants": look(
    "metadata.read",
    "list_command_grants",
    "Requests for one command, and decisions",
  ),
  "POST /admin/command-grants/:id/approve": change(
    "access.decide",
    "command_grant_approve",
    "Approves one command, as it was shown or narrower",
    { resource: "id" },
  ),
  "POST /admin/command-grants/:id/deny": change("access.decide", "command_grant_deny", "Denies one command", {
    resource: "id",
  }),
  "DELETE /admin/command-grants/:id": change(
    "access.decide",
    "command_grant_end",
    "Ends the approval of a command",
    {
      resource: "id",
    },
  ),
  "POST /admin/pending-grants/:id/deny": change("access.decide", "pending_grant_deny", "Denies a request", {
    resource: "id",
  }),
  "DELETE /admin/pending-grants/:id": change(
    "access.decide",
    "pending_grant_delete",
    "Forgets a request and its decision",
    {
      resource: "id",
    },
  ),
} as const satisfies Readonly<Record<string, AccessRow>>;
