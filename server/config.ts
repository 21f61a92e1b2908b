/**
 * The configuration: flags beat the environment, which beats `.env`. Every mistake is found in one go and told in one
 * line each; values of secret settings are never repeated, those of others only where they cannot hold a secret.
 */

import { parseArgon2Parameters } from "../shared/crypto/argon2_parameters.ts";
import { type Argon2Parameters, DEFAULT_ARGON2 } from "../shared/crypto/argon2_parameters.ts";
import { MINUTE } from "../shared/clock.ts";
import { MAX_SHARES, MIN_THRESHOLD } from "../shared/recovery_share.ts";
import { type ConfigSource, parseFlags, Reader } from "./config_reader.ts";
import type { SettingName } from "./config_table.ts";
import { LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel } from "./log.ts";
import { type OidcSettings, parseGroupRoles } from "./access/group_roles.ts";

export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

export interface RecoveryConfig {
  /** What the operator expects; the shares say it too. */
  readonly threshold: number | undefined;
  readonly sharesDirectory: string | undefined;
  readonly newPasswordFile: string | undefined;
}

export interface AuditSinksConfig {
  readonly file: string | undefined;
  /** An address that `parseSyslogTarget` takes. */
  readonly syslog: string | undefined;
  readonly required: readonly ("file" | "syslog")[];
}

export interface ServerConfig {
  /** Path of the database, or `:memory:`. */
  readonly databasePath: string;
  readonly host: string;
  readonly port: number;
  readonly tls: TlsFiles | undefined;
  readonly adminToken: string | undefined;
  /** Read at boot; see `boot/admin_token_file.ts`. */
  readonly adminTokenFile: string | undefined;
  readonly adminTokenDisabled: boolean;
  /** As given: a blank one is refused when it is used. */
  readonly kekPassword: string | undefined;
  readonly kekPasswordFile: string | undefined;
  /** A program that prints the password, with its arguments. */
  readonly kekCommand: readonly string[] | undefined;
  /** Nobody is asked for the password: the server listens, and is unsealed over the network. */
  readonly listenSealed: boolean;
  /** Whether notifications may go to loopback and private addresses. */
  readonly notifyAllowPrivate: boolean;
  /** Where people reach this server. */
  readonly publicUrl: string | undefined;
  readonly oidc: OidcSettings | undefined;
  /** Shares are asked for in place of the password. */
  readonly recovery: RecoveryConfig | undefined;
  readonly auditSinks: AuditSinksConfig;
  readonly argon2: Argon2Parameters;
  readonly trustedProxies: readonly string[];
  readonly dashboardOrigins: readonly string[];
  readonly requireAttestation: boolean;
  /** Older values kept for each secret. */
  readonly keptVersions: number;
  /** 0 keeps audit rows for ever. */
  readonly auditRetentionDays: number;
  /** Milliseconds. */
  readonly auditHeadInterval: number;
  readonly auditHeadWebhook: string | undefined;
  readonly logFormat: LogFormat;
  readonly logLevel: LogLevel;
  readonly readyFile: string | undefined;
  readonly selfTestPermissions: boolean;
  /** What is allowed but unwise, for the log. */
  readonly warnings: readonly string[];
}

export type ConfigResult =
  | { readonly kind: "run"; readonly config: ServerConfig }
  | { readonly kind: "help" | "version" }
  | { readonly kind: "mistakes"; readonly mistakes: readonly string[] };

/** Shorter admin tokens are accepted with a warning: the predecessor's examples use short ones. */
export const SHORT_ADMIN_TOKEN = 16;

/** Reads the configuration. Pure: touches neither files nor environment. */
export function readConfig(source: ConfigSource): ConfigResult {
  const flags = parseFlags(source.args);
  if (flags.special !== undefined) return { kind: flags.special };
  const reader = new Reader(source, flags);
  const config = build(reader, source);
  return reader.mistakes.length > 0
    ? { kind: "mistakes", mistakes: reader.mistakes }
    : { kind: "run", config };
}

function build(reader: Reader, source: ConfigSource): ServerConfig {
  const host = reader.text("host") ?? "127.0.0.1";
  const tls = readTls(reader);
  const insecure = reader.switch("insecureHttp");
  if (tls === undefined && !insecure && !isLoopback(host) && reader.mistakes.length === 0) {
    reader.mistakes.push(
      "HOST is not a loopback address, so plain HTTP is refused; set TLS_CERT_FILE and TLS_KEY_FILE, or INSECURE_HTTP=1",
    );
  }
  const adminToken = readAdminToken(reader);
  const requireAttestation = !reader.switch("disableSigning");
  return {
    databasePath: readDatabasePath(reader),
    host,
    port: readPort(reader),
    tls,
    adminToken,
    adminTokenFile: readAdminTokenFile(reader),
    adminTokenDisabled: reader.switch("adminTokenDisabled"),
    ...readPassword(reader),
    recovery: readRecovery(reader),
    listenSealed: reader.switch("listenSealed"),
    notifyAllowPrivate: reader.switch("notifyAllowPrivate"),
    publicUrl: readPublicUrl(reader),
    oidc: readOidc(reader),
    auditSinks: readAuditSinks(reader),
    argon2: readArgon2(reader),
    trustedProxies: reader.list(
      "trustedProxies",
      source.isNetwork,
      "addresses or networks such as 10.0.0.0/8",
    ),
    dashboardOrigins: reader.list("dashboardOrigins", isOrigin, "origins such as https://vault.example"),
    requireAttestation,
    keptVersions: readKeptVersions(reader),
    ...readAuditProof(reader),
    logFormat: reader.choice("logFormat", LOG_FORMATS),
    logLevel: reader.choice("logLevel", LOG_LEVELS),
    readyFile: reader.text("readyFile"),
    selfTestPermissions: reader.switch("selfTest"),
    warnings: warningsFor({
      adminToken,
      requireAttestation,
      plainOpen: tls === undefined && !isLoopback(host),
    }),
  };
}

