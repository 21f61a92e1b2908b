import assert from "node:assert/strict";
import fc from "fast-check";
import { dotenvNames, parseDotenv } from "../../shared/dotenv.ts";

const envName = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,30}$/);
/** Any value that stays on one line. */
const value = fc.string({ minLength: 1, unit: "binary" });

/** Prints a value so that a dotenv reader gets it back: the inverse that the parser is tested against. */
function quote(text: string): string {
  const escapes: Record<string, string> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\" };
  return `"${text.replace(/[\n\r\t"\\]/g, (char) => escapes[char] ?? char)}"`;
}

Deno.test("dotenvNames gives each name once, in order, and no value", () => {
  const text = "# keys\nB=1\n\n  A = two \nexport C='3'\nB=again\nD\n=nothing\n";
  assert.deepEqual(dotenvNames(text), ["B", "A", "C", "D"]);
});

Deno.test("C11: dotenvNames understands `export NAME=` lines", () => {
  assert.deepEqual(dotenvNames("export FOO=\nexport\tBAR=x\n"), ["FOO", "BAR"]);
});

Deno.test("dotenvNames reads every kind of line end", () => {
  assert.deepEqual(dotenvNames("A=1\r\nB=2\rC=3\nD=4"), ["A", "B", "C", "D"]);
});

Deno.test("dotenvNames never throws and never gives a text with a value sign or line end", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    for (const name of dotenvNames(text)) assert.doesNotMatch(name, /[=\n\r]|^#|^$/);
  }));
});

Deno.test("parseDotenv gives back every value that was printed in double quotes", () => {
  fc.assert(fc.property(envName, value, (name, wanted) => {
    assert.deepEqual(parseDotenv(`${name}=${quote(wanted)}`), [{ line: 1, ok: true, name, value: wanted }]);
  }));
});

Deno.test("parseDotenv and dotenvNames agree on the names of good lines", () => {
  fc.assert(fc.property(fc.uniqueArray(envName, { maxLength: 20 }), (names) => {
    const text = names.map((name) => `export ${name}="x"  # note`).join("\n");
    const parsed = parseDotenv(text).map((line) => line.ok ? line.name : undefined);
    assert.deepEqual(parsed, names);
    assert.deepEqual(dotenvNames(text), names);
  }));
});

Deno.test("parseDotenv cuts comments of unquoted values only after white space", () => {
  const values = parseDotenv("A=x # note\nB=x#y\nC='x # y'\nD=\"x # y\" # note").map((line) =>
    line.ok && line.value
  );
  assert.deepEqual(values, ["x", "x#y", "x # y", "x # y"]);
});

Deno.test("parseDotenv keeps a backslash that begins no escape", () => {
  assert.deepEqual(parseDotenv(String.raw`A="a\qb"`), [{
    line: 1,
    ok: true,
    name: "A",
    value: String.raw`a\qb`,
  }]);
});

Deno.test("parseDotenv names the line of each mistake and never quotes it", () => {
  const text = "OK=1\nno-assignment-SECRET\n1X=SECRET\nOPEN=\"SECRET\nTAIL='a'SECRET\nEMPTY=\n";
  const problems = parseDotenv(text).filter((line) => !line.ok);
  assert.deepEqual(problems.map((line) => line.line), [2, 3, 4, 5, 6]);
  assert.doesNotMatch(JSON.stringify(problems), /SECRET/);
});
