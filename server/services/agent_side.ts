/** The services that agents, their daemons and new hosts talk to, and what finds out who they are. */

import { AgentCallers } from "../identity/agent_callers.ts";
import { AttestationVerifier } from "../identity/attestation.ts";
import { DaemonCallers } from "../identity/daemon_callers.ts";
import { EmptyTokens } from "../identity/empty_token.ts";
import { ProjectCallers } from "../identity/project_callers.ts";
import { CallerCheck } from "./agents/caller_check.ts";
import { CommandRequestService } from "./approvals/command_requests.ts";
import { DaemonAttestService } from "./hosts/daemon_attest.ts";
import { DecoyAlarm } from "./release/decoys.ts";
import type { ServiceDeps } from "./deps.ts";
import { DeviceApprovalService } from "./hosts/device_approval.ts";
import { DeviceLoginService } from "./hosts/device_login.ts";
import { DiscoverService } from "./projects/discover.ts";
import { ExplainService } from "./projects/explain.ts";
import { ProjectConfigService } from "./release/project_config.ts";
import { ProjectTemplateService } from "./release/project_template.ts";
import { ProjectLeakService } from "./release/project_leaks.ts";
import { ProjectRunService } from "./release/project_run.ts";
import { ProjectSecretsService } from "./release/project_secrets.ts";
import { ProjectSignService } from "./release/project_sign.ts";
import { ProjectSshKeyService } from "./release/project_ssh_keys.ts";

export function createAgentSide(deps: ServiceDeps) {
  const { clock, config, signingKeys } = deps;
  const startedAt = deps.startedAt ?? clock.now();
  const { requireAttestation } = config;
  const attestation = new AttestationVerifier(deps.ledger, clock, startedAt);
  const emptyTokens = new EmptyTokens(clock);
  const decoys = new DecoyAlarm(deps);
  return {
    signingKeys,
    agentCallers: new AgentCallers({ ...deps, startedAt, attestation, requireAttestation }),
    callerCheck: new CallerCheck(deps),
    daemonCallers: new DaemonCallers(deps),
    projectCallers: new ProjectCallers({ ...deps, attestation, emptyTokens, requireAttestation }),
    daemonAttest: new DaemonAttestService({ ...deps, startedAt }),
    deviceLogin: new DeviceLoginService({ ...deps, startedAt }),
    deviceApproval: new DeviceApprovalService(deps),
    discover: new DiscoverService({ ...deps, emptyTokens }),
    commandRequests: new CommandRequestService(deps),
    explain: new ExplainService(deps),
    projectSecrets: new ProjectSecretsService(deps, decoys),
    projectRun: new ProjectRunService(deps, decoys),
    projectLeaks: new ProjectLeakService(deps),
    projectSign: new ProjectSignService(deps, decoys),
    projectSshKeys: new ProjectSshKeyService(deps, decoys),
    projectConfig: new ProjectConfigService(deps, decoys),
    projectTemplate: new ProjectTemplateService(deps, decoys),
  };
}
