import assert from "node:assert/strict";
import { nextStep } from "../../cli/next_step.ts";
import { tellUser } from "../../cli/tell_user.ts";
import { ERROR_CODES, type ErrorCode, EXIT, exitCode } from "../../shared/errors.ts";

/** Only people at a server run into these. */
const NOT_FOR_AGENTS: readonly string[] = [
  "archive.wrong_key",
  "auth.csrf",
  "auth.forbidden",
  "auth.password_wrong",
  "auth.proof_too_old",
  "auth.second_factor_required",
  "auth.sign_in_failed",
  "invitation.invalid",
  "oidc.refused",
  "passkey.invalid",
  "recovery.shares_do_not_open",
];
/** Failures, beside the refusals, that a run, a template, a signature or a tool can end with. */
const FAILURES: readonly string[] = [
  "request.invalid",
  "request.malformed_json",
  "request.too_large",
  "project.not_found",
  "project.ambiguous",
  "agent.not_found",
  "command.facts_needed",
  "server.internal",
  ...ERROR_CODES.filter((code) => /^(?:client|child|template)\.|^sign\.key_unfit$/.test(code)),
];
const REFUSALS: readonly number[] = [
  EXIT.pendingApproval,
  EXIT.refused,
  EXIT.notReady,
  EXIT.unreachable,
  EXIT.timeout,
];

function isForAgents(code: ErrorCode): boolean {
  return FAILURES.includes(code) || REFUSALS.includes(exitCode(code)) && !NOT_FOR_AGENTS.includes(code);
}

Deno.test("every refusal that an agent can meet says what to do next and what to tell the user", () => {
  for (const code of ERROR_CODES.filter(isForAgents)) {
    assert.ok(nextStep(code) !== undefined, `${code} has no next step`);
    assert.match(tellUser(code) ?? "", /^[A-Z].*\.$/, `${code} has no sentence for the user`);
  }
});

Deno.test("sentences are for codes that exist for agents", () => {
  for (const code of ERROR_CODES) {
    if (tellUser(code) !== undefined) assert.ok(isForAgents(code), code);
  }
});
