import assert from "node:assert/strict";
import fc from "fast-check";
import {
  describeShareFault,
  parseRecoveryShare,
  printRecoveryShare,
  printSetId,
  type RecoveryShare,
  SHARE_BODY_BYTES,
  type ShareFault,
} from "../../shared/recovery_share.ts";

const bytes = (length: number, from = 0) => Uint8Array.from({ length }, (_, at) => (from + at * 7) & 255);

const SHARE: RecoveryShare = {
  setId: bytes(5, 1),
  keyTag: bytes(4, 90),
  kekVersion: 3,
  threshold: 2,
  number: 4,
  total: 5,
  body: bytes(SHARE_BODY_BYTES, 17),
};

const TEXT = printRecoveryShare(SHARE);
const DIGITS = TEXT.slice("cxs1-".length).replaceAll("-", "");

const anyShare: fc.Arbitrary<RecoveryShare> = fc.record({
  setId: fc.uint8Array({ minLength: 5, maxLength: 5 }),
  keyTag: fc.uint8Array({ minLength: 4, maxLength: 4 }),
  kekVersion: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  body: fc.uint8Array({ minLength: SHARE_BODY_BYTES, maxLength: SHARE_BODY_BYTES }),
  numbers: fc.tuple(fc.nat(198), fc.nat(198), fc.nat(199)),
}).map(({ numbers: [a, b, c], ...share }) => {
  const [threshold, total] = [Math.min(a, b) + 2, Math.max(a, b) + 2];
  return { ...share, threshold, total, number: c % total + 1 };
});

function faultOf(text: string): ShareFault {
  const parsed = parseRecoveryShare(text);
  assert.ok(!parsed.ok, "the text was taken for a share");
  return parsed.fault;
}

function replaceDigit(at: number, digit: string): string {
  return `cxs1-${DIGITS.slice(0, at)}${digit}${DIGITS.slice(at + 1)}`;
}

Deno.test("printRecoveryShare prints the prefix, the set in the first two groups, and 22 groups in all", () => {
  // Computed with Python from the layout that the file describes.
  assert.equal(
    TEXT,
    "cxs1-0440-Y5GX-B9GP-GVR0-0000-60G4-0M8H-G7S6-5MT3-PGJ9-A1BN-WSBC-EDX8-324F-JTET-9AXJ-Q70C-FKPN-VKHY-NWCS-CTYM-EJXG",
  );
  assert.match(TEXT, /^cxs1(-[0-9A-HJKMNP-TV-Z]{4}){22}$/);
  assert.ok(TEXT.startsWith(`cxs1-${printSetId(SHARE.setId)}-`));
});

Deno.test("parseRecoveryShare gives back what printRecoveryShare printed", () => {
  fc.assert(fc.property(anyShare, (share) => {
    const parsed = parseRecoveryShare(printRecoveryShare(share));
    assert.ok(parsed.ok);
    const { setId, keyTag, body, ...numbers } = parsed.share;
    assert.deepEqual([setId, keyTag, body].map((part) => [...part]), [
      [...share.setId],
      [...share.keyTag],
      [...share.body],
    ]);
    const { kekVersion, threshold, number, total } = share;
    assert.deepEqual(numbers, { kekVersion, threshold, number, total });
  }));
});

Deno.test("parseRecoveryShare reads a share as people copy it: in lower case, without dashes, over lines", () => {
  for (
    const text of [
      TEXT.toLowerCase(),
      TEXT.replaceAll("-", ""),
      TEXT.replaceAll("-", " "),
      `  ${TEXT.slice(0, 40)}\n   ${TEXT.slice(40)}\r\n`,
      TEXT.replaceAll("0", "o").replaceAll("1", "l"),
      `# Recovery share 4 of 5\n  # kept by Ada\r\n${TEXT}\n#\n`,
    ]
  ) assert.ok(parseRecoveryShare(text).ok, text);
});

Deno.test("parseRecoveryShare finds every wrong digit and names its group", () => {
  for (let at = 0; at < DIGITS.length; at++) {
    const wrong = DIGITS.charAt(at) === "7" ? "8" : "7";
    assert.deepEqual(faultOf(replaceDigit(at, wrong)), { kind: "mistyped", group: Math.floor(at / 4) + 1 });
  }
});

Deno.test("parseRecoveryShare names the group where two neighbours were swapped", () => {
  for (let at = 0; at + 1 < DIGITS.length; at++) {
    const [left, right] = [DIGITS.charAt(at), DIGITS.charAt(at + 1)];
    if (left === right) continue;
    const swapped = `cxs1${DIGITS.slice(0, at)}${right}${left}${DIGITS.slice(at + 2)}`;
    assert.deepEqual(faultOf(swapped), { kind: "mistyped", group: Math.floor(at / 4) + 1 });
  }
});

Deno.test("parseRecoveryShare says mistyped, without a group, where more is wrong", () => {
  const text = `cxs1-${"7".repeat(40)}${DIGITS.slice(40)}`;
  assert.deepEqual(faultOf(text), { kind: "mistyped", group: undefined });
});

Deno.test("parseRecoveryShare says what else a text is", () => {
  assert.deepEqual(faultOf(""), { kind: "not_a_share" });
  assert.deepEqual(faultOf("correct horse battery staple"), { kind: "not_a_share" });
  assert.deepEqual(faultOf(TEXT.slice(5)), { kind: "not_a_share" });
  assert.deepEqual(faultOf(TEXT.replace("cxs1", "cxs2")), { kind: "newer_format" });
  assert.deepEqual(faultOf(TEXT.slice(0, -1)), { kind: "wrong_length", digits: 87 });
  assert.deepEqual(faultOf(`${TEXT}0`), { kind: "wrong_length", digits: 89 });
  assert.deepEqual(faultOf(replaceDigit(50, "U")), { kind: "wrong_digit" });
});

Deno.test("parseRecoveryShare knows a share of the predecessor (golden vector of the wire contract)", () => {
  assert.deepEqual(faultOf("AQQbEjkgZ35VXDPK0fj/1q20i4JpkJeuhYzj+sGor0Zd"), { kind: "predecessor" });
});

Deno.test("parseRecoveryShare takes no text for a share by chance", () => {
  fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => !parseRecoveryShare(`cxs1-${text}`).ok));
});

Deno.test("describeShareFault never repeats the text", () => {
  const wrong = [
    replaceDigit(9, "U"),
    replaceDigit(9, "0"),
    TEXT.slice(0, -3),
    "a password typed by mistake",
  ];
  for (const text of wrong) {
    const words = describeShareFault(faultOf(text));
    for (const group of text.split("-").filter((part) => part.length > 3 && part !== "cxs1")) {
      assert.ok(!words.includes(group), words);
    }
  }
});

Deno.test("printRecoveryShare refuses numbers that no share has", () => {
  const impossible: Partial<RecoveryShare>[] = [
    { threshold: 1 },
    { threshold: 6 },
    { total: 201, threshold: 201 },
    { number: 0 },
    { number: 6 },
    { kekVersion: 0 },
    { setId: bytes(4) },
    { body: bytes(32) },
  ];
  for (const part of impossible) {
    assert.throws(() => printRecoveryShare({ ...SHARE, ...part }), Error, JSON.stringify(part));
  }
});
