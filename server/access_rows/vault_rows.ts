/** Devices and daemons, and the vault itself: backup, seal, keys, log. */

import { type AccessRow, change, fresh, look, open, unlogged } from "./row.ts";

export const VAULT_ROWS = {
  // Devices and daemons
  "GET /admin/devices": look("metadata.read", "list_devices", "Logins of hosts"),
  "GET /admin/devices/by-code/:user_code": look(
    "metadata.read",
    "read_device",
    "The login that waits under a user code",
  ),
  "POST /admin/web/device/approve": change("access.decide", "device_approve", "Approves the login of a host"),
  "POST /admin/web/device/deny": change("access.decide", "device_deny", "Denies the login of a host"),
  "DELETE /admin/devices/:agent_id": change(
    "access.write",
    "device_delete",
    "Revokes the logins of an agent",
    {
      agent: "agent_id",
    },
  ),
  "GET /admin/allowed-daemon-versions": look(
    "vault.read",
    "list_allowed_daemon_versions",
    "Daemon binaries that may attest",
  ),
  "POST /admin/allowed-daemon-versions": change(
    "vault.manage",
    "allowed_daemon_version_add",
    "Allows a daemon binary",
  ),
  "DELETE /admin/allowed-daemon-versions/:sha": change(
    "vault.manage",
    "allowed_daemon_version_remove",
    "Removes a daemon binary from the list and ends its sessions",
  ),
  "GET /admin/daemon-sessions": look("metadata.read", "list_daemon_sessions", "Attested daemon sessions"),
  "DELETE /admin/daemon-sessions/:id": change(
    "access.write",
    "daemon_session_revoke",
    "Revokes a daemon session",
    {
      resource: "id",
    },
  ),
  // Monitoring
  "GET /metrics": unlogged(
    look("vault.read", "read_metrics", "Counts and durations in the format of Prometheus"),
  ),
  // Backup
  "POST /admin/backup": fresh(change("vault.manage", "backup", "The whole vault as an encrypted archive")),
  // The seal
  "GET /sys/seal-status": open("seal_status", "public", "Whether the vault is sealed"),
  "POST /sys/unseal": open("vault_unseal", "public", "Unseals a sealed vault by its password or by shares"),
  "POST /sys/seal": change(
    "vault.manage",
    "vault_seal",
    "Wipes the keys and serves nothing until the vault is unsealed",
  ),
  // Keys of the vault and recovery shares
  "GET /admin/rotate-key": look("vault.read", "kek_rotation_status", "How far the rotation of the key is"),
  "POST /admin/rotate-key": fresh(
    change("vault.manage", "rotate_kek", "Sets a new password and rotates the key"),
  ),
  "GET /admin/shamir/sets": look(
    "vault.read",
    "list_recovery_sets",
    "Sets of recovery shares that were made",
  ),
  "POST /admin/shamir/generate": fresh(change("vault.manage", "shamir_generate", "Makes recovery shares")),
  // Keys that sign tokens
  "GET /admin/notification-channels": look(
    "vault.read",
    "list_channels",
    "Channels that people are told by; no configuration",
  ),
  "POST /admin/notification-channels": change(
    "vault.manage",
    "create_notification_channel",
    "Adds a channel that people are told by",
  ),
  "PUT /admin/notification-channels/:id": change(
    "vault.manage",
    "update_notification_channel",
    "Changes a channel",
    {
      resource: "id",
    },
  ),
  "DELETE /admin/notification-channels/:id": change(
    "vault.manage",
    "delete_notification_channel",
    "Deletes a channel",
    {
      resource: "id",
    },
  ),
  "POST /admin/notification-channels/:id/test": change(
    "vault.manage",
    "test_notification_channel",
    "Sends a test message to one channel",
    {
      resource: "id",
    },
  ),
  "GET /admin/notification-channels/:id/deliveries": look(
    "vault.read",
    "list_deliveries",
    "What a channel was told",
    {
      resource: "id",
    },
  ),
  "GET /admin/signing-keys": look(
    "vault.read",
    "list_signing_keys",
    "Keys that sign tokens, and what each of them signed",
  ),
  "POST /admin/signing-keys/rotate": fresh(
    change("vault.manage", "signing_key_rotate", "Makes the next key that signs tokens"),
  ),
  "DELETE /admin/signing-keys/:kid": fresh(
    change("vault.manage", "signing_key_destroy", "Destroys a retired signing key", {
      resource: "kid",
    }),
  ),
  // Audit log
  "GET /admin/audit-sinks": look("vault.read", "list_audit_sinks", "Where audit rows go beside the database"),
  "GET /admin/audit-logs": look("audit.read", "list_audit_logs", "Audit rows, newest first"),
  "GET /admin/audit-logs/:id/proof": look(
    "audit.read",
    "prove_audit_log",
    "One audit row and its way to a signed head",
    {
      resource: "id",
    },
  ),
  "POST /admin/audit-logs/verify": change(
    "vault.read",
    "verify_audit",
    "Recomputes a piece of the audit log",
  ),
  "GET /admin/audit-logs/:id": look("audit.read", "read_audit_log", "One audit row", { resource: "id" }),
} as const satisfies Readonly<Record<string, AccessRow>>;
