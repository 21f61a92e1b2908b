/**
 * Environment variables by which whoever sets them decides what code a program loads, or whom it believes to be the
 * server that it sends its keys to. A run that is bound to one command goes without them: with them the approved program
 * would be a shell of whoever started it.
 */

const NAMES: ReadonlySet<string> = new Set([
  "BASH_ENV",
  "BROWSER",
  "CLASSPATH",
  "CURL_CA_BUNDLE",
  "CURL_HOME",
  "EDITOR",
  "ENV",
  "GEM_HOME",
  "GEM_PATH",
  "GCONV_PATH",
  "JAVA_TOOL_OPTIONS",
  "LESSCLOSE",
  "LESSOPEN",
  "LUA_CPATH",
  "LUA_INIT",
  "LUA_PATH",
  "MAKEFLAGS",
  "MANPAGER",
  "NODE_EXTRA_CA_CERTS",
  "NODE_OPTIONS",
  "NODE_PATH",
  "NODE_REPL_EXTERNAL_MODULE",
  "NODE_TLS_REJECT_UNAUTHORIZED",
  "PAGER",
  "PERL5DB",
  "PERL5LIB",
  "PERL5OPT",
  "OPENSSL_CONF",
  "OPENSSL_MODULES",
  "PHPRC",
  "PROMPT_COMMAND",
  "PYTHONBREAKPOINT",
  "PYTHONEXECUTABLE",
  "PYTHONHOME",
  "PYTHONINSPECT",
  "PYTHONPATH",
  "PYTHONPLATLIBDIR",
  "PYTHONPYCACHEPREFIX",
  "PYTHONSTARTUP",
  "PYTHONUSERBASE",
  "PYTHONWARNINGS",
  "REQUESTS_CA_BUNDLE",
  "RUBYLIB",
  "RUBYOPT",
  "SHELLOPTS",
  "SSH_ASKPASS",
  "SSL_CERT_DIR",
  "SSL_CERT_FILE",
  "VISUAL",
  "ZDOTDIR",
  "_JAVA_OPTIONS",
]);

const PREFIXES = [
  "LD_",
  "DYLD_",
  "BUN_",
  "DENO_",
  "PIP_",
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
