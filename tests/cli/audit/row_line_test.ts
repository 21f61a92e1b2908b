import assert from "node:assert/strict";
import { rowLine } from "../../../cli/audit/row_line.ts";
import type { AuditLogEntry } from "../../../shared/api/audit.ts";

const ROW: AuditLogEntry = {
  id: "5f0c2a4e-0000-4000-8000-000000000001",
  seq: 7,
  timestamp: "2026-11-23 17:26:12",
  principal: "agent:bot-1",
  agent_id: "bot-1",
  project_name: "shop",
  namespace: "default",
  action: "get_secrets",
  resource_path: "shop",
  status: "success",
  details: null,
  request_id: null,
  caller_pid: null,
  caller_binary_sha256: null,
  caller_argv_hash: null,
  caller_cwd: null,
  caller_git_commit: null,
  source_ip: "127.0.0.1",
  hostname: null,
  os: null,
  prev_hash: "00",
  entry_mac: "11",
};

Deno.test("rowLine says when, who, what, how it ended, the facts by name, and the id", () => {
  assert.equal(
    rowLine({ ...ROW, details: { keys: ["a", "b"], reaction: "notify", note: null, limits: { uses: 1 } } }),
    `2026-11-23 17:26:12  agent:bot-1  get_secrets  success  project shop  keys=a,b  reaction=notify  limits={"uses":1}  ${ROW.id}`,
  );
  assert.match(rowLine({ ...ROW, resource_path: "prod/key" }), /project shop {2}prod\/key {2}/);
});

Deno.test("rowLine tells the program that asked and whose child it was", () => {
  const details = { caller_started: "x", caller_parents: [{ name: "bash" }, { name: "claude" }, "odd"] };
  const caller = { caller_pid: 41, caller_binary_sha256: "ab".repeat(32), caller_cwd: "/src/shop" };
  assert.match(
    rowLine({ ...ROW, ...caller, details }),
    /shop {2}pid=41 {2}program=abababababab {2}in=\/src\/shop {2}under=bash<claude<\? {2}5f0c/,
  );
});

Deno.test("rowLine shows what a terminal would act on, and ends with the id however long the facts are", () => {
  const line = rowLine({
    ...ROW,
    resource_path: "\x1b[2J\nroot:x",
    details: { reason: "y".repeat(5_000) },
  });
  assert.doesNotMatch(line, /\p{Cc}/u);
  assert.ok(line.endsWith(ROW.id) && line.length < 1_100);
});
