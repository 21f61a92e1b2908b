import assert from "node:assert/strict";
import { readConfig, type ServerConfig } from "../../server/config.ts";
import type { ConfigSource } from "../../server/config_reader.ts";
import { SETTING_NAMES, SETTINGS } from "../../server/config_table.ts";

function read(source: Partial<ConfigSource>) {
  return readConfig({
    args: [],
    env: {},
    dotenv: {},
    isNetwork: (text) => text.startsWith("10."),
    ...source,
  });
}

function configOf(source: Partial<ConfigSource>): ServerConfig {
  const result = read(source);
  assert.ok(result.kind === "run", JSON.stringify(result));
  return result.config;
}

function mistakesOf(source: Partial<ConfigSource>): readonly string[] {
  const result = read(source);
  assert.ok(result.kind === "mistakes", JSON.stringify(result));
  return result.mistakes;
}

Deno.test("readConfig has a default for everything", () => {
  const config = configOf({});
  assert.equal(config.databasePath, "cortex-auth.db");
  assert.equal(config.host, "127.0.0.1");
  assert.equal(config.port, 3000);
  assert.equal(config.requireAttestation, true);
  assert.equal(config.logFormat, "text");
  assert.deepEqual(config.argon2, { memoryKib: 262_144, passes: 3, lanes: 4 });
  assert.deepEqual(config.warnings, []);
});

Deno.test("readConfig lets flags beat the environment, which beats .env", () => {
  const dotenv = { PORT: "1001", HOST: "127.0.0.2", CORTEX_LOG: "json" };
  const env = { PORT: "1002", HOST: "127.0.0.3" };
  const config = configOf({ args: ["--port", "1003"], env, dotenv });
  assert.deepEqual([config.port, config.host, config.logFormat], [1003, "127.0.0.3", "json"]);
  assert.equal(configOf({ args: ["--port=1004"] }).port, 1004);
});

Deno.test("readConfig tells all mistakes at once, one line each", () => {
  const env = {
    PORT: "http",
    DATABASE_URL: "mysql://root:hunter2@db",
    CORTEX_KEK_ARGON2: "fast",
    CORTEX_LOG: "xml",
    INSECURE_HTTP: "maybe",
    CORTEX_TRUSTED_PROXIES: "everybody",
    CORTEX_DASHBOARD_ORIGINS: "https://x.example/path",
    TLS_CERT_FILE: "cert.pem",
  };
  const mistakes = mistakesOf({ env });
  for (const variable of Object.keys(env)) {
    assert.equal(
      mistakes.filter((mistake) => mistake.startsWith(variable)).length,
      1,
      `${variable}: ${mistakes}`,
    );
  }
  assert.ok(mistakes.every((mistake) => !mistake.includes("\n")));
});

Deno.test("readConfig never repeats a value: it may be a secret in the wrong place", () => {
  const secret = "hunter2-hunter2";
  for (const name of SETTING_NAMES) {
    const { variable } = SETTINGS[name];
    const result = read({ env: { [variable]: `\u0001 ${secret} \u0001` }, args: [`--${secret}`] });
    assert.ok(result.kind === "mistakes" && !JSON.stringify(result).includes(secret), variable);
  }
});

Deno.test("A13: readConfig allows plain HTTP on a loopback address and nowhere else", () => {
  for (const HOST of ["127.0.0.1", "localhost", "::1", "127.9.9.9"]) {
    assert.equal(configOf({ env: { HOST } }).host, HOST);
  }
  for (
    const HOST of ["0.0.0.0", "::", "192.168.1.1", "128.0.0.1", "localhost.example", "127.0.0.1.example"]
  ) {
    assert.match(mistakesOf({ env: { HOST } }).join(), /plain HTTP is refused; set TLS_CERT_FILE/);
  }
});

Deno.test("readConfig takes another address with TLS, or with INSECURE_HTTP and a warning", () => {
  const tls = configOf({ env: { HOST: "0.0.0.0", TLS_CERT_FILE: "a", TLS_KEY_FILE: "b" } });
  assert.deepEqual(tls.tls, { certFile: "a", keyFile: "b" });
  assert.deepEqual(tls.warnings, []);
  assert.match(configOf({ env: { HOST: "0.0.0.0", INSECURE_HTTP: "1" } }).warnings.join(), /Plain HTTP/);
});

