import assert from "node:assert/strict";
import { nextStep } from "../../cli/next_step.ts";
import { tellUser } from "../../cli/tell_user.ts";
import { ERROR_CODES, EXIT, exitCode } from "../../shared/errors.ts";

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
const BEFORE_A_RUN: readonly number[] = [
  EXIT.pendingApproval,
  EXIT.refused,
  EXIT.notReady,
  EXIT.unreachable,
  EXIT.timeout,
];

Deno.test("every refusal that an agent can meet says what to do next and what to tell the user", () => {
  const codes = ERROR_CODES.filter((code) => BEFORE_A_RUN.includes(exitCode(code)))
    .filter((code) => !NOT_FOR_AGENTS.includes(code));
  for (const code of codes) {
    assert.ok(nextStep(code) !== undefined, `${code} has no next step`);
    assert.match(tellUser(code) ?? "", /^[A-Z].*\.$/, `${code} has no sentence for the user`);
  }
});

Deno.test("sentences are for codes that exist for agents", () => {
  for (const code of ERROR_CODES) {
    if (tellUser(code) !== undefined) assert.ok(BEFORE_A_RUN.includes(exitCode(code)), code);
  }
});
