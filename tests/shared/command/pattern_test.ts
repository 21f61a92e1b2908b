import assert from "node:assert/strict";
import fc from "fast-check";
import {
  exactPattern,
  matchesArguments,
  matchesDirectory,
  matchesText,
} from "../../../shared/command/pattern.ts";

Deno.test("exactPattern matches its text and nothing else", () => {
  fc.assert(fc.property(fc.string(), fc.string(), (text, other) => {
    assert.ok(matchesText(exactPattern(text), text));
    assert.equal(matchesText(exactPattern(text), other), text === other);
  }));
  assert.ok(matchesText(exactPattern("*"), "*") && !matchesText(exactPattern("*"), "x"));
});

Deno.test("matchesText takes a star for any characters", () => {
  const good = [["*", ""], ["a*", "a"], ["a*c", "abc"], ["*b*", "abc"], ["a**c", "ac"], ["x*x", "xx"], [
    "ab*ab",
    "abab",
  ]];
  for (const [pattern = "", text = ""] of good) assert.ok(matchesText(pattern, text), `${pattern} ${text}`);
  const bad = [["", "a"], ["x*x", "x"], ["ab*ab", "aba"], ["a*b*c", "acb"], ["\\*", "a"], ["a", "A"], [
    "*a",
    "ab",
  ]];
  for (const [pattern = "", text = ""] of bad) assert.ok(!matchesText(pattern, text), `${pattern} ${text}`);
});

Deno.test("matchesText agrees with a regular expression", () => {
  const letters = fc.string({ unit: fc.constantFrom("a", "b", "*", "\\"), maxLength: 8 });
  fc.assert(
    fc.property(
      letters,
      fc.string({ unit: fc.constantFrom("a", "b", "*", "\\"), maxLength: 8 }),
      (pattern, text) => {
        const source = pattern.replace(
          /\\(.)|\*|[^\\*]|\\$/gs,
          (part, escaped) =>
            part === "*" ? "[^]*" : `\\x${(escaped ?? part).charCodeAt(0).toString(16).padStart(2, "0")}`,
        );
        assert.equal(matchesText(pattern, text), new RegExp(`^${source}$`).test(text), `${pattern} ${text}`);
      },
    ),
    { numRuns: 2_000 },
  );
});

Deno.test("matchesText is not made slow by a hostile pattern", () => {
  const pattern = "a*".repeat(20_000) + "b";
  assert.ok(!matchesText(pattern, "a".repeat(60_000)));
});

Deno.test("matchesArguments takes two stars at the end for any further arguments, and only there", () => {
  assert.ok(matchesArguments(["push", "**"], ["push"]));
  assert.ok(matchesArguments(["push", "**"], ["push", "origin", "main"]));
  assert.ok(!matchesArguments(["push", "**"], ["pull"]));
  assert.ok(!matchesArguments(["push", "*"], ["push"]));
  assert.ok(!matchesArguments(["push", "*"], ["push", "a", "b"]));
  assert.ok(matchesArguments(["**", "x"], ["y", "x"]));
  assert.ok(!matchesArguments([], ["x"]) && matchesArguments([], []));
});

Deno.test("matchesDirectory is exact, or a whole tree and not its neighbour", () => {
  assert.ok(matchesDirectory("/srv/shop", "/srv/shop") && !matchesDirectory("/srv/shop", "/srv/shop/a"));
  assert.ok(
    matchesDirectory("/srv/shop/**", "/srv/shop") && matchesDirectory("/srv/shop/**", "/srv/shop/a/b"),
  );
  assert.ok(!matchesDirectory("/srv/shop/**", "/srv/shop2") && !matchesDirectory("/srv/shop/**", "/srv"));
});