Deno.test("readConfig reads a switch as the predecessor does: 1, true, TRUE and yes", () => {
  for (const value of ["1", "true", "TRUE", "yes"]) {
    assert.equal(configOf({ env: { CORTEX_DISABLE_REQUEST_SIGNING: value } }).requireAttestation, false);
  }
  for (const value of ["0", "false", "no", ""]) {
    assert.equal(configOf({ env: { CORTEX_DISABLE_REQUEST_SIGNING: value } }).requireAttestation, true);
  }
});

Deno.test("A13: readConfig takes ADMIN_TOKEN, warns of a short one and refuses a blank or unusable one", () => {
  assert.equal(configOf({ env: { ADMIN_TOKEN: "a-long-admin-token" } }).adminToken, "a-long-admin-token");
  assert.match(configOf({ env: { ADMIN_TOKEN: "short" } }).warnings.join(), /fewer than 16/);
  assert.match(mistakesOf({ env: { ADMIN_TOKEN: " " } }).join(), /ADMIN_TOKEN is blank/);
  assert.match(mistakesOf({ env: { ADMIN_TOKEN: "with space" } }).join(), /visible ASCII/);
});

Deno.test("readConfig refuses a blank password and two sources of one", () => {
  assert.match(mistakesOf({ env: { CORTEX_KEK_PASSWORD: " " } }).join(), /CORTEX_KEK_PASSWORD is blank/);
  const both = { CORTEX_KEK_PASSWORD: "a", CORTEX_KEK_PASSWORD_FILE: "b" };
  assert.match(mistakesOf({ env: both }).join(), /both set/);
});

Deno.test("readConfig refuses two sources of the admin token", () => {
  const both = { ADMIN_TOKEN: "0123456789abcdef", ADMIN_TOKEN_FILE: "b" };
  assert.match(mistakesOf({ env: both }).join(), /ADMIN_TOKEN and ADMIN_TOKEN_FILE are both set/);
});

for (
  const [url, path] of [
    ["sqlite://cortex-auth.db", "cortex-auth.db"],
    ["sqlite:///var/lib/vault.db", "/var/lib/vault.db"],
    ["sqlite:vault.db", "vault.db"],
  ]
) {
  Deno.test(`readConfig finds the path in DATABASE_URL=${url}`, () => {
    assert.equal(configOf({ env: { DATABASE_URL: url ?? "" } }).databasePath, path);
  });
}

Deno.test("readConfig knows --help and --version wherever they stand, and refuses unknown arguments", () => {
  assert.equal(read({ args: ["--port", "1", "--help"] }).kind, "help");
  assert.equal(read({ args: ["-V"] }).kind, "version");
  assert.equal(read({ args: ["version"] }).kind, "version");
  const [mistake, ...more] = mistakesOf({ args: ["--canary", "canary"] });
  assert.match(mistake ?? "", /unknown argument; the flags are --database, /);
  assert.doesNotMatch(mistake ?? "", /canary/);
  assert.deepEqual(more, []);
  assert.match(mistakesOf({ args: ["--port"] }).join(), /--port needs a value/);
});

Deno.test("readConfig reads what a recovery boot needs, and nothing of it without the mode", () => {
  const env = { CORTEX_RECOVERY_THRESHOLD: "3", CORTEX_RECOVERY_SHARES_DIR: "/run/shares" };
  assert.equal(configOf({ env }).recovery, undefined);
  assert.deepEqual(configOf({ env: { ...env, CORTEX_RECOVERY_MODE: "1" } }).recovery, {
    threshold: 3,
    sharesDirectory: "/run/shares",
    newPasswordFile: undefined,
  });
  assert.deepEqual(configOf({ env: { CORTEX_RECOVERY_MODE: "1" } }).recovery, {
    threshold: undefined,
    sharesDirectory: undefined,
    newPasswordFile: undefined,
  });
});

Deno.test("readConfig refuses a recovery threshold that no set of shares has", () => {
  for (const text of ["1", "201", "three", "-2", "2.5"]) {
    const env = { CORTEX_RECOVERY_MODE: "1", CORTEX_RECOVERY_THRESHOLD: text };
    assert.match(mistakesOf({ env }).join(), /CORTEX_RECOVERY_THRESHOLD must be a number from 2 to 200/);
  }
});

