/** People, and what proves or carries who they are. Whatever lets somebody in is a digest here. */

export interface AdminUserTable {
  id: string;
  /** In its one form: lower case, no spaces. */
  email: string;
  display_name: string | null;
  /** JSON list of `RoleAssignment`. */
  roles: string;
  /** Null together, for who signs in by other means alone. */
  password_salt: Uint8Array | null;
  password_hash: Uint8Array | null;
  /** As `printArgon2` writes it. */
  password_kdf: string | null;
  /** Issuer and subject of the account at a provider of OpenID Connect, as a JSON list. */
  oidc_subject: string | null;
  disabled_at: number | null;
  last_sign_in_at: number | null;
  created_at: number;
  created_by: string;
  updated_at: number;
}

/** A one-time code by which a person sets a password; without a person, it makes the first account. */
export interface AdminInvitationTable {
  id: string;
  user_ref: string | null;
  code_hash: Uint8Array;
  created_at: number;
  expires_at: number;
  used_at: number | null;
}

export interface AdminSessionTable {
  id: string;
  user_ref: string;
  token_hash: Uint8Array;
  /** How the person signed in: `password`, `password+passkey`, `password+recovery_code`, `passkey`, `oidc`, `invitation`. */
  method: string;
  created_at: number;
  /** When the person last proved who they are. */
  proven_at: number;
  last_used_at: number;
  /** At the latest; silence ends it before. */
  expires_at: number;
  revoked_at: number | null;
  source_ip: string | null;
  user_agent: string | null;
}

export interface AdminApiTokenTable {
  id: string;
  user_ref: string;
  name: string;
  token_hash: Uint8Array;
  /** JSON list of rights; those that the person still has count. */
  rights: string;
  /** JSON list, or null for all that the person reaches. */
  namespaces: string | null;
  created_at: number;
  expires_at: number;
  last_used_at: number | null;
  revoked_at: number | null;
}

export interface AdminPasskeyTable {
  id: string;
  user_ref: string;
  name: string;
  /** Base64url, as WebAuthn gives it. */
  credential_id: string;
  /** COSE key. */
  public_key: Uint8Array;
  counter: number;
  /** JSON list of texts. */
  transports: string;
  created_at: number;
  last_used_at: number | null;
}

export interface AdminRecoveryCodeTable {
  id: string;
  user_ref: string;
  code_hash: Uint8Array;
  used_at: number | null;
}
