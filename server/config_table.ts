/** Every setting of the server: `--help` and `docs/configuration.md` are made from this table, and so is the parser. */

export interface Setting {
  /** The environment variable. */
  readonly variable: string;
  /** The flag that beats it, without the dashes. */
  readonly flag?: string;
  /** What stands for its value in the help; absent for a switch. */
  readonly value?: string;
  readonly fallback?: string;
  /** Never echoed, not even when it is wrong. */
  readonly secret?: true;
  readonly meaning: string;
}

const ROWS = {
  database: {
    variable: "DATABASE_URL",
    flag: "database",
    value: "URL",
    fallback: "sqlite://cortex-auth.db",
    meaning: "Database: sqlite:// and a path; made with mode 0600 if it is not there",
  },
  host: {
    variable: "HOST",
    flag: "host",
    value: "ADDRESS",
    fallback: "127.0.0.1",
    meaning: "Address to listen on",
  },
  port: {
    variable: "PORT",
    flag: "port",
    value: "NUMBER",
    fallback: "3000",
    meaning: "Port to listen on; 0 takes a free one and logs it",
  },
  tlsCert: {
    variable: "TLS_CERT_FILE",
    flag: "tls-cert",
    value: "PATH",
    meaning: "PEM certificate chain; with TLS_KEY_FILE the server speaks HTTPS",
  },
  tlsKey: {
    variable: "TLS_KEY_FILE",
    flag: "tls-key",
    value: "PATH",
    meaning: "PEM private key, not encrypted",
  },
  insecureHttp: {
    variable: "INSECURE_HTTP",
    flag: "insecure-http",
    meaning: "1 allows plain HTTP on an address that is not loopback, such as behind a TLS proxy",
  },
  adminToken: {
    variable: "ADMIN_TOKEN",
    value: "TOKEN",
    secret: true,
    meaning: "The admin token; without it and the next one a token is made at first boot and printed once",
  },
  adminTokenFile: {
    variable: "ADMIN_TOKEN_FILE",
    value: "PATH",
    meaning: "File with the admin token, readable by its owner only (a systemd credential fits)",
  },
  adminTokenDisabled: {
    variable: "CORTEX_ADMIN_TOKEN_DISABLED",
    meaning: "1 lets nobody in by the admin token; people sign in with accounts",
  },
  oidcIssuer: {
    variable: "CORTEX_OIDC_ISSUER",
    value: "URL",
    meaning: "Provider of OpenID Connect that signs people in; needs CORTEX_PUBLIC_URL and the next one",
  },
  oidcClientId: {
    variable: "CORTEX_OIDC_CLIENT_ID",
    value: "ID",
    meaning: "What this server is called at the provider",
  },
  oidcClientSecret: {
    variable: "CORTEX_OIDC_CLIENT_SECRET",
    value: "SECRET",
    secret: true,
    meaning: "What it proves itself by there; without one, PKCE alone",
  },
  oidcGroupsClaim: {
    variable: "CORTEX_OIDC_GROUPS_CLAIM",
    value: "NAME",
    fallback: "groups",
    meaning: "The claim with a person's groups",
  },
  oidcRoles: {
    variable: "CORTEX_OIDC_ROLES",
    value: "RULES",
    meaning:
      "Roles by group, such as vault-admins=super-admin; team-a=namespace-admin:team-a,shared; without, only people who were invited get in",
  },
  kekPassword: {
    variable: "CORTEX_KEK_PASSWORD",
    value: "PASSWORD",
    secret: true,
    meaning:
      "The unseal password; without it and the next one it is asked on the terminal or read from standard input",
  },
  kekPasswordFile: {
    variable: "CORTEX_KEK_PASSWORD_FILE",
    value: "PATH",
    meaning: "File with the unseal password, readable by its owner only (a systemd credential fits)",
  },
  kekCommand: {
    variable: "CORTEX_KEK_COMMAND",
    value: "COMMAND",
    meaning:
      "Program, with its arguments and without a shell, that prints the unseal password: a KMS, a TPM, a password manager",
  },
  kekArgon2: {
    variable: "CORTEX_KEK_ARGON2",
    value: "m=256MiB,t=3,p=4",
    meaning:
      "Cost of the key derivation, used at first boot and stored: memory (KiB, or with MiB, GiB), passes, lanes",
  },
  trustedProxies: {
    variable: "CORTEX_TRUSTED_PROXIES",
    value: "LIST",
    meaning: "Addresses or networks, by commas, whose X-Forwarded-For is believed",
  },
  dashboardOrigins: {
    variable: "CORTEX_DASHBOARD_ORIGINS",
    value: "LIST",
    meaning: "Origins, by commas, whose pages may call the API from a browser",
  },
  keptVersions: {
    variable: "CORTEX_SECRET_VERSIONS",
    value: "NUMBER",
    fallback: "10",
    meaning: "Older values kept for each secret, 0 to 1000; older ones are destroyed at the next write",
  },
  disableSigning: {
    variable: "CORTEX_DISABLE_REQUEST_SIGNING",
    meaning: "1 accepts agent requests without a daemon's attestation; for development only",
  },
  logFormat: {
    variable: "CORTEX_LOG",
    flag: "log-format",
    value: "text|json",
    fallback: "text",
    meaning: "Form of the log lines",
  },
  logLevel: {
    variable: "CORTEX_LOG_LEVEL",
    flag: "log-level",
    value: "debug|info|warn|error",
    fallback: "info",
    meaning: "Least important lines to write",
  },
  readyFile: {
    variable: "CORTEX_READY_FILE",
    flag: "ready-file",
    value: "PATH",
    meaning: "File that gets one JSON line with the address once the server listens",
  },
  selfTest: {
    variable: "CORTEX_SELF_TEST_PERMISSIONS",
    meaning: "1 tries, after boot, what the server gave up the right to, and logs the outcome",
  },
  auditFile: {
    variable: "CORTEX_AUDIT_FILE",
    value: "PATH",
    meaning:
      "File that gets every audit row as a line of JSON as well; made with mode 0600, only appended to",
  },
  auditSyslog: {
    variable: "CORTEX_AUDIT_SYSLOG",
    value: "unix:///dev/log",
    meaning: "Syslog daemon that gets every audit row as well: unix:// and a path, or tcp://host:port",
  },
  auditSinksRequired: {
    variable: "CORTEX_AUDIT_SINKS_REQUIRED",
    value: "LIST",
    meaning: "Which of file and syslog, by commas, must have the row of a release before its value goes out",
  },
  auditRetention: {
    variable: "CORTEX_AUDIT_RETENTION_DAYS",
    value: "NUMBER",
    fallback: "60",
    meaning: "Days after which audit rows leave the log, behind a signed checkpoint; 0 keeps them for ever",
  },
  auditHeadMinutes: {
    variable: "CORTEX_AUDIT_HEAD_MINUTES",
    value: "NUMBER",
    fallback: "5",
    meaning: "Minutes between two signed heads of the tree over the audit log",
  },
  auditHeadWebhook: {
    variable: "CORTEX_AUDIT_HEAD_WEBHOOK",
    value: "URL",
    meaning: "Address that gets each new signed head by POST; it holds no secret",
  },
  notifyAllowPrivate: {
    variable: "CORTEX_NOTIFY_ALLOW_PRIVATE",
    meaning: "1 lets notifications go to loopback and private addresses, and by plain HTTP",
  },
  publicUrl: {
    variable: "CORTEX_PUBLIC_URL",
    value: "URL",
    meaning: "Where people reach this server, such as https://vault.example; notifications then hold links",
  },
  listenSealed: {
    variable: "CORTEX_LISTEN_SEALED",
    meaning: "1 listens without the password; the vault is unsealed by cortex admin unseal",
  },
  recoveryMode: {
    variable: "CORTEX_RECOVERY_MODE",
    meaning:
      "1 unseals by recovery shares in place of the password; writes an alarm into the audit log and notifies",
  },
  recoveryThreshold: {
    variable: "CORTEX_RECOVERY_THRESHOLD",
    value: "NUMBER",
    meaning: "How many recovery shares are needed; the shares say it too, and have to agree",
  },
  recoveryNewPasswordFile: {
    variable: "CORTEX_RECOVERY_NEW_PASSWORD_FILE",
    value: "PATH",
    meaning: "File with the password to set after a recovery boot; on a terminal it is asked for",
  },
  recoverySharesDir: {
    variable: "CORTEX_RECOVERY_SHARES_DIR",
    value: "PATH",
    meaning:
      "Folder with a recovery share in each file, readable by its owner only; without it they are asked on the terminal or read from the lines of standard input",
  },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof ROWS;

export const SETTINGS: Readonly<Record<SettingName, Setting>> = ROWS;

export const SETTING_NAMES = Object.keys(ROWS) as readonly SettingName[];
