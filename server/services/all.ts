/** Every service of the server, made once from the same few things. */

import { BackupService } from "./keys/backup.ts";
import { createAgentSide } from "./agent_side.ts";
import { createAccountsSide } from "./accounts_side.ts";
import { createAuditSide } from "./audit_side.ts";
import { AgentService } from "./agents/agents.ts";
import { AllowedCallerService } from "./agents/allowed_callers.ts";
import { ChannelService } from "./notices/channels.ts";
import { CommandGrantService } from "./approvals/command_grants.ts";
import { DaemonAllowlistService } from "./hosts/daemon_allowlist.ts";
import { DaemonSessionService } from "./hosts/daemon_sessions.ts";
import type { ServiceDeps } from "./deps.ts";
import { HealthService } from "./health.ts";
import { NotificationService } from "./notices/notifications.ts";
import { OverviewService } from "./overview.ts";
import type { RequestMetrics } from "../metrics/requests.ts";
import { PasswordTries } from "../recovery/password_tries.ts";
import { KekRotationService } from "./keys/kek_rotation.ts";
import { MetricsService } from "./metrics.ts";
import { NamespaceService } from "./namespaces.ts";
import { PageLinkService } from "./accounts/page_links.ts";
import { PendingGrantService } from "./approvals/pending_grants.ts";
import { PolicyService } from "./policies.ts";
import { ProjectGrantService } from "./projects/project_grants.ts";
import { ProjectService } from "./projects/projects.ts";
import { RecoveryShareService } from "./keys/recovery_shares.ts";
import { SealService } from "./keys/seal.ts";
import { SecretImportService } from "./secrets/secret_import.ts";
import { SecretUseService } from "./secrets/secret_uses.ts";
import { SecretVersionService } from "./secrets/secret_versions.ts";
import { SecretService } from "./secrets/secrets.ts";
import { SigningKeyService } from "./keys/signing_keys.ts";
import { ReachService } from "./projects/reach.ts";
import { UsageService } from "./projects/usage.ts";
import { WaitingService } from "./approvals/waiting.ts";

export type Services = ReturnType<typeof createServices>;

export function createServices(deps: ServiceDeps, requests: RequestMetrics) {
  const tries = new PasswordTries(deps.clock);
  const waiting = new WaitingService(deps);
  const auditSide = createAuditSide(deps);
  return {
    ...createAgentSide(deps),
    ...auditSide,
    ...createAccountsSide(deps),
    agents: new AgentService(deps),
    allowedCallers: new AllowedCallerService(deps),
    backups: new BackupService(deps),
    channels: new ChannelService(deps),
    notifications: new NotificationService(deps),
    overview: new OverviewService(deps, waiting),
    commandGrants: new CommandGrantService(deps),
    daemonAllowlist: new DaemonAllowlistService(deps),
    daemonSessions: new DaemonSessionService(deps),
    health: new HealthService(deps),
    kekRotation: new KekRotationService(deps, tries),
    metrics: new MetricsService(deps, { requests, waiting, sinks: auditSide.auditSinks }),
    namespaces: new NamespaceService(deps),
    pageLinks: new PageLinkService(deps),
    pendingGrants: new PendingGrantService(deps),
    policies: new PolicyService(deps),
    projectGrants: new ProjectGrantService(deps),
    projects: new ProjectService(deps),
    seal: new SealService(deps),
    recoveryShares: new RecoveryShareService(deps, tries),
    secretImport: new SecretImportService(deps),
    secrets: new SecretService(deps),
    secretUses: new SecretUseService(deps),
    secretVersions: new SecretVersionService(deps),
    signingKeyLife: new SigningKeyService(deps),
    reach: new ReachService(deps),
    usage: new UsageService(deps),
    waiting,
  };
}
