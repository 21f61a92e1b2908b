/** The words of `cortex run --help` and `cortex ssh --help`, apart from the command: the way in of a run does not load them. */

export const RUN_SUMMARY = "run a program with the keys it needs";

export const RUN_HELP = `Usage: cortex run [options] [--] COMMAND [ARGUMENTS…]

Runs COMMAND in this directory with this environment plus the values that the project's names stand for. The daemon
starts it; its input, output, terminal, signals and exit code are yours as in a direct run. You never hold a value.

Options:
  --project <name>     the project whose keys are wanted (CORTEX_PROJECT)
  --env-file <path>    the file whose names are wanted (CORTEX_ENV_FILE); else ./.env, else ./.env.example, else
                       every name that is granted. Only names are read: values in the file stay where they are
  --wait[=<seconds>]   wait for an admin's approval, an hour unless told
  --sock <path>        the daemon's socket (CORTEX_DAEMON_SOCK; default: ~/.cortex/agent.sock)
  --url <url>          refuse unless the daemon is logged in to this server (CORTEX_URL)
  -t, --tty            give it a terminal even where your standard output is none
  -T, --no-tty         give it pipes even on a terminal
  --no-redact          show what it prints as it is, values as well; a policy of this agent has to allow that
  --dry-run            say which names the command would get, and why not; nothing is started or asked
  --request            ask a person for exactly this command: this program, these arguments, this directory and
                       repository. With --wait, run it once it is approved
    --patterns           the arguments are patterns: * for any characters, ** at the end for any further arguments
    --commit             only at the repository's present commit
    --any-command        ask for the names for any command of this agent, where so far only single ones are approved
    --keep-env <names>   keep these variables of yours, as NODE_ENV,HTTPS_PROXY (default: only what every program
                         needs, such as HOME, LANG and TERM)
    --uses <n>           so many runs (default: any number)
    --for <time>         so long after the approval, as 30m, 12h or 7d (default: 24h)
    --note <text>        why, for the one who decides
  --json               tell failures as one line of JSON on standard error
  -h, --help           print help

Exit codes:
  the program's own, or 128+n when signal n ended it; before it started:
  2 usage   120 waiting for approval   121 refused   122 no daemon or no login   123 server out of reach
  124 waited as long as told   125 other failure   126 not executable   127 not found

Examples:
  cortex run --project shop -- npm test
  cortex run --project shop --wait -- python3 report.py
  cortex run --project shop --request --uses 1 --note "release 1.4" -- git push origin v1.4
  CORTEX_PROJECT=shop cortex run -- sh -c 'curl -H "Authorization: Bearer $API_KEY" https://api.example.com'

Values that are granted as files are at the path in NAME_FILE, and NAME is not set; a line on standard error says which.

The program reads your standard input as soon as it starts. In a shell loop that reads lines itself, give it its own:
  cortex run --project shop -- ./step </dev/null`;

export const SSH_SUMMARY = "run a program that may log in by the project's SSH keys";

export const SSH_HELP = `Usage: cortex ssh [options] [--] COMMAND [ARGUMENTS…]

Runs COMMAND as "cortex run" does, with an SSH agent in the place of yours (SSH_AUTH_SOCK) that has the SSH keys granted
to the project. The keys stay in the vault: it signs each login, after a row in its audit log that says who logged in
where. Only COMMAND and what it starts can use the agent; it signs logins and nothing else, and not for a host behind
the host (no agent forwarding).

COMMAND gets no values, unless --env-file names some. Options and exit codes are those of "cortex run --help".

Examples:
  cortex ssh --project shop -- git push
  cortex ssh --project shop -- ssh deploy@web1.example.com systemctl status shop
  CORTEX_PROJECT=shop cortex ssh -- rsync -a dist/ deploy@web1.example.com:/srv/shop/`;
