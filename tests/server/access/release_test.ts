import assert from "node:assert/strict";
import fc from "fast-check";
import type { AccessRequest } from "../../../server/access/approval.ts";
import type { GrantedSecret } from "../../../server/access/mapping.ts";
import type { Policy } from "../../../server/access/policy.ts";
import { decideRelease, type ReleaseInput } from "../../../server/access/release.ts";

const ISSUED = 10_000;
const grant = (effectiveName: string, keyPath: string): GrantedSecret => ({
  secretId: keyPath,
  keyPath,
  secretType: "KEY_VALUE",
  effectiveName,
});
const approved = (keys: readonly string[], over: Partial<AccessRequest> = {}): AccessRequest => ({
  id: "r",
  status: "approved",
  requestedKeys: keys,
  approvedKeys: keys,
  requestedAt: 1,
  decidedAt: 2,
  autoApprovalUntil: ISSUED + 1,
  ...over,
});
const input = (over: Partial<ReleaseInput<GrantedSecret>> = {}): ReleaseInput<GrantedSecret> => ({
  mapped: [{ name: "Db_Url", keyPath: "prod/db_url" }],
  scope: ["prod/db_url"],
  grants: [grant("DB_URL", "prod/db_url")],
  policies: [],
  history: [approved(["prod/db_url"])],
  issuedAt: ISSUED,
  ...over,
});
const reasonOf = (over: Partial<ReleaseInput<GrantedSecret>>) =>
  decideRelease(input(over)).withheld[0]?.reason;
const deny: Policy = { name: "p", agentPattern: "*", allowedPaths: [], deniedPaths: ["prod/*"] };

Deno.test("decideRelease releases what is granted, allowed and approved, under the caller's spelling", () => {
  const { released, withheld } = decideRelease(input());
  assert.deepEqual(released, [{ name: "Db_Url", grant: grant("DB_URL", "prod/db_url"), byCommand: false }]);
  assert.deepEqual(withheld, []);
});

Deno.test("B7: decideRelease names every reason for which a frozen name brings nothing any more", () => {
  assert.equal(reasonOf({ grants: [] }), "grant_removed");
  assert.equal(reasonOf({ grants: [grant("OTHER", "prod/db_url")] }), "grant_removed");
  assert.equal(reasonOf({ policies: [deny] }), "denied_by_policy");
  assert.equal(reasonOf({ history: [] }), "approval_removed");
  assert.equal(reasonOf({ history: [approved(["prod/db_url"], { status: "denied" })] }), "denied");
  assert.equal(reasonOf({ history: [approved(["prod/db_url"], { approvedKeys: [] })] }), "not_approved");
});

Deno.test("decideRelease does not deliver another secret that took the name over", () => {
  assert.equal(reasonOf({ grants: [grant("DB_URL", "prod/other")] }), "grant_removed");
});

Deno.test("decideRelease delivers nothing that is mapped outside the scope", () => {
  assert.equal(reasonOf({ scope: [] }), "approval_removed");
});

Deno.test("decideRelease lets a token outlive the term of its approval, not its removal", () => {
  const ended = approved(["prod/db_url"], { autoApprovalUntil: ISSUED });
  assert.equal(reasonOf({ history: [ended] }), "approval_removed");
  assert.equal(decideRelease(input()).released.length, 1);
});

Deno.test("decideRelease never releases a key that is not granted, allowed and approved all at once", () => {
  const keys = ["a", "b", "c", "d"];
  const some = fc.subarray(keys);
  fc.assert(
    fc.property(some, some, some, some, some, (mapped, granted, denied, okayed, scope) => {
      const { released, withheld } = decideRelease({
        mapped: mapped.map((key) => ({ name: key, keyPath: key })),
        scope,
        grants: granted.map((key) => grant(key.toUpperCase(), key)),
        policies: [{ name: "p", agentPattern: "*", allowedPaths: [], deniedPaths: denied }],
        history: okayed.length === 0 ? [] : [approved(okayed)],
        issuedAt: ISSUED,
      });
      const names = released.map(({ name }) => name);
      const expected = mapped.filter((key) =>
        granted.includes(key) && !denied.includes(key) && okayed.includes(key) && scope.includes(key)
      );
      assert.deepEqual(names, expected);
      assert.deepEqual([...names, ...withheld.map(({ name }) => name)].sort(), [...mapped].sort());
    }),
    { numRuns: 1_000 },
  );
});
