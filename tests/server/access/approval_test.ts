import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type AccessRequest,
  approvalStates,
  decideApproval,
  onceApprovals,
} from "../../../server/access/approval.ts";
import { DAY } from "../../../shared/clock.ts";

const NOW = 1_000 * DAY;
let count = 0;

function request(
  status: AccessRequest["status"],
  keys: string[],
  over: Partial<AccessRequest> = {},
): AccessRequest {
  count++;
  const decided = status === "pending" ? null : NOW - DAY + count;
  return {
    id: `r${count}`,
    status,
    requestedKeys: keys,
    approvedKeys: status === "approved" ? keys : null,
    requestedAt: NOW - 2 * DAY + count,
    decidedAt: decided,
    autoApprovalUntil: status === "approved" ? NOW + 29 * DAY : null,
    ...over,
  };
}

Deno.test("decideApproval needs nobody where nothing is asked for", () => {
  assert.deepEqual(decideApproval([request("denied", ["a"])], [], NOW), { kind: "nothing_asked" });
});

Deno.test("decideApproval makes a request of keys that nobody decided about", () => {
  assert.deepEqual(decideApproval([], ["b", "a"], NOW), {
    kind: "pending",
    extends: null,
    requestedKeys: ["a", "b"],
    grows: true,
    approved: [],
  });
});

Deno.test("decideApproval lets a subset of an approval pass", () => {
  const decision = decideApproval([request("approved", ["a", "b"])], ["a"], NOW);
  assert.deepEqual(decision, { kind: "granted", approved: ["a"], withheld: [] });
});

Deno.test("A20: a partial approval lets exactly its part through, for the same request again", () => {
  const partial = request("approved", ["a", "b"], { approvedKeys: ["a"] });
  assert.deepEqual(decideApproval([partial], ["a", "b"], NOW), {
    kind: "granted",
    approved: ["a"],
    withheld: [{ keyPath: "b", reason: "not_approved" }],
  });
});

Deno.test("A20: a key that a person left out makes no new request while that approval lives", () => {
  const partial = request("approved", ["a", "b"], { approvedKeys: ["a"] });
  assert.equal(decideApproval([partial], ["b"], NOW).kind, "denied");
  const ended = { ...partial, autoApprovalUntil: NOW };
  assert.equal(decideApproval([ended], ["b"], NOW).kind, "pending");
});

Deno.test("A21: a wider request while one waits is merged into it", () => {
  const open = request("pending", ["a"]);
  const decision = decideApproval([open], ["b", "a"], NOW);
  assert.deepEqual(decision, {
    kind: "pending",
    extends: open,
    requestedKeys: ["a", "b"],
    grows: true,
    approved: [],
  });
});

Deno.test("A21: a narrower request while one waits changes nothing of it", () => {
  const open = request("pending", ["a", "b"]);
  const decision = decideApproval([open], ["a"], NOW);
  assert.deepEqual(decision, {
    kind: "pending",
    extends: open,
    requestedKeys: ["a", "b"],
    grows: false,
    approved: [],
  });
});

Deno.test("A21: a denial blocks its keys and no harmless expansion", () => {
  const denied = request("denied", ["a"]);
  assert.deepEqual(decideApproval([denied], ["a"], NOW), {
    kind: "denied",
    withheld: [{ keyPath: "a", reason: "denied" }],
  });
  const wider = decideApproval([denied], ["a", "b"], NOW);
  assert.ok(wider.kind === "pending");
  assert.deepEqual(wider.requestedKeys, ["b"]);
  const approved = request("approved", ["b"]);
  assert.deepEqual(decideApproval([denied, approved], ["a", "b"], NOW), {
    kind: "granted",
    approved: ["b"],
    withheld: [{ keyPath: "a", reason: "denied" }],
  });
});

Deno.test("decideApproval waits for a person at every widening, and asks only for what is new", () => {
  const decision = decideApproval([request("approved", ["a"])], ["a", "b"], NOW);
  assert.ok(decision.kind === "pending");
  assert.deepEqual(decision.requestedKeys, ["b"]);
  assert.deepEqual(decision.approved, ["a"]);
});

Deno.test("decideApproval ends an approval in the instant that it names", () => {
  const approval = request("approved", ["a"], { autoApprovalUntil: NOW });
  assert.equal(decideApproval([approval], ["a"], NOW - 1).kind, "granted");
  assert.equal(decideApproval([approval], ["a"], NOW).kind, "pending");
});

Deno.test("decideApproval takes an approval without an end as one for ever", () => {
  const approval = request("approved", ["a"], { autoApprovalUntil: null });
  assert.equal(decideApproval([approval], ["a"], NOW + 10_000 * DAY).kind, "granted");
});

