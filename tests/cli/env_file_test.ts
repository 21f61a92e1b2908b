import assert from "node:assert/strict";
import fc from "fast-check";
import { declaredNames, namesAsDotenv } from "../../cli/env_file.ts";
import { dotenvNames } from "../../shared/dotenv.ts";

const envName = fc.stringMatching(/^[A-Z_][A-Z0-9_]{0,20}$/);

Deno.test("declaredNames gives the names of assignments and of bare upper-case lines", () => {
  assert.deepEqual(declaredNames("\uFEFFA=1\n# B=2\nexport C='x'\nBARE_NAME\n\n D = 4"), [
    "A",
    "C",
    "BARE_NAME",
    "D",
  ]);
});

Deno.test("declaredNames lets no line of a value that runs over several lines out", () => {
  const pem =
    "-----BEGIN PRIVATE KEY-----\nMIIEvAIBADANBgkqhkiG9w0\nabcDEF==\nALLUPPER\n-----END PRIVATE KEY-----";
  assert.deepEqual(declaredNames(`KEY="${pem}"\nNEXT=1`), ["KEY", "NEXT"]);
  assert.deepEqual(declaredNames(`KEY='${pem}'\nNEXT=1`), ["KEY", "NEXT"]);
});

Deno.test("declaredNames drops lines of base64 that stand alone, and names that could not be set", () => {
  assert.deepEqual(declaredNames("MIIEvAIBADANBgkqhkiG9w0\n1A=x\na-b=c\nOK=1"), ["OK"]);
});

Deno.test("declaredNames is not misled by quotes that close on their line or stand inside a value", () => {
  assert.deepEqual(declaredNames('A="x"\nB=\'y\' # it\'s fine\nC=it\'s\nD="a\\"b"\nE=1'), [
    "A",
    "B",
    "C",
    "D",
    "E",
  ]);
});

Deno.test("declaredNames never gives a piece of a value", () => {
  const canary = "CANARY";
  fc.assert(fc.property(envName, fc.string({ unit: "binary" }), (name, text) => {
    const value = text.replace(/["\\]/g, "");
    assert.deepEqual(declaredNames(`${name}="${canary}\n${canary}\n${value}\n${canary}"`), [name]);
  }));
});

Deno.test("namesAsDotenv is read back as the same names", () => {
  fc.assert(fc.property(fc.uniqueArray(envName), (names) => {
    assert.deepEqual(dotenvNames(namesAsDotenv(names)), names);
  }));
});
