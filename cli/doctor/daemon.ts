/** The daemon: is it there, of this version, attested, and as hard as it can be? */

import { VERSION } from "../../shared/version.ts";
import { VaultError } from "../../shared/errors.ts";
import type { CliContext } from "../context.ts";
import { findDaemonProgram } from "../daemon_program.ts";
import { findDaemon } from "../commands/daemon/status.ts";
import type { DaemonFacts } from "../status_answer.ts";
import { failure, type Finding, ok, warning } from "./finding.ts";

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

function sessionFinding({ session_state, problem, problem_code, binary_sha256 }: DaemonFacts): Finding {
  if (session_state === "attested") return ok("session", "attested: programs can run");
  const why = problem ?? "there is no session";
  const isListed = problem_code === "daemon_binary_not_allowed" || problem_code === "daemon_binary_disabled";
  if (isListed) return failure("session", why, `have an admin allow the daemon's hash ${binary_sha256}`);
  if (session_state === "logged_out") return failure("session", why, "cortex daemon login --url URL");
  return failure("session", why, session_state === "connecting" ? "wait, then run this again" : RESTART);
}

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
