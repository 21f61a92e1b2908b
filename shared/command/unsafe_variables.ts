/**
 * Environment variables by which whoever sets them decides what code a program loads. A run that is bound to one command
 * goes without them: with them the approved program would be a shell of whoever started it.
 */

const NAMES: ReadonlySet<string> = new Set([
  "BASH_ENV",
  "BROWSER",
  "CLASSPATH",
  "EDITOR",
  "ENV",
  "GCONV_PATH",
  "JAVA_TOOL_OPTIONS",
  "LESSCLOSE",
  "LESSOPEN",
  "LUA_INIT",
  "MANPAGER",
  "NODE_OPTIONS",
  "NODE_PATH",
  "PAGER",
  "PERL5DB",
  "PERL5LIB",
  "PERL5OPT",
  "PHPRC",
  "PROMPT_COMMAND",
  "PYTHONHOME",
  "PYTHONINSPECT",
  "PYTHONPATH",
  "PYTHONSTARTUP",
  "RUBYLIB",
  "RUBYOPT",
  "SHELLOPTS",
  "SSH_ASKPASS",
  "VISUAL",
  "ZDOTDIR",
  "_JAVA_OPTIONS",
]);

const PREFIXES = [
  "LD_",
  "DYLD_",
  "GIT_",
  "BASH_FUNC_",
  "MALLOC_",
  "GLIBC_TUNABLES",
  "NPM_CONFIG_",
  "npm_config_",
];

/** Whether a variable of this name stays out of a bound run. */
export function isUnsafeVariable(name: string): boolean {
  return NAMES.has(name) || PREFIXES.some((prefix) => name.startsWith(prefix));
}
