/** What `docs/accounts.md` says of roles and rights is what the source says. */

import assert from "node:assert/strict";
import { ALL_RIGHTS, ALL_ROLES, RIGHTS, ROLES } from "../../server/access/roles.ts";
import { readSource } from "../support/source_files.ts";

const COUNTS_IN = { namespace: "namespaces", vault: "the vault", self: "one's own" } as const;

/** The cells of the rows of tables whose first cell is code. */
async function rows(): Promise<Map<string, readonly string[]>> {
  const text = await readSource("docs/accounts.md");
  const found = text.matchAll(/^\| `([a-z.-]+)`\s*\|(.*)\|$/gm);
  return new Map(
    [...found].map(([, name = "", rest = ""]) => [name, rest.split("|").map((cell) => cell.trim())]),
  );
}

Deno.test("docs/accounts.md lists every role with its rights, and no other", async () => {
  const table = await rows();
  for (const role of ALL_ROLES) {
    const { summary, rights } = ROLES[role];
    const all = rights.length === ALL_RIGHTS.length
      ? "all"
      : rights.map((right) => `\`${right}\``).join(", ");
    assert.deepEqual(table.get(role), [summary, all], role);
  }
  assert.equal(table.size, ALL_ROLES.length + ALL_RIGHTS.length);
});

Deno.test("docs/accounts.md lists every right with where it counts and what it allows", async () => {
  const table = await rows();
  for (const right of ALL_RIGHTS) {
    assert.deepEqual(table.get(right), [COUNTS_IN[RIGHTS[right].scope], RIGHTS[right].summary], right);
  }
});
