/** Every page of the dashboard. */

import type { PageRoute } from "../page.ts";
import { approvalPages } from "./approvals.tsx";
import { accountPages } from "./account.tsx";
import { oneAgentPages } from "./agent.tsx";
import { agentCallerPages } from "./agent_callers.tsx";
import { agentPages } from "./agents.tsx";
import { auditPages } from "./audit.tsx";
import { auditEntryPages } from "./audit_entry.tsx";
import { daemonPages } from "./daemons.tsx";
import { devicePages } from "./device.tsx";
import { grantPages } from "./grant.tsx";
import { keyPages } from "./keys.tsx";
import { namespacePages } from "./namespaces.tsx";
import { notificationPages } from "./notifications.tsx";
import { overviewPages } from "./overview.tsx";
import { peoplePages } from "./people.tsx";
import { provePages } from "./prove.tsx";
import { policyPages } from "./policies.tsx";
import { oneProjectPages } from "./project.tsx";
import { projectPages } from "./projects.tsx";
import { reachPages } from "./reach.tsx";
import { settingsPages } from "./settings.tsx";
import { sharePages } from "./shares.tsx";
import { usagePages } from "./usage.tsx";
import { oneSecretPages } from "./secret.tsx";
import { secretImportPages } from "./secret_import.tsx";
import { secretPages } from "./secrets.tsx";

export const ALL_PAGES: readonly PageRoute[] = [
  ...overviewPages,
  ...approvalPages,
  ...devicePages,
  ...secretPages,
  ...secretImportPages,
  ...oneSecretPages,
  ...projectPages,
  ...oneProjectPages,
  ...grantPages,
  ...agentPages,
  ...oneAgentPages,
  ...agentCallerPages,
  ...daemonPages,
  ...policyPages,
  ...namespacePages,
  ...auditPages,
  ...auditEntryPages,
  ...usagePages,
  ...reachPages,
  ...notificationPages,
  ...keyPages,
  ...sharePages,
  ...settingsPages,
  ...peoplePages,
  ...accountPages,
  ...provePages,
];
