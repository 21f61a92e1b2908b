/**
 * What an agent says to its human when something was refused: one sentence, true without knowing more, and with who can help.
 * Every code that an agent can meet has one; a test compares the table with the catalogue.
 */

import type { ErrorCode } from "../shared/errors.ts";

const OPERATOR = "The vault does not serve at the moment; please tell the people who operate it.";
const LOGIN =
  "This host has to be logged in to the vault: please run cortex daemon login, and have it approved.";
const TIME =
  "The vault did not accept this host's signature; please check this machine's clock, then try again.";
const IDENTITY =
  "The vault does not accept this host's identity; please ask an admin whether the agent is registered.";
const WAITS = "An admin has to approve this before I can go on; please tell them the id that was shown.";
const REFUSED = "An admin, or a rule of theirs, refuses this; please ask them whether it should be allowed.";

const MISTAKE = "I asked in a wrong way; I will correct it and try again.";
const VERSIONS =
  "The parts of CortexAuth on this host do not fit together; please update them to one version.";
const FILE = "A file or folder on this host stands in the way; the message says which.";

const SENTENCES: Partial<Readonly<Record<ErrorCode, string>>> = {
  "request.invalid": MISTAKE,
  "request.malformed_json": VERSIONS,
  "request.too_large": MISTAKE,
  "request.timeout": OPERATOR,
  "request.rate_limited": "The vault asks me to wait a moment; I will try again.",
  "auth.required": LOGIN,
  "auth.invalid": IDENTITY,
  "auth.throttled": "The vault asks me to wait a moment; I will try again.",
  "proof.invalid": IDENTITY,
  "proof.expired": TIME,
  "proof.replayed": TIME,
  "attestation.required": "The vault answers only to a daemon; please start it with cortex daemon start.",
  "attestation.invalid":
    "The daemon's session is not accepted; please restart it with cortex daemon restart.",
  "attestation.expired": TIME,
  "attestation.replayed": TIME,
  "attestation.session_ended":
    "The daemon's session has ended; please restart it with cortex daemon restart.",
  "token.invalid": LOGIN,
  "token.expired": LOGIN,
  "token.revoked": LOGIN,
  "device.authorization_pending": "An admin has to approve this host's login; please show them the code.",
  "device.slow_down": "An admin has to approve this host's login; please show them the code.",
  "device.access_denied": "An admin said no to this host's login; please ask them why.",
  "device.expired": "Nobody approved this host's login in time; please start it again with an admin at hand.",
  "device.locked": "This login was locked after wrong tries; please start it again.",
  "daemon.binary_not_allowed":
    "The daemon's program is not on the vault's list; please ask an admin to allow it.",
  "daemon.binary_disabled": "The daemon's program is switched off in the vault; please ask an admin.",
  "daemon.unsafe_environment":
    "The daemon was started with variables that change its code; please start it without.",
  "agent.not_found": "The vault does not know this agent; please ask an admin to register it.",
  "agent.frozen":
    "An admin or an alarm has stopped this agent; please ask an admin to look into the audit log.",
  "project.not_found": "The vault does not know this project; please check its name.",
  "project.ambiguous":
    "Projects of several namespaces have this name; please ask an admin which one is meant.",
  "project.frozen": "An admin or an alarm has stopped this project; please ask an admin to look at it.",
  "project.agent_mismatch":
    "The project belongs to another agent; please name yours, or ask an admin to rebind it.",
  "project.no_agent": "The project belongs to no agent yet; please ask an admin to bind it.",
  "grant.pending": WAITS,
  "grant.denied": "An admin said no to this access; please ask them before I try again.",
  "run.unredacted_refused":
    "A policy does not allow output without redaction; please ask an admin if you need it.",
  "command.required":
    "This key is given to single commands only; I can ask an admin for exactly this command.",
  "command.not_covered": "No approval covers this command; I can ask an admin for exactly this one.",
  "command.facts_needed": VERSIONS,
  "command.nothing_to_ask": "The project has none of these names; please ask an admin to grant them.",
  "ssh.key_not_granted": "The project has no such SSH key; please ask an admin to grant it.",
  "ssh.login_only": "The vault's SSH keys sign logins and nothing else.",
  "ssh.no_keys": "The project has no SSH key; please ask an admin to grant one.",
  "sign.key_not_granted": "The project has no such signing key; please ask an admin to grant it.",
  "sign.not_allowed": REFUSED,
  "sign.key_unfit": "This key cannot make such a signature; please ask an admin which one is meant for it.",
  "template.not_found": "The project has no such template; please ask an admin to grant it.",
  "template.invalid": "The template has a mistake; please have whoever wrote it correct it.",
  "template.missing_name":
    "The template uses a name that the project does not have; please ask an admin to grant it.",
  "audit.sink_unavailable": OPERATOR,
  "server.sealed": "The vault is sealed; please ask its operator to unseal it.",
  "server.stopping": OPERATOR,
  "server.audit_unavailable": OPERATOR,
  "server.busy": "The vault is busy; I will try again in a moment.",
  "server.unreachable":
    "The vault cannot be reached from this host; please check the network and the server.",
  "server.untrusted":
    "The server is not the one of the login: somebody may stand in between; please ask its operator before going on.",
  "client.not_logged_in": LOGIN,
  "client.daemon_not_running": "The daemon does not run; please start it with cortex daemon start.",
  "client.daemon_busy": "The daemon is busy; I will try again in a moment.",
  "client.peer_refused":
    "I may not connect to the daemon; please check whose it is, and whether my sandbox lets me reach its socket.",
  "client.caller_not_allowed": "This program may not act for the agent; please ask an admin to allow it.",
  "client.frame_invalid": VERSIONS,
  "client.file_unsafe": FILE,
  "client.file_refused": FILE,
  "client.file_not_written": FILE,
  "client.interrupted": "I was interrupted before the program started.",
  "child.not_found": "The program is not installed on this host, or not on its PATH.",
  "child.not_executable": "The program's file cannot be executed.",
  "child.directory_gone": "The directory does not exist, or this user may not enter it.",
  "child.spawn_failed": "This host could not start the program; please look at its memory and limits.",
  "server.internal": "The vault ran into a fault of its own; please tell its operator the time.",
  "client.wait_timeout": "Nobody approved it while I waited; the request stays, please tell an admin.",
};

/** A sentence for the human, or undefined where there is nothing to tell. */
export function tellUser(code: ErrorCode): string | undefined {
  return SENTENCES[code];
}
