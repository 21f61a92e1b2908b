/** People, and what lets them in: digests throughout. */

import type { TablesOf } from "./facts.ts";

const CODE = "SHA-256 of a random code";
const TOKEN = "SHA-256 of 256 random bits";

export const PEOPLE_TABLES: TablesOf<
  | "admin_tokens"
  | "admin_users"
  | "admin_invitations"
  | "admin_sessions"
  | "admin_api_tokens"
  | "admin_passkeys"
  | "admin_recovery_codes"
> = {
  admin_tokens: {
    holds: "The admin token.",
    plain: "id origin created_at",
    mac: { token_mac: "HMAC-SHA-256 of the token under the sealed pepper" },
  },
  admin_users: {
    holds: "Accounts of people.",
    plain: "id email display_name roles password_kdf oidc_subject disabled_at last_sign_in_at created_at " +
      "created_by updated_at",
    salt: { password_salt: "of Argon2id" },
    digest: { password_hash: "Argon2id" },
  },
  admin_invitations: {
    holds: "Links that set a password once.",
    plain: "id user_ref created_at expires_at used_at",
    digest: { code_hash: CODE },
  },
  admin_sessions: {
    holds: "Sessions of browsers.",
    plain: "id user_ref method created_at proven_at last_used_at expires_at revoked_at source_ip user_agent",
    digest: { token_hash: TOKEN },
  },
  admin_api_tokens: {
    holds: "API tokens of people, with their rights.",
    plain: "id user_ref name rights namespaces created_at expires_at last_used_at revoked_at",
    digest: { token_hash: TOKEN },
  },
  admin_passkeys: {
    holds: "Passkeys; the private half is in the person's device.",
    plain: "id user_ref name credential_id counter transports created_at last_used_at",
    public: { public_key: "COSE key" },
  },
  admin_recovery_codes: {
    holds: "Recovery codes of accounts.",
    plain: "id user_ref used_at",
    digest: { code_hash: CODE },
  },
};
