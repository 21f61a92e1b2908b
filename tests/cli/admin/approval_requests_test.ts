/** What a person at a terminal sees of a request before they decide. */

import assert from "node:assert/strict";
import { type AccessRequest, cardLines } from "../../../cli/admin/approval_requests.ts";

const REQUEST: AccessRequest = {
  kind: "access",
  id: "0b1c",
  agent_id: "bot",
  project_name: "app",
  namespace: "default",
  status: "pending",
  requested_keys: ["old/key", "new/key"],
  approved_keys: [],
  request_sha256: "ab",
  requested_at: "2026-01-02 03:04:05",
  decided_at: null,
  decided_by: null,
  source_ip: "10.0.0.1",
  note: null,
  approvals_so_far: [],
  fingerprint: "SHA256:abc",
  asked_from: {
    binary_sha256: "cd",
    directory: "/srv/app",
    git_commit: "ef",
    hostname: "laptop",
    os: "linux",
  },
  granted_before: [{ key_path: "old/key", until: "2026-02-01 00:00:00" }],
};

Deno.test("cardLines shows all that the page shows: the caller, what is new, and until when the rest counts", () => {
  assert.deepEqual(cardLines(REQUEST), [
    "access of bot",
    "  id          0b1c  pending",
    "  project     app, namespace default",
    "  keys        old/key, new/key (new)",
    "  agent key   SHA256:abc",
    "  host        laptop, linux",
    "  program     SHA-256 cd",
    "  directory   /srv/app",
    "  commit      ef",
    "  had before  old/key until 2026-02-01 00:00:00 UTC",
    "  asked       2026-01-02 03:04:05 UTC from 10.0.0.1",
  ]);
});

Deno.test("cardLines leaves out what is not known, and marks nothing once it is decided", () => {
  const nothing = { binary_sha256: null, directory: null, git_commit: null, hostname: null, os: null };
  const decided = { ...REQUEST, status: "denied", asked_from: nothing, granted_before: [] };
  const text = cardLines(decided).join("\n");
  assert.doesNotMatch(text, /host|program|directory|commit|\(new\)/);
  assert.match(text, /had before {2}nothing/);
});

Deno.test("cardLines turns what an agent sends to change the terminal into plain characters", () => {
  const hostile = { ...REQUEST.asked_from, hostname: "a\x1b[2J\nkeys", git_commit: "b\u202Ec" };
  const lines = cardLines({ ...REQUEST, asked_from: hostile });
  assert.equal(lines.length, cardLines(REQUEST).length);
  assert.doesNotMatch(lines.join(""), /[\p{Cc}\p{Cf}]/u);
});
