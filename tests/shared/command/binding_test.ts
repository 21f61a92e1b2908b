import assert from "node:assert/strict";
import type { CommandFacts } from "../../../shared/api/command.ts";
import { bindingOf, commandDigest, mismatches, requestDigest } from "../../../shared/command/binding.ts";

const FACTS: CommandFacts = {
  files: [{ path: "/usr/bin/git", sha256: "a".repeat(64) }],
  args: ["push", "origin", "*"],
  directory: "/srv/shop",
  repository: { remote: "https://example.com/shop.git", commit: "b".repeat(40) },
};
const EXACT = bindingOf(FACTS, "/usr/bin:/bin", { patterns: false, commit: false });

Deno.test("mismatches finds none for the command that was asked for", () => {
  assert.deepEqual(mismatches(EXACT, FACTS), []);
  const pinned = bindingOf(FACTS, "/bin", { patterns: false, commit: true });
  assert.deepEqual(mismatches(pinned, FACTS), []);
});

Deno.test("mismatches names every part that differs", () => {
  const cases: [Partial<CommandFacts>, string[]][] = [
    [{ files: [{ path: "/tmp/git", sha256: "a".repeat(64) }] }, ["program"]],
    [{ files: [{ path: "/usr/bin/git", sha256: "c".repeat(64) }] }, ["program_changed"]],
    [{ files: [...FACTS.files, { path: "/srv/x.sh", sha256: "a".repeat(64) }] }, ["program"]],
    [{ args: ["push", "origin", "main"] }, ["arguments"]],
    [{ args: ["push", "origin"] }, ["arguments"]],
    [{ directory: "/srv/shop/sub" }, ["directory"]],
    [{ repository: null }, ["repository"]],
    [{ repository: { remote: "https://evil.example/shop.git", commit: null } }, ["repository"]],
    [{ repository: { remote: "https://example.com/shop.git", commit: "d".repeat(40) } }, []],
    [{ directory: "/", args: [], repository: null }, ["arguments", "directory", "repository"]],
  ];
  for (const [change, parts] of cases) assert.deepEqual(mismatches(EXACT, { ...FACTS, ...change }), parts);
  const pinned = bindingOf(FACTS, "/bin", { patterns: false, commit: true });
  const moved = { ...FACTS, repository: { remote: "https://example.com/shop.git", commit: "d".repeat(40) } };
  assert.deepEqual(mismatches(pinned, moved), ["commit"]);
});

Deno.test("commandDigest and requestDigest change with every part", () => {
  const digests = new Set([
    commandDigest(FACTS),
    commandDigest({ ...FACTS, files: [{ path: "/usr/bin/git", sha256: "c".repeat(64) }] }),
    commandDigest({ ...FACTS, args: ["push", "origin *"] }),
    commandDigest({ ...FACTS, args: ["push origin", "*"] }),
    commandDigest({ ...FACTS, directory: "/srv" }),
    commandDigest({ ...FACTS, repository: null }),
  ]);
  assert.equal(digests.size, 6);
  const shown = {
    agentRef: "a",
    namespace: "default",
    projectName: "p",
    keys: ["k"],
    binding: EXACT,
    uses: 1,
    seconds: 60,
    note: null,
  };
  const requests = new Set([
    requestDigest(shown),
    requestDigest({ ...shown, agentRef: "b" }),
    requestDigest({ ...shown, projectName: "q" }),
    requestDigest({ ...shown, keys: ["k", "l"] }),
    requestDigest({ ...shown, binding: { ...EXACT, search_path: "/tmp" } }),
    requestDigest({ ...shown, binding: { ...EXACT, environment: ["API_BASE_URL"] } }),
    requestDigest({ ...shown, uses: null }),
    requestDigest({ ...shown, seconds: 61 }),
    requestDigest({ ...shown, note: "x" }),
  ]);
  assert.equal(requests.size, 9);
});