Deno.test("readConfig takes audit sinks, and finds one that must have every row and is not there", () => {
  const env = { CORTEX_AUDIT_FILE: "a.jsonl", CORTEX_AUDIT_SYSLOG: "unix:///dev/log" };
  assert.deepEqual(configOf({ env }).auditSinks, {
    file: "a.jsonl",
    syslog: "unix:///dev/log",
    required: [],
  });
  const both = configOf({ env: { ...env, CORTEX_AUDIT_SINKS_REQUIRED: "syslog, file" } }).auditSinks;
  assert.deepEqual(both.required, ["syslog", "file"]);
  const missing = mistakesOf({ env: { CORTEX_AUDIT_SINKS_REQUIRED: "file" } });
  assert.deepEqual(missing, ["CORTEX_AUDIT_SINKS_REQUIRED names file, so CORTEX_AUDIT_FILE has to be set"]);
  for (const text of ["database", "toString", "files"]) {
    const wrong = mistakesOf({ env: { ...env, CORTEX_AUDIT_SINKS_REQUIRED: text } });
    assert.deepEqual(wrong, ["CORTEX_AUDIT_SINKS_REQUIRED must be a list, by commas, of file and syslog"]);
  }
  for (const text of ["/dev/log", "udp://logs.example:514", "tcp://", "unix://log"]) {
    assert.match(
      mistakesOf({ env: { CORTEX_AUDIT_SYSLOG: text } }).join(),
      /CORTEX_AUDIT_SYSLOG must be unix:/,
    );
  }
});

Deno.test("readConfig splits lists and drops what is empty in them", () => {
  assert.deepEqual(configOf({ env: { CORTEX_TRUSTED_PROXIES: " 10.0.0.1, ,10.1.0.0/16 " } }).trustedProxies, [
    "10.0.0.1",
    "10.1.0.0/16",
  ]);
});

Deno.test("readConfig takes the words of CORTEX_KEK_COMMAND by spaces or as a JSON list", () => {
  const commandOf = (CORTEX_KEK_COMMAND: string) => configOf({ env: { CORTEX_KEK_COMMAND } }).kekCommand;
  assert.deepEqual(commandOf(" op  read op://a/b "), ["op", "read", "op://a/b"]);
  assert.deepEqual(commandOf('["op", "read it"]'), ["op", "read it"]);
  for (const text of ["[", "[]", "[1]", '["a", {}]']) {
    assert.match(mistakesOf({ env: { CORTEX_KEK_COMMAND: text } }).join(), /CORTEX_KEK_COMMAND must be/);
  }
  const both = { CORTEX_KEK_COMMAND: "op", CORTEX_KEK_PASSWORD: "pw" };
  assert.match(mistakesOf({ env: both }).join(), /beside another source/);
});

Deno.test("readConfig reads a provider of OpenID Connect whole, or says what is missing of it", () => {
  const env = {
    CORTEX_PUBLIC_URL: "https://vault.example",
    CORTEX_OIDC_ISSUER: "https://login.example",
    CORTEX_OIDC_CLIENT_ID: "cortex",
    CORTEX_OIDC_CLIENT_SECRET: "the-secret-of-the-client",
    CORTEX_OIDC_ROLES: "ops=approver:team-a",
  };
  const { oidc } = configOf({ env });
  assert.deepEqual(oidc?.groupRoles, [{ group: "ops", role: "approver", namespaces: ["team-a"] }]);
  assert.deepEqual([oidc?.clientId, oidc?.groupsClaim], ["cortex", "groups"]);
  assert.equal(configOf({ env: { CORTEX_PUBLIC_URL: env.CORTEX_PUBLIC_URL } }).oidc, undefined);
  for (const missing of ["CORTEX_PUBLIC_URL", "CORTEX_OIDC_ISSUER", "CORTEX_OIDC_CLIENT_ID"] as const) {
    const { [missing]: _left, ...rest } = env;
    assert.match(mistakesOf({ env: rest }).join(), new RegExp(missing), missing);
  }
  const mistakes = mistakesOf({ env: { ...env, CORTEX_OIDC_ROLES: "ops=root" } }).join();
  assert.match(mistakes, /CORTEX_OIDC_ROLES must look like group=role/);
  assert.equal(mistakes.includes(env.CORTEX_OIDC_CLIENT_SECRET), false);
});
