/** Agents, what they may have, and what lets their daemons in. */

import type { TablesOf } from "./facts.ts";

const OPAQUE = "SHA-256 of 256 random bits that only the bearer has";

export const AGENT_TABLES: TablesOf<
  | "namespaces"
  | "agents"
  | "agent_callers"
  | "policies"
  | "projects"
  | "project_tokens"
  | "project_grants"
  | "pending_grants"
  | "command_grants"
  | "approvals_given"
  | "devices"
  | "access_tokens"
  | "daemon_sessions"
  | "allowed_daemons"
> = {
  namespaces: {
    holds: "Namespaces, and whether two people have to approve in them.",
    plain: "name description two_people created_at",
  },
  agents: {
    holds: "Agents and their public keys; the private half never leaves the agent's host.",
    plain: "id namespace agent_id description frozen_at frozen_reason created_at updated_at",
    public: { agent_pub: "Ed25519" },
  },
  agent_callers: {
    holds: "Programs that may act for an agent.",
    plain: "agent_ref role label created_at created_by",
    digest: { sha256: "SHA-256 of the program's file" },
  },
  policies: {
    holds: "What agents may ask for.",
    plain: "id policy_name agent_pattern allowed_paths denied_paths on_leak allow_unredacted created_at",
  },
  projects: {
    holds: "Projects, each bound to its agent.",
    plain: "id namespace project_name agent_ref frozen_at frozen_reason created_at updated_at",
  },
  project_tokens: {
    holds: "Project tokens that were issued, with their scope: names, never values.",
    plain: "id project_ref env_mappings scope issued_at expires_at revoked_at revoked_reason signed_kid",
    digest: { token_hash: OPAQUE },
  },
  project_grants: {
    holds: "Which secret a project gets, under which name, in which way.",
    plain: "id namespace project_name secret_ref env_var_name effective_name delivery read_once bound " +
      "sign_limits granted_by granted_at",
  },
  pending_grants: {
    holds: "Requests for access, and what a person said.",
    plain:
      "id agent_ref namespace project_name requested_keys approved_keys status requested_at updated_at " +
      "decided_at decided_by auto_approval_until source_ip asked_from note term",
  },
  command_grants: {
    holds: "Requests for exactly one command, with the command as it was shown, and what a person said.",
    plain:
      "id agent_ref namespace project_name requested_keys approved_keys binding status note uses_asked " +
      "seconds_asked uses_left valid_until used last_used_at requested_at decided_at decided_by source_ip " +
      "hostname",
    digest: { request_sha256: "SHA-256 of all that the approver was shown" },
  },
  approvals_given: {
    holds: "First approvals of two, until the second.",
    plain: "request_ref person given_at",
    digest: { terms_sha256: "SHA-256 of the request and its terms" },
  },
  devices: {
    holds:
      "Logins of hosts. The short code that a person types is plain; it lives for minutes and lets in nobody.",
    plain: "id user_code status requested_agent_id requested_namespace hostname os device_name agent_ref " +
      "source_ip failed_proofs created_at expires_at decided_at decided_by redeemed_at",
    public: { agent_pub: "Ed25519, possession proved" },
    digest: { device_code_hash: OPAQUE },
  },
  access_tokens: {
    holds: "Names (jti) of the signed tokens of daemons, so that they can be revoked; not the tokens.",
    plain: "id agent_ref device_ref issued_at expires_at revoked_at kid",
  },
  daemon_sessions: {
    holds: "Attested sessions of daemons.",
    plain: "session_id agent_ref access_token_ref daemon_version daemon_pid daemon_uid hostname boot_id " +
      "signed_until created_at expires_at revoked_at revoked_reason",
    public: { attestation_pub: "Ed25519 of the session; the private half is in the daemon's memory" },
    digest: { binary_sha256: "SHA-256 of the daemon's program" },
  },
  allowed_daemons: {
    holds: "Daemons that may attest.",
    plain: "version description enabled created_at",
    digest: { binary_sha256: "SHA-256 of the program" },
  },
};