Deno.test("decideApproval lets the newest decision about a key count, and a denial among equals", () => {
  const old = request("approved", ["a"], { decidedAt: NOW - 10 });
  const later = request("denied", ["a"], { decidedAt: NOW - 5 });
  assert.equal(decideApproval([old, later], ["a"], NOW).kind, "denied");
  assert.equal(decideApproval([{ ...old, decidedAt: NOW - 1 }, later], ["a"], NOW).kind, "granted");
  const same = { ...old, decidedAt: NOW - 5 };
  assert.equal(decideApproval([same, later], ["a"], NOW).kind, "denied");
  assert.equal(decideApproval([later, same], ["a"], NOW).kind, "denied");
});

const keySet = fc.subarray(["a", "b", "c", "d"]);
const histories = fc.array(
  fc.record({
    status: fc.constantFrom("pending" as const, "approved" as const, "denied" as const, "expired" as const),
    requested: keySet,
    approved: keySet,
    decidedAt: fc.integer({ min: NOW - 10, max: NOW }),
    until: fc.option(fc.integer({ min: NOW - 5, max: NOW + 5 })),
  }).map((r): AccessRequest => ({
    id: crypto.randomUUID(),
    status: r.status,
    requestedKeys: r.requested,
    approvedKeys: r.status === "approved" ? r.approved.filter((key) => r.requested.includes(key)) : null,
    requestedAt: r.decidedAt - 1,
    decidedAt: r.status === "pending" ? null : r.decidedAt,
    autoApprovalUntil: r.status === "approved" ? r.until : null,
  })),
  { maxLength: 6 },
);

Deno.test("decideApproval never lets a key pass that no live approval names", () => {
  fc.assert(
    fc.property(histories, keySet, (history, keys) => {
      const decision = decideApproval(history, keys, NOW);
      const approved = decision.kind === "granted" || decision.kind === "pending" ? decision.approved : [];
      for (const key of approved) {
        assert.ok(keys.includes(key));
        assert.ok(history.some((r) =>
          r.status === "approved" && (r.approvedKeys ?? []).includes(key) &&
          (r.autoApprovalUntil === null || r.autoApprovalUntil > NOW)
        ));
      }
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("decideApproval answers for every key exactly once: passed, kept back, or waiting", () => {
  fc.assert(
    fc.property(histories, keySet, (history, keys) => {
      const decision = decideApproval(history, keys, NOW);
      if (decision.kind === "nothing_asked") return assert.deepEqual(keys, []);
      if (decision.kind === "pending") {
        assert.ok(keys.some((key) => decision.requestedKeys.includes(key)));
        assert.ok(
          !decision.approved.some((key) => decision.requestedKeys.includes(key) && decision.extends === null),
        );
        return;
      }
      const approved = decision.kind === "granted" ? decision.approved : [];
      const answered = [...approved, ...decision.withheld.map(({ keyPath }) => keyPath)].sort();
      assert.deepEqual(answered, [...keys].sort());
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("decideApproval never asks anew for a key with a standing decision", () => {
  fc.assert(fc.property(histories, keySet, (history, keys) => {
    const closed = history.filter(({ status }) => status !== "pending");
    const decision = decideApproval(closed, keys, NOW);
    if (decision.kind !== "pending") return;
    for (const key of decision.requestedKeys) {
      assert.ok(!closed.some((r) => r.status === "denied" && r.requestedKeys.includes(key)));
    }
  }));
});

Deno.test("approvalStates lets a token outlive an approval for a month, but none for a day or for once", () => {
  const states = (["month", "day", "once"] as const).map((term) =>
    approvalStates([request("approved", ["a"], { term, autoApprovalUntil: 100 })], ["a"], 50, 200).get("a")
  );
  assert.deepEqual(states, ["approved", "undecided", "undecided"]);
});

Deno.test("onceApprovals names what a release uses up, and nothing that another decision covers", () => {
  const once = request("approved", ["a", "b"], { term: "once", autoApprovalUntil: 100 });
  assert.deepEqual(onceApprovals([once], ["a", "b"], 50, 60), [once.id]);
  assert.deepEqual(onceApprovals([{ ...once, approvedKeys: ["a"] }], ["b"], 50, 60), []);
  assert.deepEqual(onceApprovals([once], ["a"], 50, 100), [], "its term is over");
  const later = request("approved", ["a"], { decidedAt: (once.decidedAt ?? 0) + 1 });
  assert.deepEqual(onceApprovals([once, later], ["a"], 50, 60), [], "a newer decision stands");
});
