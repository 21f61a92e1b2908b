/** The daemon: is it there, of this version, attested, and as hard as it can be? */

import { VERSION } from "../../shared/version.ts";
import { codeFromWire, type ErrorCode, VaultError } from "../../shared/errors.ts";
import type { CliContext } from "../context.ts";
import { findDaemonProgram } from "../daemon_program.ts";
import { findDaemon } from "../commands/daemon/status.ts";
import type { DaemonFacts } from "../status_answer.ts";
import { failure, type Finding, LOGIN, ok, warning } from "./finding.ts";

const RESTART = "cortex daemon restart";

/** Of the program file, which a start needs. */
export function checkProgram({ env }: CliContext): Finding {
  try {
    return ok("program", findDaemonProgram(env("PATH")).path);
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    return failure("program", error.message, "install cortex-daemon beside cortex");
  }
}

/** Of the daemon that answers, if one does. */
export async function checkDaemon(
  socket: string,
): Promise<{ readonly findings: readonly Finding[]; readonly facts?: DaemonFacts }> {
  let facts: DaemonFacts | undefined;
  try {
    facts = await findDaemon(socket);
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    return { findings: [failure("daemon", error.message, RESTART)] };
  }
  if (facts === undefined) {
    return { findings: [failure("daemon", `no daemon answers at ${socket}`, "cortex daemon start")] };
  }
  return { findings: [runningFinding(facts), sessionFinding(facts), hardeningFinding(facts)], facts };
}

function runningFinding({ version, pid }: DaemonFacts): Finding {
  if (version === VERSION) return ok("daemon", `version ${version} runs as process ${pid}`);
  return warning("daemon", `the daemon is version ${version}, cortex is ${VERSION}`, RESTART);
}

function sessionFinding(facts: DaemonFacts): Finding {
  if (facts.session_state === "attested") return ok("session", "attested: programs can run");
  const code = codeFromWire(facts.problem_code ?? "");
  const fix = (code && FIXES[code]?.(facts)) ?? BY_STATE[facts.session_state];
  return failure("session", facts.problem ?? "there is no session", fix);
}

/** Where the problem asks for more than the state does. */
const FIXES: Partial<Readonly<Record<ErrorCode, (facts: DaemonFacts) => string>>> = {
  "daemon.binary_not_allowed": ({ binary_sha256 }) =>
    `have an admin allow it: cortex admin allowlist add ${binary_sha256}`,
  "daemon.binary_disabled": () => "install a newer daemon, or ask an admin why this one was switched off",
  "agent.frozen": ({ agent_id }) =>
    `have an admin look into it, then: cortex admin agents unfreeze ${agent_id || "AGENT"}`,
  "client.file_unsafe": () => "mend the file that is named; the daemon notices it by itself",
  "server.sealed": () => "have the operator unseal it; the daemon notices it by itself",
};

const BY_STATE: Readonly<Record<DaemonFacts["session_state"], string>> = {
  logged_out: LOGIN,
  connecting: "wait, then run this again",
  refused: RESTART,
  attested: RESTART,
  unknown: RESTART,
};

function hardeningFinding({ hardening }: DaemonFacts): Finding {
  const lacking = hardening.filter(({ done }) => !done);
  if (lacking.length === 0) return ok("hardening", `all ${hardening.length} steps were taken`);
  const steps = lacking.map(({ step, reason }) => reason === "" ? step : `${step} (${reason})`).join("; ");
  return warning(
    "hardening",
    `not done: ${steps}`,
    "raise what the reason names; docs/threat_model.md says what it costs",
  );
}
