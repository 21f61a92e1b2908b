/** What the person or agent in front of `cortex` can do about a failure, where the message alone does not say it. */

import type { ErrorCode } from "../shared/errors.ts";

const LOGIN = "Log in: cortex daemon login --url URL";
const TRY_LATER = "Try again in a moment";
const ASK_ADMIN = "Ask the people who run the vault; trying again will not help";

const NEXT_STEPS: Partial<Readonly<Record<ErrorCode, string>>> = {
  "request.timeout": TRY_LATER,
  "request.rate_limited": TRY_LATER,
  "auth.required": LOGIN,
  "auth.throttled": TRY_LATER,
  "proof.invalid": "Check that the agent is registered with this key: cortex doctor",
  "proof.expired": "Set this machine's clock, then try again: cortex doctor shows the difference",
  "proof.replayed": "Run the command again",
  "attestation.expired": "Set this machine's clock, then try again: cortex doctor shows the difference",
  "attestation.replayed": "Run the command again",
  "attestation.session_ended": "Run the command again; if it stays so: cortex daemon restart",
  "token.invalid": LOGIN,
  "device.authorization_pending": "Show the code to an admin, and wait",
  "device.slow_down": "Show the code to an admin, and wait",
  "device.locked": "Start the login again",
  "daemon.unsafe_environment": "Start the daemon without the variables that the message names",
  "run.unredacted_refused": "Run it without --no-redact, or ask an admin for a policy that allows it",
  "ssh.key_not_granted": "Ask an admin to grant the key; cortex explain lists what there is",
  "ssh.login_only": "Use the key for a login by SSH; other signatures: cortex sign",
  "ssh.no_keys": "Ask an admin to grant an SSH key to the project",
  "sign.key_not_granted": "Ask an admin to grant the key; cortex explain lists what there is",
  "sign.not_allowed": ASK_ADMIN,
  "audit.sink_unavailable": "The server cannot write its log and releases nothing; tell the operator",
  "server.stopping": TRY_LATER,
  "server.busy": TRY_LATER,
  "server.unreachable": "Check the address, the network and the server: cortex doctor",
  "server.untrusted": "Do not go on; ask the operator whether the server's key was changed",
  "client.caller_not_allowed": "Have an admin allow the program: cortex admin agents callers add",
  "agent.frozen":
    "The agent was frozen, perhaps after an alarm. Ask an admin to look at it and lift the freeze",
  "project.frozen":
    "The project was frozen, perhaps after an alarm. Ask an admin to look at it and lift the freeze",
  "project.agent_mismatch":
    "The project belongs to another agent. Use your own --project, or ask an admin to rebind it",
  "project.no_agent": "Ask an admin to bind the project to this agent",
  "project.token_active": "Another holder has the project's token; cortex discover --regenerate replaces it",
  "grant.denied": "An admin said no. Ask them; after they delete the denied request, run the command again",
  "command.required": "Add --request before the command, and tell an admin; cortex explain shows more",
  "command.not_covered": "To see what is approved: cortex explain --project PROJECT -- COMMAND",
  "command.nothing_to_ask": "Ask an admin to grant the names to the project",
  "grant.pending": "Ask an admin to approve it, then run the same command again, or add --wait",
  "auth.invalid":
    "If this was a login, start it again; else check that the agent is registered with this key",
  "attestation.required": "The server answers only to a daemon. Use cortex run, which goes through it",
  "attestation.invalid": "Restart the daemon: cortex daemon restart",
  "token.expired": LOGIN,
  "token.revoked": LOGIN,
  "device.access_denied": "An admin said no to this login. Ask them before trying again",
  "device.expired": "Start the login again and have it approved in time",
  "daemon.binary_not_allowed":
    "Ask an admin to add the daemon's hash (cortex daemon status shows it) to the allowlist",
  "daemon.binary_disabled": ASK_ADMIN,
  "client.not_logged_in": LOGIN,
  "client.daemon_not_running": "Start it: cortex daemon start",
  "client.daemon_busy": "Wait for other runs to end, then try again",
  "client.peer_refused":
    "Check who owns the daemon's socket, and that the agent's sandbox lets it connect there",
  "allowlist.last_entry": "Add the program that takes its place first; --allow-any if any program is meant",
  "client.wait_timeout": "The request still waits for an admin; run the same command again later",
  "audit.anchor_invalid": "Name a file with one head in JSON on each line, as cortex audit anchor writes it",
  "audit.broken":
    "Keep the database as it is: it is evidence. Stop the server, copy the file, compare it with backups and the other sinks",
  "server.sealed": "Ask the operator to unseal the vault, then run the command again",
  "server.audit_unavailable": "The server cannot write its log and releases nothing; tell the operator",
  "request.invalid": "Correct what the message names; --help shows how it is written",
  "request.malformed_json": "Update cortex and its daemon: cortex doctor shows their versions",
  "request.too_large": "Ask for less at once",
  "project.not_found": "Check the spelling of the project with the people who run the vault",
  "project.ambiguous": "Ask an admin: projects of several namespaces have this name",
  "agent.not_found": "Ask an admin whether the agent is registered, then log in again",
  "command.facts_needed": "Update the daemon, then run the command again",
  "sign.key_unfit": "Name a key of the kind that the message names; cortex explain lists what there is",
  "template.not_found": "Check the name; cortex explain lists what is granted",
  "template.invalid": "Correct the template where the message says",
  "template.missing_name": "Ask an admin to grant the name to the project, or take it out of the template",
  "client.frame_invalid": "Update cortex and its daemon to one version: cortex doctor shows both",
  "client.file_unsafe": "Make the file or folder yours alone (chmod go-rwx), then try again",
  "client.file_refused":
    "Name a path that does not exist yet, below the directory; --force replaces a file of yours",
  "client.file_not_written": "Check that the folder can be written to and has room",
  "client.interrupted": "Run the command again",
  "child.not_found": "Check the program's name and PATH",
  "child.not_executable": "Make the program executable, or name its interpreter first",
  "child.directory_gone": "Name a directory that exists and that this user may enter",
  "child.spawn_failed": "Check limits of this user (ulimit -a) and free memory, then try again",
  "server.internal": "Tell the operator, with the time of this command",
};

/** One sentence without full stop, or undefined where the message says all there is. */
export function nextStep(code: ErrorCode): string | undefined {
  return NEXT_STEPS[code];
}
