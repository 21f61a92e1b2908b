import assert from "node:assert/strict";
import {
  codeFromWire,
  ERROR_CODES,
  EXIT,
  exitCode,
  httpStatus,
  toWireError,
  VaultError,
  wireCode,
} from "../../shared/errors.ts";

Deno.test("every code has its own wire code and comes back from it", () => {
  for (const code of ERROR_CODES) assert.equal(codeFromWire(wireCode(code)), code);
  assert.equal(new Set(ERROR_CODES.map(wireCode)).size, ERROR_CODES.length);
});

Deno.test("every code has an HTTP status of an error and an exit code of the table", () => {
  for (const code of ERROR_CODES) {
    assert.ok(httpStatus(code) >= 400 && httpStatus(code) < 600, code);
    assert.ok(Object.values<number>(EXIT).includes(exitCode(code)) && exitCode(code) !== EXIT.ok, code);
  }
});

Deno.test("the predecessor's error codes keep their names and statuses (section 1)", () => {
  const legacy = [
    ["token.expired", "token_expired", 401],
    ["token.revoked", "token_revoked", 401],
    ["device.authorization_pending", "authorization_pending", 401],
    ["grant.pending", "pending_approval", 403],
    ["grant.denied", "grant_denied", 403],
    ["project.agent_mismatch", "project_agent_mismatch", 403],
    ["project.no_agent", "project_no_agent_binding", 403],
    ["daemon.binary_not_allowed", "binary_not_allowed", 403],
    ["daemon.binary_disabled", "binary_disabled", 403],
  ] as const;
  for (const [code, wire, status] of legacy) {
    assert.equal(wireCode(code), wire);
    assert.equal(httpStatus(code), status);
  }
});

Deno.test("C5: pending approval, refusal, not ready and unreachable have exit codes of their own", () => {
  const codes = ["grant.pending", "grant.denied", "client.daemon_not_running", "server.unreachable"] as const;
  assert.deepEqual(codes.map(exitCode), [120, 121, 122, 123]);
});

Deno.test("toWireError shows message, code and details and never the cause", () => {
  const error = new VaultError("grant.pending", "Waits", {
    details: { grant_id: "g" },
    cause: new Error("inner"),
  });
  const wire = toWireError(error, "r-1");
  assert.deepEqual(wire, {
    error: "Waits",
    error_code: "pending_approval",
    details: { grant_id: "g" },
    request_id: "r-1",
  });
});
