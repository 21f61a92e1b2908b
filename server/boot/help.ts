/** The text of `cortex-server --help`, made from the table of settings. */

import { versionLine } from "../../shared/version.ts";
import { allCommands } from "../commands/all.ts";
import { type Setting, SETTING_NAMES, SETTINGS } from "../config_table.ts";

/** What `--version` prints. */
export const VERSION_LINE = versionLine("cortex-server");

const HEAD = `cortex-server: a vault for the secrets of AI agents

Usage: cortex-server [flags]
       cortex-server COMMAND [--help]

Without a command it serves: starts sealed, asks for the unseal password, and listens only once it is proved.
Flags beat environment variables, which beat a .env file in the working directory.

Flags:
${flagLine("-h, --help", "Print this help")}
${flagLine("-V, --version", "Print the version")}
`;

const TAIL = `
Exit codes:
  0    it was asked to end
  1    it did not start, or could not go on; one line on standard error says why

Examples:
  cortex-server --database sqlite:///var/lib/cortex-auth/vault.db
  CORTEX_KEK_PASSWORD_FILE=/run/password cortex-server --host 0.0.0.0 --tls-cert cert.pem --tls-key key.pem
  cortex-server verify-audit vault.db
`;

/** The whole help. */
export function helpText(): string {
  const settings: readonly Setting[] = SETTING_NAMES.map((name) => SETTINGS[name]);
  const flags = settings.flatMap((setting) =>
    setting.flag === undefined ? [] : [flagOf(setting, setting.flag)]
  );
  const commands = allCommands().map(([name, { usage, summary }]) => flagLine(`${name} ${usage}`, summary));
  return `${HEAD}${flags.join("\n")}\n\nCommands:\n${commands.join("\n")}\n\nEnvironment variables:\n${
    settings.map(variableOf).join("\n")
  }\n${TAIL}`;
}

function flagOf(setting: Setting, flag: string): string {
  const usage = setting.value === undefined ? `--${flag}` : `--${flag} ${setting.value}`;
  return flagLine(usage, `Same as ${setting.variable}`);
}

function flagLine(usage: string, meaning: string): string {
  return `  ${usage.padEnd(41)} ${meaning}`;
}

function variableOf({ variable, value, fallback, meaning }: Setting): string {
  const usage = value === undefined ? `${variable}=1` : `${variable}=${value}`;
  const standard = fallback === undefined ? "" : ` (default ${fallback})`;
  return `  ${usage}\n      ${meaning}${standard}`;
}
