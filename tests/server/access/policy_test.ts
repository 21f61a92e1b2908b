import assert from "node:assert/strict";
import fc from "fast-check";
import { decidePath, matchesPattern, policiesOfAgent, type Policy } from "../../../server/access/policy.ts";

const policy = (over: Partial<Policy>): Policy => ({
  name: "p",
  agentPattern: "*",
  allowedPaths: [],
  deniedPaths: [],
  ...over,
});

Deno.test("matchesPattern takes '*' as everything, a trailing '*' as any rest, and nothing else as special", () => {
  assert.ok(matchesPattern("*", "anything"));
  assert.ok(matchesPattern("prod/*", "prod/db"));
  assert.ok(matchesPattern("prod/*", "prod/"));
  assert.ok(!matchesPattern("prod/*", "staging/db"));
  assert.ok(matchesPattern("prod/db", "prod/db"));
  assert.ok(!matchesPattern("prod/db", "prod/db2"));
  assert.ok(!matchesPattern("Prod/db", "prod/db"));
  assert.ok(!matchesPattern("a*b", "axb"));
  assert.ok(matchesPattern("a*b", "a*b"));
});

Deno.test("matchesPattern strips only one trailing '*'", () => {
  assert.ok(matchesPattern("a**", "a*x"));
  assert.ok(!matchesPattern("a**", "ax"));
});

Deno.test("matchesPattern with a prefix is startsWith, for any texts", () => {
  fc.assert(fc.property(fc.string(), fc.string(), (prefix, subject) => {
    assert.equal(matchesPattern(`${prefix}*`, subject), subject.startsWith(prefix));
  }));
});

Deno.test("decidePath allows everything where no policy speaks of the agent", () => {
  const none = policiesOfAgent([policy({ agentPattern: "other-*", deniedPaths: ["*"] })], "agent");
  assert.deepEqual(decidePath(none, "x"), { allowed: true, policy: null });
});

Deno.test("decidePath lets a denial win over an allowance, whichever policy comes first", () => {
  const allow = policy({ name: "allow", allowedPaths: ["*"] });
  const deny = policy({ name: "deny", deniedPaths: ["prod/*"] });
  for (const policies of [[allow, deny], [deny, allow]]) {
    assert.deepEqual(decidePath(policies, "prod/db"), {
      allowed: false,
      policy: "deny",
      reason: "path_denied",
    });
    assert.deepEqual(decidePath(policies, "dev/db"), { allowed: true, policy: "allow" });
  }
});

Deno.test("decidePath refuses a path that no policy lists, as soon as one lists any", () => {
  const policies = [policy({ name: "a", allowedPaths: ["dev/*"] }), policy({ name: "b" })];
  assert.deepEqual(decidePath(policies, "prod/db"), {
    allowed: false,
    policy: null,
    reason: "path_not_allowed",
  });
});

Deno.test("decidePath allows by silence where policies only deny other paths", () => {
  const policies = [policy({ deniedPaths: ["prod/*"] })];
  assert.deepEqual(decidePath(policies, "dev/db"), { allowed: true, policy: null });
});

const pattern = fc.constantFrom("*", "a/*", "b/*", "a/x", "b/y", "");
const policies = fc.array(
  fc.record({
    name: fc.constantFrom("p", "q", "r"),
    agentPattern: fc.constantFrom("*", "agent", "ag*", "other"),
    allowedPaths: fc.array(pattern, { maxLength: 3 }),
    deniedPaths: fc.array(pattern, { maxLength: 2 }),
  }),
  { maxLength: 4 },
);

Deno.test("decidePath agrees with section 7.2 of the wire contract, word by word", () => {
  fc.assert(fc.property(policies, fc.constantFrom("a/x", "a/z", "b/y", "c"), (all, path) => {
    const mine = policiesOfAgent(all, "agent");
    const denied = mine.some(({ deniedPaths }) => deniedPaths.some((entry) => matchesPattern(entry, path)));
    const listed = mine.some(({ allowedPaths }) => allowedPaths.length > 0);
    const allowed = mine.some(({ allowedPaths }) =>
      allowedPaths.some((entry) => matchesPattern(entry, path))
    );
    assert.equal(decidePath(mine, path).allowed, mine.length === 0 || (!denied && (!listed || allowed)));
  }));
});

Deno.test("decidePath never allows more when a denial is added", () => {
  fc.assert(fc.property(policies, pattern, fc.constantFrom("a/x", "b/y", "c"), (all, denied, path) => {
    const more = [...all, policy({ deniedPaths: [denied] })];
    if (!decidePath(all, path).allowed) assert.ok(!decidePath(more, path).allowed);
  }));
});
