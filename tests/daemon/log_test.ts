import assert from "node:assert/strict";
import fc from "fast-check";
import { createLog, failureFields } from "../../daemon/log.ts";
import { VaultError } from "../../shared/errors.ts";

const clock = { now: () => 0 };

Deno.test("a log event is one line, as text and as JSON, whatever is in its fields", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), fc.boolean(), (field, json) => {
    const lines: string[] = [];
    createLog({ json, clock, write: (line) => lines.push(line) }).warn("something happened", { field });
    assert.equal(lines.length, 1);
    assert.ok([...lines[0] ?? ""].every((char) => char >= " "));
    if (json) assert.equal(JSON.parse(lines[0] ?? "").field, field);
  }));
});

Deno.test("failureFields tells code and message, never the cause", () => {
  const error = new VaultError("server.busy", "Busy", { cause: new Error("canary") });
  assert.deepEqual(failureFields(error), { code: "server_busy", reason: "Busy" });
  assert.deepEqual(failureFields("canary"), { code: "unknown" });
});
