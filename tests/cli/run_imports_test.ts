import assert from "node:assert/strict";

const STATIC_IMPORT = /^(?:import|export)\s(?!type\s)[^;]*?from\s+"([^"]+)"/gm;

/** Every module that is loaded before the first line of `entry` runs, as addresses or bare names. */
async function loadedBy(entry: URL, seen = new Set<string>()): Promise<Set<string>> {
  if (seen.has(entry.href)) return seen;
  seen.add(entry.href);
  const text = await Deno.readTextFile(entry);
  for (const [, specifier = ""] of text.matchAll(STATIC_IMPORT)) {
    if (specifier.startsWith(".")) await loadedBy(new URL(specifier, entry), seen);
    else seen.add(specifier);
  }
  return seen;
}

Deno.test("cortex run loads no library and no node: module, which would double its start-up", async () => {
  const loaded = await loadedBy(new URL("../../cli/main.ts", import.meta.url));
  await loadedBy(new URL("../../cli/commands/run.ts", import.meta.url), loaded);
  assert.ok(loaded.size > 10, "the walk has found the modules");
  assert.deepEqual([...loaded].filter((name) => !name.startsWith("file:")), []);
  assert.ok(loaded.size <= 24, `a run loads ${loaded.size} modules`);
});
