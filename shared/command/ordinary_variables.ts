/**
 * Environment variables that a bound run keeps of its caller's without anybody being asked: who and where the user is, the
 * language, the terminal. Every other one could turn the approved program against the approver (an address to send the key
 * to, a proxy, a level of logging that prints it), so its name has to be part of what was approved.
 */

const NAMES: ReadonlySet<string> = new Set([
  "CI",
  "CLICOLOR",
  "CLICOLOR_FORCE",
  "COLORTERM",
  "COLUMNS",
  "FORCE_COLOR",
  "HOME",
  "HOSTNAME",
  "LANG",
  "LANGUAGE",
  "LINES",
  "LOGNAME",
  "MAIL",
  "NO_COLOR",
  "OLDPWD",
  "PWD",
  "SHLVL",
  "SSH_AUTH_SOCK",
  "TERM",
  "TMPDIR",
  "TZ",
  "USER",
]);

/** Whether a variable of this name is for every bound run. */
export function isOrdinaryVariable(name: string): boolean {
  return NAMES.has(name) || name.startsWith("LC_");
}
