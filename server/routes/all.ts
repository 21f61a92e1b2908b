/** The handlers of all routes: exactly the rows of the access table. */

import type { Routes } from "../http/mount.ts";
import type { Services } from "../services/all.ts";
import type { SessionCookies } from "../middleware/session_cookies.ts";
import type { AdminTokenService } from "../services/accounts/admin_token.ts";
import { agentSideRoutes } from "./agent_side.ts";
import { agentRoutes } from "./agents.ts";
import { allowedCallerRoutes } from "./allowed_callers.ts";
import { auditLogRoutes } from "./audit_logs.ts";
import { auditProofRoutes } from "./audit_proof.ts";
import { auditSinkRoutes } from "./audit_sinks.ts";
import { authRoutes } from "./auth.ts";
import { backupRoutes } from "./backup.ts";
import { channelRoutes } from "./channels.ts";
import { commandGrantRoutes } from "./command_grants.ts";
import { daemonAllowlistRoutes, daemonSessionRoutes } from "./daemons.ts";
import { healthRoutes } from "./health.ts";
import { metricsRoutes } from "./metrics.ts";
import { namespaceRoutes } from "./namespaces.ts";
import { overviewRoutes } from "./overview.ts";
import { oidcRoutes } from "./oidc.ts";
import { passkeyRoutes } from "./passkeys.ts";
import { accountRoutes, peopleRoutes } from "./people.ts";
import { pendingGrantRoutes } from "./pending_grants.ts";
import { policyRoutes } from "./policies.ts";
import { projectGrantRoutes, projectRoutes } from "./projects.ts";
import { reachRoutes } from "./reach.ts";
import { rotateKeyRoutes } from "./rotate_key.ts";
import { secretVersionRoutes } from "./secret_versions.ts";
import { secretRoutes } from "./secrets.ts";
import { shamirRoutes } from "./shamir.ts";
import { pageLinkRoutes } from "./signin.ts";
import { sysRoutes } from "./sys.ts";
import { signingKeyRoutes } from "./signing_keys.ts";

/** The JSON API: what the pages call as well. */
export function apiRoutes(services: Services): Routes {
  return {
    ...healthRoutes(services.health),
    ...agentSideRoutes(services),
    ...secretRoutes(services.secrets, services.secretImport, services.secretUses),
    ...secretVersionRoutes(services.secretVersions),
    ...agentRoutes(services.agents),
    ...allowedCallerRoutes(services.allowedCallers),
    ...policyRoutes(services.policies),
    ...projectRoutes(services.projects),
    ...projectGrantRoutes(services.projectGrants),
    ...namespaceRoutes(services.namespaces),
    ...pendingGrantRoutes(services.pendingGrants),
    ...commandGrantRoutes(services.commandGrants),
    ...daemonAllowlistRoutes(services.daemonAllowlist),
    ...daemonSessionRoutes(services.daemonSessions),
    ...rotateKeyRoutes(services.kekRotation),
    ...sysRoutes(services.seal),
    ...shamirRoutes(services.recoveryShares),
    ...signingKeyRoutes(services.signingKeyLife),
    ...auditLogRoutes(services.auditLog),
    ...auditProofRoutes(services.auditProof, services.auditVerification),
    ...auditSinkRoutes(services.auditSinks),
    ...backupRoutes(services.backups),
    ...channelRoutes(services.channels),
    ...pageLinkRoutes(services.pageLinks),
    ...metricsRoutes(services.metrics),
    ...overviewRoutes(services.overview, services.waiting),
    ...reachRoutes(services.reach, services.usage),
  };
}

/** Of people, how they sign in, and what they do with their accounts. */
export function accountSideRoutes(
  services: Services,
  adminToken: AdminTokenService,
  cookies: SessionCookies,
): Routes {
  return {
    ...authRoutes({ signIn: services.signIn, account: services.account, cookies }),
    ...peopleRoutes(services.people, adminToken),
    ...accountRoutes(services.account, cookies),
    ...oidcRoutes(services.oidcSignIn, cookies),
    ...passkeyRoutes(services.passkeys, cookies),
  };
}