function readTls(reader: Reader): TlsFiles | undefined {
  const certFile = reader.text("tlsCert");
  const keyFile = reader.text("tlsKey");
  if (certFile !== undefined && keyFile !== undefined) return { certFile, keyFile };
  if (certFile !== keyFile) {
    reader.mistakes.push("TLS_CERT_FILE and TLS_KEY_FILE belong together; set both or neither");
  }
  return undefined;
}

/** A header carries visible ASCII only, so another token could never be presented. */
function readAdminToken(reader: Reader): string | undefined {
  const token = reader.raw("adminToken");
  if (token === undefined) return undefined;
  reader.refuse("adminToken", token.trim() === "", "is blank; give it a value or unset it");
  reader.refuse(
    "adminToken",
    token.trim() !== "" && !isHeaderText(token),
    "needs visible ASCII without spaces",
  );
  return token;
}

/** Whether a text can be an admin token. */
export function isHeaderText(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

function readAdminTokenFile(reader: Reader): string | undefined {
  const path = reader.text("adminTokenFile");
  if (path !== undefined && reader.raw("adminToken") !== undefined) {
    reader.mistakes.push("ADMIN_TOKEN and ADMIN_TOKEN_FILE are both set; set one");
  }
  return path;
}

function readKeptVersions(reader: Reader): number {
  const text = reader.text("keptVersions") ?? "";
  const isWrong = !/^\d{1,4}$/.test(text) || Number(text) > 1000;
  reader.refuse("keptVersions", isWrong, "must be a number from 0 to 1000");
  return isWrong ? 0 : Number(text);
}

function readPassword(
  reader: Reader,
): Pick<ServerConfig, "kekPassword" | "kekPasswordFile" | "kekCommand"> {
  const kekPassword = reader.raw("kekPassword");
  const kekPasswordFile = reader.text("kekPasswordFile");
  reader.refuse("kekPassword", kekPassword?.trim() === "", "is blank; give it a value or unset it");
  if (kekPassword !== undefined && kekPasswordFile !== undefined) {
    reader.mistakes.push("CORTEX_KEK_PASSWORD and CORTEX_KEK_PASSWORD_FILE are both set; set one");
  }
  const kekCommand = readKekCommand(reader);
  if (kekCommand !== undefined && (kekPassword ?? kekPasswordFile) !== undefined) {
    reader.mistakes.push("CORTEX_KEK_COMMAND is set beside another source of the password; set one");
  }
  return { kekPassword, kekPasswordFile, kekCommand };
}

/** Words by spaces, or a JSON list where one of them has spaces in it. */
function readKekCommand(reader: Reader): readonly string[] | undefined {
  const text = reader.text("kekCommand");
  if (text === undefined) return undefined;
  const words = text.startsWith("[") ? jsonWords(text) : text.split(/\s+/);
  reader.refuse(
    "kekCommand",
    words === undefined,
    'must be a program and its arguments, or a JSON list such as ["program", "an argument"]',
  );
  return words;
}

function jsonWords(text: string): readonly string[] | undefined {
  try {
    const list: unknown = JSON.parse(text);
    const isWords = Array.isArray(list) && list.length > 0 && list.every((word) => typeof word === "string");
    return isWords ? list : undefined;
  } catch {
    return undefined;
  }
}

function readRecovery(reader: Reader): RecoveryConfig | undefined {
  const text = reader.text("recoveryThreshold");
  const threshold = text === undefined ? undefined : Number(/^\d{1,3}$/.test(text) ? text : NaN);
  reader.refuse(
    "recoveryThreshold",
    threshold !== undefined && !(threshold >= MIN_THRESHOLD && threshold <= MAX_SHARES),
    `must be a number from ${MIN_THRESHOLD} to ${MAX_SHARES}`,
  );
  const sharesDirectory = reader.text("recoverySharesDir");
  const newPasswordFile = reader.text("recoveryNewPasswordFile");
  return reader.switch("recoveryMode") ? { threshold, sharesDirectory, newPasswordFile } : undefined;
}

/** A sink that must have every row and is not there would stop every release: a mistake that boot finds. */
function readAuditSinks(reader: Reader): AuditSinksConfig {
  const file = reader.text("auditFile");
  const syslog = reader.text("auditSyslog");
  reader.refuse(
    "auditSyslog",
    syslog !== undefined && !/^(unix:\/\/\/.+|tcp:\/\/[^/]+\/?)$/.test(syslog),
    "must be unix:// and a path, such as unix:///dev/log, or tcp://host:port",
  );
  const named = { file, syslog };
  const isSink = (text: string): text is keyof typeof named => Object.hasOwn(named, text);
  const required = reader.list("auditSinksRequired", isSink, "file and syslog").filter(isSink);
  for (const kind of required) {
    const setting = kind === "file" ? "CORTEX_AUDIT_FILE" : "CORTEX_AUDIT_SYSLOG";
    reader.refuse(
      "auditSinksRequired",
      named[kind] === undefined,
      `names ${kind}, so ${setting} has to be set`,
    );
  }
  return { file, syslog, required };
}

function readAuditProof(reader: Reader) {
  const webhook = reader.text("auditHeadWebhook");
  const isUrl = webhook === undefined || /^https?:$/.test(URL.parse(webhook)?.protocol ?? "");
  reader.refuse("auditHeadWebhook", !isUrl, "must be an http:// or https:// address");
  return {
    auditRetentionDays: readWhole(reader, "auditRetention", 0, 36_500),
    auditHeadInterval: readWhole(reader, "auditHeadMinutes", 1, 1_440) * MINUTE,
    auditHeadWebhook: webhook,
  };
}

/** It goes into messages: credentials in it would be shown to everybody who reads them. */
function readPublicUrl(reader: Reader): string | undefined {
  const text = reader.text("publicUrl");
  const url = text === undefined ? undefined : URL.parse(text);
  const isPlain = url === undefined ||
    (url !== null && /^https?:$/.test(url.protocol) &&
      url.username + url.password + url.search + url.hash === "");
  reader.refuse(
    "publicUrl",
    !isPlain,
    "must be an http:// or https:// address without user, query or fragment",
  );
  return url?.href;
}

/** A provider that is half described signs nobody in, and is a mistake. */
function readOidc(reader: Reader): OidcSettings | undefined {
  const issuer = reader.text("oidcIssuer");
  const clientId = reader.text("oidcClientId");
  const rules = parseGroupRoles(reader.text("oidcRoles") ?? "");
  reader.refuse("oidcRoles", typeof rules === "string", String(rules));
  if (issuer === undefined && clientId === undefined) return undefined;
  reader.refuse(
    "oidcIssuer",
    issuer === undefined || !URL.canParse(issuer),
    "must be the provider's address",
  );
  reader.refuse("oidcClientId", clientId === undefined, "is missing; it belongs to CORTEX_OIDC_ISSUER");
  reader.refuse(
    "publicUrl",
    reader.text("publicUrl") === undefined,
    "is missing; the provider sends people back to it",
  );
  return {
    issuer: issuer ?? "",
    clientId: clientId ?? "",
    clientSecret: reader.text("oidcClientSecret"),
    groupsClaim: reader.text("oidcGroupsClaim") ?? "groups",
    groupRoles: typeof rules === "string" ? [] : rules,
  };
}

function readWhole(reader: Reader, setting: SettingName, least: number, most: number): number {
  const text = reader.text(setting) ?? "";
  const number = /^\d{1,6}$/.test(text) ? Number(text) : NaN;
  reader.refuse(setting, !(number >= least && number <= most), `must be a number from ${least} to ${most}`);
  return number;
}

function readDatabasePath(reader: Reader): string {
  const url = reader.text("database") ?? "";
  const path = url === ":memory:" ? url : /^sqlite:(?:\/\/)?([^?#]+)$/.exec(url)?.[1];
  reader.refuse(
    "database",
    path === undefined,
    "must be sqlite:// and a path, such as sqlite://cortex-auth.db",
  );
  return path ?? "";
}

function readPort(reader: Reader): number {
  const text = reader.text("port") ?? "";
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  reader.refuse("port", !(port <= 65_535), "must be a number from 0 to 65535");
  return port;
}

function readArgon2(reader: Reader): Argon2Parameters {
  const text = reader.text("kekArgon2");
  if (text === undefined) return DEFAULT_ARGON2;
  const parsed = parseArgon2Parameters(text);
  if (typeof parsed !== "string") return parsed;
  reader.refuse("kekArgon2", true, parsed);
  return DEFAULT_ARGON2;
}

function warningsFor(
  facts: { adminToken: string | undefined; requireAttestation: boolean; plainOpen: boolean },
): string[] {
  const { adminToken, requireAttestation, plainOpen } = facts;
  return [
    ...(adminToken !== undefined && adminToken.length < SHORT_ADMIN_TOKEN
      ? [
        `ADMIN_TOKEN has fewer than ${SHORT_ADMIN_TOKEN} characters and can be guessed; use a long random one`,
      ]
      : []),
    ...(requireAttestation
      ? []
      : ["Requests without attestation are accepted; do not use this in production"]),
    ...(plainOpen
      ? ["Plain HTTP on an address that is not loopback: keys travel readable unless a proxy adds TLS"]
      : []),
  ];
}

/** Whether only this machine can connect to an address. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host);
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text;
}
