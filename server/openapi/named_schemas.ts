/** Every schema of the wire by the name under which it is exported. A test compares the list of files with the folder. */

import * as z from "zod";
import * as agents from "../../shared/api/agents.ts";
import * as allowedCallers from "../../shared/api/allowed_callers.ts";
import * as audit from "../../shared/api/audit.ts";
import * as auditSinks from "../../shared/api/audit_sinks.ts";
import * as auditVerify from "../../shared/api/audit_verify.ts";
import * as auth from "../../shared/api/auth.ts";
import * as channels from "../../shared/api/channels.ts";
import * as command from "../../shared/api/command.ts";
import * as commandGrants from "../../shared/api/command_grants.ts";
import * as daemon from "../../shared/api/daemon.ts";
import * as daemons from "../../shared/api/daemons.ts";
import * as device from "../../shared/api/device.ts";
import * as deviceAdmin from "../../shared/api/device_admin.ts";
import * as discover from "../../shared/api/discover.ts";
import * as done from "../../shared/api/done.ts";
import * as health from "../../shared/api/health.ts";
import * as jwks from "../../shared/api/jwks.ts";
import * as kekRotation from "../../shared/api/kek_rotation.ts";
import * as leaks from "../../shared/api/leaks.ts";
import * as namespaces from "../../shared/api/namespaces.ts";
import * as overview from "../../shared/api/overview.ts";
import * as page from "../../shared/api/page.ts";
import * as pageLinks from "../../shared/api/page_links.ts";
import * as pendingGrants from "../../shared/api/pending_grants.ts";
import * as people from "../../shared/api/people.ts";
import * as policies from "../../shared/api/policies.ts";
import * as project from "../../shared/api/project.ts";
import * as projects from "../../shared/api/projects.ts";
import * as reach from "../../shared/api/reach.ts";
import * as recovery from "../../shared/api/recovery.ts";
import * as runRelease from "../../shared/api/run_release.ts";
import * as seal from "../../shared/api/seal.ts";
import * as secretUses from "../../shared/api/secret_uses.ts";
import * as secretVersions from "../../shared/api/secret_versions.ts";
import * as secrets from "../../shared/api/secrets.ts";
import * as sign from "../../shared/api/sign.ts";
import * as signLimits from "../../shared/api/sign_limits.ts";
import * as signingKeys from "../../shared/api/signing_keys.ts";
import * as sshKeys from "../../shared/api/ssh_keys.ts";
import * as templates from "../../shared/api/templates.ts";
import * as auditHead from "../../shared/audit/head.ts";

const MODULES: readonly Readonly<Record<string, unknown>>[] = [
  agents,
  allowedCallers,
  audit,
  auditSinks,
  auditVerify,
  auth,
  channels,
  command,
  commandGrants,
  daemon,
  daemons,
  device,
  deviceAdmin,
  discover,
  done,
  health,
  jwks,
  kekRotation,
  leaks,
  namespaces,
  overview,
  page,
  pageLinks,
  pendingGrants,
  people,
  policies,
  project,
  projects,
  reach,
  recovery,
  runRelease,
  seal,
  secretUses,
  secretVersions,
  secrets,
  sign,
  signLimits,
  signingKeys,
  sshKeys,
  templates,
  auditHead,
];

/** Pieces of schemas have small initials and no name in the document. */
export const NAMED_SCHEMAS: readonly (readonly [string, z.ZodType])[] = MODULES.flatMap((module) =>
  Object.entries(module).flatMap(([name, value]) =>
    value instanceof z.ZodType && /^[A-Z]/.test(name) ? [[name, value] as const] : []
  )
);
