import assert from "node:assert/strict";
import fc from "fast-check";
import { VaultError } from "../../shared/errors.ts";
import {
  defaultEnvName,
  isEnvName,
  parseAgentId,
  parseEnvName,
  parseKeyPath,
  parseNamespaceName,
  parseProjectName,
} from "../../shared/names.ts";

const segment = fc.stringMatching(/^[A-Za-z0-9_.-]{1,30}$/).filter((text) => text !== "." && text !== "..");
const PARSERS = [parseAgentId, parseEnvName, parseKeyPath, parseNamespaceName, parseProjectName];

function refuses(parse: (text: string) => string, ...texts: string[]): void {
  for (const text of texts) {
    assert.throws(
      () => parse(text),
      (error) => error instanceof VaultError && error.code === "request.invalid",
      JSON.stringify(text),
    );
  }
}

Deno.test("parseKeyPath takes every path of good segments and gives it back unchanged", () => {
  fc.assert(fc.property(fc.array(segment, { minLength: 1, maxLength: 8 }), (segments) => {
    const path = segments.join("/");
    assert.equal(parseKeyPath(path), path);
  }));
});

Deno.test("parseKeyPath refuses dots alone, empty segments, foreign characters and more than 255", () => {
  refuses(
    parseKeyPath,
    "",
    "/",
    "a/",
    "/a",
    "a//b",
    ".",
    "..",
    "a/../b",
    "a b",
    "a\n",
    "ключ",
    "a%2Fb",
    "x".repeat(256),
  );
  assert.equal(parseKeyPath("x".repeat(255)).length, 255);
});

Deno.test("A17: parseAgentId refuses dots, which would shift the attestation header", () => {
  refuses(parseAgentId, "a.b", "", "a b", "a/b", "a:b", "a\n", "é", "x".repeat(65));
  for (const id of ["a", "Build_Bot-7", "x".repeat(64)]) assert.equal(parseAgentId(id), id);
});

Deno.test("B23: no agent id can leave its directory", () => {
  refuses(parseAgentId, "../x", "..", "/etc/passwd", "a\0b");
});

Deno.test("parseProjectName takes letters of any script and inner spaces", () => {
  for (const name of ["my app", "проект", "店", "a.b-c_d", "x".repeat(128)]) {
    assert.equal(parseProjectName(name), name);
  }
  refuses(parseProjectName, "", " a", "a ", "a/b", "a\nb", "a\u0000", "a\u200bb", ".", "..", "x".repeat(129));
});

Deno.test("parseNamespaceName takes lowercase names of up to 63 characters", () => {
  for (const name of ["default", "a", "0-9_z", "x".repeat(63)]) assert.equal(parseNamespaceName(name), name);
  refuses(parseNamespaceName, "", "Default", "-a", "_a", "a b", "x".repeat(64));
});

Deno.test("parseEnvName takes what every shell takes", () => {
  for (const name of ["A", "_", "a1_B"]) assert.ok(isEnvName(name));
  refuses(parseEnvName, "", "1A", "A-B", "A=B", "A B", "é");
});

Deno.test("no parser quotes what it refuses", () => {
  fc.assert(fc.property(fc.string({ minLength: 12, unit: "binary" }), (text) => {
    for (const parse of PARSERS) {
      try {
        parse(text);
      } catch (error) {
        assert.ok(error instanceof VaultError && !error.message.includes(text));
      }
    }
  }));
});

Deno.test("defaultEnvName is the last segment in upper case (section 7.1)", () => {
  assert.equal(defaultEnvName("openai_api_key"), "OPENAI_API_KEY");
  assert.equal(defaultEnvName("prod/db-pass"), "DB-PASS");
});
