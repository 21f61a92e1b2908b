/** The routes of agents, their daemons and new hosts. */

import type { Routes } from "../http/mount.ts";
import type { Services } from "../services/all.ts";
import { commandRequestRoutes } from "./command_grants.ts";
import { daemonAttestRoutes } from "./daemon_attest.ts";
import { deviceRoutes } from "./devices.ts";
import { discoverRoutes } from "./discover.ts";
import { jwksRoutes } from "./jwks.ts";
import { projectLeakRoutes } from "./project_leaks.ts";
import { projectReadRoutes } from "./project_reads.ts";
import { projectSignRoutes } from "./project_sign.ts";
import { projectSshKeyRoutes } from "./project_ssh_keys.ts";

export function agentSideRoutes(services: Services): Routes {
  return {
    ...jwksRoutes(services.signingKeys),
    ...deviceRoutes(services.deviceLogin, services.deviceApproval),
    ...daemonAttestRoutes(services.daemonAttest),
    ...discoverRoutes(services.agentCallers, services.discover),
    ...commandRequestRoutes(services.agentCallers, services.commandRequests, services.explain),
    ...projectReadRoutes(services),
    ...projectLeakRoutes(services.projectLeaks),
    ...projectSignRoutes(services.projectSign),
    ...projectSshKeyRoutes(services.projectSshKeys),
  };
}
