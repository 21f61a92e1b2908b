/** The handlers of all routes. */

import { accessRow, ROUTE_KEYS } from "../access_table.ts";
import { VaultError } from "../../shared/errors.ts";
import type { Endpoint } from "../http/endpoint.ts";
import type { Routes } from "../http/mount.ts";
import type { Services } from "../services/all.ts";
import { agentSideRoutes } from "./agent_side.ts";
import { agentRoutes } from "./agents.ts";
import { auditLogRoutes } from "./audit_logs.ts";
import { daemonAllowlistRoutes, daemonSessionRoutes } from "./daemons.ts";
import { healthRoutes } from "./health.ts";
import { namespaceRoutes } from "./namespaces.ts";
import { pendingGrantRoutes } from "./pending_grants.ts";
import { policyRoutes } from "./policies.ts";
import { projectGrantRoutes, projectRoutes } from "./projects.ts";
import { secretRoutes } from "./secrets.ts";

export function allRoutes(services: Services): Routes {
  return withPlaceholders({
    ...healthRoutes(services.health),
    ...agentSideRoutes(services),
    ...secretRoutes(services.secrets, services.secretImport),
    ...agentRoutes(services.agents),
    ...policyRoutes(services.policies),
    ...projectRoutes(services.projects),
    ...projectGrantRoutes(services.projectGrants),
    ...namespaceRoutes(services.namespaces),
    ...pendingGrantRoutes(services.pendingGrants),
    ...daemonAllowlistRoutes(services.daemonAllowlist),
    ...daemonSessionRoutes(services.daemonSessions),
    ...auditLogRoutes(services.auditLog),
  });
}

/** While the rooms are being built: a row whose handler has not landed answers 404. Goes away with the last of them. */
function withPlaceholders(routes: Routes): Routes {
  const missing = ROUTE_KEYS.filter((key) => routes[key] === undefined).map((
    key,
  ): [string, Endpoint] => [key, {
    kind: accessRow(key).caller,
    spec: {},
    run: () => Promise.reject(new VaultError("request.route_not_found", "This route is not built yet")),
  }]);
  return { ...Object.fromEntries(missing), ...routes };
}
