import assert from "node:assert/strict";
import fc from "fast-check";
import { type GrantedSecret, mapNames, scopeOf } from "../../../server/access/mapping.ts";

const grant = (
  effectiveName: string,
  keyPath = effectiveName.toLowerCase(),
  over: Partial<GrantedSecret> = {},
) => ({
  secretId: `id-${keyPath}`,
  keyPath,
  secretType: "KEY_VALUE" as const,
  effectiveName,
  ...over,
});

Deno.test("mapNames keeps the caller's spelling and matches without regard to case", () => {
  const { mapped, unmatched } = mapNames({ values: ["openai_Api_Key"], sshKeys: false }, [
    grant("OPENAI_API_KEY", "prod/openai"),
  ], []);
  assert.deepEqual(mapped, [{ name: "openai_Api_Key", keyPath: "prod/openai" }]);
  assert.deepEqual(unmatched, []);
});

Deno.test("mapNames guesses nothing: a name without a grant is unmatched", () => {
  const { mapped, unmatched } = mapNames({ values: ["PROD_OPENAI", "OPENAI"], sshKeys: false }, [
    grant("OPENAI_API_KEY", "openai"),
  ], []);
  assert.deepEqual(mapped, []);
  assert.deepEqual(unmatched, ["PROD_OPENAI", "OPENAI"]);
});

Deno.test("mapNames treats a name that a policy keeps back as unmatched", () => {
  const policies = [{ name: "p", agentPattern: "*", allowedPaths: [], deniedPaths: ["prod/*"] }];
  const grants = [grant("DB", "prod/db"), grant("LOG", "dev/log")];
  const { mapped, unmatched } = mapNames({ values: ["DB", "LOG"], sshKeys: false }, grants, policies);
  assert.deepEqual(mapped, [{ name: "LOG", keyPath: "dev/log" }]);
  assert.deepEqual(unmatched, ["DB"]);
});

Deno.test("mapNames maps every granted value for 'all_granted', and no template", () => {
  const grants = [grant("B"), grant("A"), grant("CONF", "conf", { secretType: "TEMPLATE_CONFIG" })];
  const { mapped, unmatched } = mapNames({ values: "all_granted", sshKeys: false }, grants, []);
  assert.deepEqual(mapped.map(({ name }) => name), ["A", "B"]);
  assert.deepEqual(unmatched, []);
});

Deno.test("mapNames gives names like '__proto__' no meaning of their own", () => {
  const { mapped, unmatched } = mapNames({ values: ["__proto__", "constructor"], sshKeys: false }, [
    grant("A"),
  ], []);
  assert.deepEqual(mapped, []);
  assert.deepEqual(unmatched, ["__proto__", "constructor"]);
});

Deno.test("mapNames sorts every name it was asked for into one of the two lists, once", () => {
  const names = fc.array(fc.constantFrom("A", "a", "B", "b", "C", "x y", ""));
  fc.assert(fc.property(names, fc.subarray(["A", "B", "C"]), (asked, granted) => {
    const { mapped, unmatched } = mapNames(
      { values: asked, sshKeys: false },
      granted.map((name) => grant(name)),
      [],
    );
    const seen = [...mapped.map(({ name }) => name), ...unmatched].sort();
    assert.deepEqual(seen, [...new Set(asked)].sort());
    assert.ok(mapped.every(({ name }) => granted.includes(name.toUpperCase())));
  }));
});

Deno.test("scopeOf is sorted and without repeats", () => {
  const mapped = [{ name: "b", keyPath: "z" }, { name: "B", keyPath: "z" }, { name: "a", keyPath: "k" }];
  assert.deepEqual(scopeOf(mapped), ["k", "z"]);
});
