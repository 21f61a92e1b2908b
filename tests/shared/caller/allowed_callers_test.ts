import assert from "node:assert/strict";
import { type AllowedCaller, refusedRole } from "../../../shared/caller/allowed_callers.ts";

const [A, B] = ["a".repeat(64), "b".repeat(64)];
const caller = (sha256: string): AllowedCaller => ({ sha256, role: "caller" });
const above = (sha256: string): AllowedCaller => ({ sha256, role: "parent" });
const seen = (binarySha256: string | undefined, ...parents: (string | undefined)[]) => ({
  binarySha256,
  parents: parents.map((sha256) => ({ sha256 })),
});

Deno.test("refusedRole lets everybody in without a list", () => {
  assert.equal(refusedRole([], seen(undefined), false), undefined);
});

Deno.test("refusedRole wants each role that has entries, and what could not be seen is not allowed", () => {
  const cases: [AllowedCaller[], ReturnType<typeof seen>, string | undefined][] = [
    [[caller(A)], seen(A), undefined],
    [[caller(A)], seen(B), "caller"],
    [[caller(A)], seen(undefined), "caller"],
    [[caller(A)], seen(B, A), "caller"],
    [[above(A)], seen(B, undefined, A), undefined],
    [[above(A)], seen(A, B), "parent"],
    [[above(A)], seen(A), "parent"],
    [[caller(A), above(B)], seen(A, B), undefined],
    [[caller(A), above(B)], seen(A, A), "parent"],
    [[caller(A), caller(B)], seen(B), undefined],
  ];
  for (const [list, who, role] of cases) assert.equal(refusedRole(list, who, false), role);
});

Deno.test("refusedRole: the host's list stands for the caller, not for its parents", () => {
  assert.equal(refusedRole([caller(A)], seen(B), true), undefined);
  assert.equal(refusedRole([above(A)], seen(B, B), true), "parent");
});
