/** Holds `deno.json` and `docs/dependencies.md` to each other, and the code to both. */

import assert from "node:assert/strict";
import config from "../../deno.json" with { type: "json" };
import { importsOf, readSource, sourceFiles } from "../support/source_files.ts";

const declared = Object.entries(config.imports as Record<string, string>);

/** `npm:@noble/curves@2.4.0/ed25519.js` is `@noble/curves`. */
function packageOf(target: string): string {
  const match = /^npm:((?:@[^/]+\/)?[^@/]+)@/.exec(target);
  assert.ok(match?.[1], `not an npm dependency: ${target}`);
  return match[1];
}

Deno.test("every dependency has an exact version", () => {
  for (const [, target] of declared) {
    assert.match(target, /^npm:(@[^/]+\/)?[^@/]+@\d+\.\d+\.\d+(\/.*)?$/, `${target} is not pinned`);
  }
});

Deno.test("every dependency has its line in docs/dependencies.md, and no line is left over", async () => {
  const text = await readSource("docs/dependencies.md");
  const listed = [...text.matchAll(/^\| `([^`]+)`\s*\|/gm)].map((match) => match[1]);
  const wanted = new Set(declared.map(([, target]) => packageOf(target)));
  assert.deepEqual([...new Set(listed)].sort(), [...wanted].sort());
});

Deno.test("the code imports nothing that is not declared", async () => {
  const names = declared.map(([name]) => name);
  for (const path of await sourceFiles()) {
    for (const specifier of await importsOf(path)) {
      if (/^(server|daemon|cli|shared|tests|packaging|skills|deno\.json|node:)/.test(specifier)) continue;
      const known = names.some((name) => specifier === name || specifier.startsWith(`${name}/`));
      assert.ok(known, `${path} imports ${specifier}, which deno.json does not list`);
    }
  }
});

Deno.test("every declared dependency is used", async () => {
  const used = new Set((await Promise.all((await sourceFiles()).map(importsOf))).flat());
  for (const [name] of declared) {
    const isUsed = [...used].some((specifier) => specifier === name || specifier.startsWith(`${name}/`));
    // commander-extra-typings re-exports commander, which must be installed beside it.
    assert.ok(isUsed || name === "commander", `${name} is declared but nothing imports it`);
  }
});

Deno.test("the lock file records no download addresses", async () => {
  assert.doesNotMatch(await readSource("deno.lock"), /https?:\/\//);
});
