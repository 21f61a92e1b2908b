/** Environment variables of everything but a server that serves, whose settings are in `server/config_table.ts`. */

interface ClientVariable {
  readonly names: readonly string[];
  readonly readBy: string;
  readonly meaning: string;
}

export const CLIENT_VARIABLES: readonly ClientVariable[] = [
  { names: ["HOME"], readBy: "cortex, daemon", meaning: "`~/.cortex` holds login, agent key and socket" },
  {
    names: ["CORTEX_DAEMON_SOCK"],
    readBy: "cortex, daemon",
    meaning: "The daemon's socket (`--sock`); `~/.cortex/agent.sock` unless told",
  },
  {
    names: ["INSECURE_HTTP"],
    readBy: "cortex, daemon",
    meaning:
      "`1` allows plain HTTP to a server that is not on a loopback address; use it behind a tunnel only",
  },
  {
    names: ["DENO_CERT"],
    readBy: "cortex, daemon",
    meaning: "File with further certificate authorities; read by the Deno inside",
  },
  {
    names: ["CORTEX_ALLOWED_CALLERS"],
    readBy: "daemon",
    meaning: "Programs that may act for the agent, see [callers](callers.md#additions-of-a-host)",
  },
  { names: ["CORTEX_LOG"], readBy: "daemon", meaning: "`json` for log lines in JSON" },
  { names: ["CORTEX_PROJECT"], readBy: "cortex", meaning: "The project (`--project`)" },
  {
    names: ["CORTEX_ENV_FILE"],
    readBy: "cortex",
    meaning: "The file whose names `run` asks for (`--env-file`)",
  },
  {
    names: ["CORTEX_URL"],
    readBy: "cortex",
    meaning: "The server (`--url`); `run` refuses a daemon that is logged in elsewhere",
  },
  {
    names: ["CORTEX_AGENT_ID"],
    readBy: "cortex",
    meaning: "The agent (`--agent-id`) of `daemon login` and `discover`",
  },
  { names: ["CORTEX_PRIV_KEY_FILE"], readBy: "cortex", meaning: "The agent's key file, for `discover`" },
  {
    names: ["CORTEX_ADMIN_TOKEN_FILE", "CORTEX_ADMIN_TOKEN"],
    readBy: "cortex",
    meaning:
      "The admin token of `cortex admin` and `cortex audit`, in a file of mode 0600 or 0400, or itself",
  },
  {
    names: ["CORTEX_KEK_PASSWORD_FILE", "CORTEX_KEK_PASSWORD"],
    readBy: "cortex; `cortex-server restore`, `verify-audit`, `import-cortex-auth`",
    meaning: "The present unseal password, where a command asks for it",
  },
  {
    names: ["CORTEX_NEW_KEK_PASSWORD_FILE", "CORTEX_NEW_KEK_PASSWORD"],
    readBy: "cortex",
    meaning: "The password that `cortex admin rotate-key` sets",
  },
  {
    names: ["CORTEX_IMPORT_PASSWORD_FILE", "CORTEX_IMPORT_PASSWORD"],
    readBy: "`cortex-server import-cortex-auth`",
    meaning: "The password of the predecessor's vault",
  },
  {
    names: ["CORTEX_RECOVERY_SHARES_DIR"],
    readBy: "`cortex-server restore`",
    meaning: "Folder with the recovery shares that `--shares` wants",
  },
  { names: ["AWS_REGION"], readBy: "cortex", meaning: "The region (`--region`) of `cortex sign aws`" },
  {
    names: ["XDG_DATA_HOME"],
    readBy: "cortex",
    meaning: "Where `cortex skill install --link` keeps its one copy; `~/.local/share` unless told",
  },
  {
    names: ["NO_COLOR", "TERM"],
    readBy: "cortex",
    meaning: "No colours where the first is set, or the second is `dumb`",
  },
];
