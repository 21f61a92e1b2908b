/** Values, and the keys of the vault itself. */

import { ENVELOPE, type TablesOf } from "./facts.ts";

export const VAULT_TABLES: TablesOf<
  | "vault_seal"
  | "server_keys"
  | "signing_key_handovers"
  | "recovery_sets"
  | "kek_rotations"
  | "secrets"
  | "secret_versions"
  | "notification_channels"
> = {
  vault_seal: {
    holds: "How the KEK comes from the password, and how a password is proved. One row.",
    plain: "id kdf kek_version created_at updated_at",
    salt: { salt: "of Argon2id, 16 random bytes" },
    sealed: { sentinel: "a known text under the KEK: a password that opens it is right" },
  },
  server_keys: {
    holds: "The server's own keys: for signing, for the audit log's MACs, the pepper of the admin token.",
    plain: "id purpose kek_version created_at retired_at",
    public: { public_key: "Ed25519, of a signing key" },
    sealed: ENVELOPE,
  },
  signing_key_handovers: {
    holds: "How each signing key vouched for the one after it.",
    plain: "to_kid from_kid at",
    public: { from_public: "Ed25519", to_public: "Ed25519" },
    signature: { signature: "by the older key" },
  },
  recovery_sets: {
    holds: "Which sets of recovery shares were made. Of the shares themselves nothing is kept.",
    plain: "id threshold shares kek_version created_at",
  },
  kek_rotations: {
    holds: "Rotations of the KEK; what is sealed or salt is there only while one runs.",
    plain:
      "to_version from_version state old_kdf rows_total rows_rewrapped secrets_rewrapped begun_at completed_at",
    salt: { old_salt: "of Argon2id, for the password before" },
    sealed: {
      old_sentinel: "the known text under the old KEK",
      old_kek_under_new: "the old KEK under the new one",
      new_kek_under_old: "the new KEK under the old one",
    },
  },
  secrets: {
    holds: "Each secret's present value, sealed; its name and description are not.",
    plain: "id namespace key_path secret_type encoding description is_honey_token unredactable kek_version " +
      "version created_at updated_at",
    sealed: ENVELOPE,
  },
  secret_versions: {
    holds: "Values that secrets had before.",
    plain: "id secret_ref namespace version encoding written_at replaced_at kek_version",
    sealed: ENVELOPE,
  },
  notification_channels: {
    holds:
      "Where people are told of events. Addresses, tokens and passwords of a channel are in the sealed body.",
    plain: "id channel_type name enabled description severities namespaces kek_version created_at updated_at",
    sealed: ENVELOPE,
  },
};
