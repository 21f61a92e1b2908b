import assert from "node:assert/strict";
import fc from "fast-check";
import { headerText } from "../../../daemon/caller_headers.ts";
import {
  type CallerParent,
  MAX_PARENTS,
  MAX_PARENTS_HEADER,
  parseParents,
  parseStarted,
  printableName,
  printParents,
} from "../../../shared/caller/parents.ts";

const parent: fc.Arbitrary<CallerParent> = fc.record({
  pid: fc.integer({ min: 1, max: 4_194_304 }),
  name: fc.string({ unit: "binary", maxLength: 300 }).map(printableName),
  sha256: fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: 64, maxLength: 64 }),
  started: fc.constant("2026-01-02T03:04:05Z"),
}, { requiredKeys: ["pid", "name"], noNullPrototype: true });

Deno.test("printParents fits the header whatever the names are, and parseParents reads what was kept", () => {
  fc.assert(fc.property(fc.array(parent, { maxLength: 24 }), (parents) => {
    const header = printParents(parents, headerText);
    assert.ok(header.length <= MAX_PARENTS_HEADER);
    const kept = parseParents(header) ?? assert.fail("the header is not read");
    assert.deepEqual(kept, parents.slice(0, kept.length));
    assert.ok(kept.length <= MAX_PARENTS);
  }));
});

Deno.test("printParents keeps sixteen ordinary parents", () => {
  const one = { pid: 4_194_304, name: "node", sha256: "a".repeat(64), started: "2026-01-02T03:04:05Z" };
  const parents = Array.from({ length: 20 }, () => one);
  assert.equal(parseParents(printParents(parents, headerText))?.length, MAX_PARENTS);
});

Deno.test("printableName cannot move a cursor, break a line or hide itself", () => {
  assert.equal(printableName("\x1b[2Jsh\n"), "\\u001b[2Jsh\\u000a");
  assert.equal(printableName("a\u202eb\u0085"), "a\\u202eb\\u0085");
  fc.assert(fc.property(fc.string({ unit: "binary" }), (name) => {
    assert.doesNotMatch(printableName(name), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
    assert.ok(printableName(name).length <= 48);
  }));
});

Deno.test("parseParents refuses what our daemon does not send, and escapes names that somebody else did not", () => {
  const good = { pid: 1, name: "sh" };
  for (
    const wrong of [
      "",
      "x",
      "%",
      "{}",
      "null",
      JSON.stringify([{ ...good, pid: 0 }]),
      JSON.stringify([{ ...good, pid: 1.5 }]),
      JSON.stringify([{ ...good, sha256: "x" }]),
      JSON.stringify([{ ...good, started: "now" }]),
      JSON.stringify([{ ...good, name: "x".repeat(300) }]),
      JSON.stringify(Array.from({ length: MAX_PARENTS + 1 }, () => good)),
      `[${" ".repeat(MAX_PARENTS_HEADER)}]`,
    ]
  ) assert.equal(parseParents(wrong), undefined, wrong.slice(0, 40));
  assert.deepEqual(parseParents(JSON.stringify([{ ...good, argv: ["--password=x"], name: "\x1b" }])), [
    { pid: 1, name: "\\u001b" },
  ]);
});

Deno.test("parseStarted takes whole seconds in UTC and nothing else", () => {
  assert.equal(parseStarted("2026-01-02T03:04:05Z"), "2026-01-02T03:04:05Z");
  for (const text of ["", "2026-01-02", "2026-01-02T03:04:05+01:00", "2026-01-02T03:04:05Z\n"]) {
    assert.equal(parseStarted(text), undefined);
  }
});
