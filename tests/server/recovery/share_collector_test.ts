import assert from "node:assert/strict";
import { describeOffer, isTaken, type Offer } from "../../../server/recovery/offer.ts";
import { ShareCollector } from "../../../server/recovery/share_collector.ts";
import { keyTagOf, splitKey } from "../../../server/recovery/split.ts";
import type { RecordedSet, VaultFacts } from "../../../server/recovery/vault_facts.ts";
import { parseRecoveryShare, printRecoveryShare, printSetId } from "../../../shared/recovery_share.ts";

const KEY = Uint8Array.from({ length: 32 }, (_, at) => 255 - at);
const SALT = new Uint8Array(16).fill(3);
const TAG = keyTagOf(SALT, 2);
const SET = Uint8Array.of(9, 9, 9, 9, 9);
const OTHER_SET = Uint8Array.of(8, 8, 8, 8, 8);

const sealOf = (kek_version: number) => ({ salt: SALT, sentinel: new Uint8Array(), kek_version });

function facts(sets: Record<string, RecordedSet> = {}, kekVersion = 2): VaultFacts {
  return { seals: [sealOf(kekVersion)], sets: new Map(Object.entries(sets)) };
}

const KNOWN = facts({
  [printSetId(SET)]: { threshold: 3, kekVersion: 2 },
  [printSetId(OTHER_SET)]: { threshold: 3, kekVersion: 2 },
});

interface Change {
  readonly setId?: Uint8Array;
  readonly keyTag?: Uint8Array;
  readonly kekVersion?: number;
  readonly threshold?: number;
  readonly key?: Uint8Array;
}

function shares({ key = KEY, ...change }: Change = {}): Promise<string[]> {
  const set = { setId: SET, keyTag: TAG, kekVersion: 2, threshold: 3, total: 5 };
  return splitKey(key, { ...set, ...change });
}

const kinds = (offers: readonly Offer[]) => offers.map(({ kind }) => kind);

Deno.test("ShareCollector takes shares of one set until there are enough, and gives the key", async () => {
  const collector = new ShareCollector(KNOWN);
  const [, second = "", , fourth = "", fifth = ""] = await shares();
  assert.equal(collector.progress, undefined);
  const offers = [fifth, second, fourth].map((text) => collector.offer(text));
  assert.deepEqual(kinds(offers), ["taken", "taken", "enough"]);
  assert.ok(offers.every(isTaken));
  assert.deepEqual(collector.progress, { setId: printSetId(SET), given: 3, needed: 3 });
  const { key, set } = await collector.combine();
  assert.deepEqual(key, KEY);
  assert.deepEqual(set, { setId: printSetId(SET), threshold: 3, numbers: [2, 4, 5] });
  assert.equal(collector.progress, undefined, "the shares are forgotten");
});

Deno.test("ShareCollector names a mistyped share before anything is tried", async () => {
  const collector = new ShareCollector(KNOWN);
  const [first = ""] = await shares();
  const wrong = first.slice(0, -1) + (first.endsWith("7") ? "8" : "7");
  assert.equal(collector.offer(wrong).kind, "malformed");
  assert.equal(collector.progress, undefined);
});

Deno.test("ShareCollector names a share of another vault", async () => {
  const collector = new ShareCollector(KNOWN);
  const [foreign = ""] = await shares({ setId: Uint8Array.of(1, 1, 1, 1, 1), keyTag: new Uint8Array(4) });
  assert.deepEqual(kinds([collector.offer(foreign)]), ["foreign"]);
});

Deno.test("ShareCollector names a share from before a rotation", async () => {
  const collector = new ShareCollector(facts({ [printSetId(SET)]: { threshold: 3, kekVersion: 1 } }, 4));
  const [stale = ""] = await shares({ kekVersion: 1, keyTag: new Uint8Array(4) });
  const offer = collector.offer(stale);
  assert.deepEqual(offer, { kind: "stale", setId: printSetId(SET), madeFor: 1, current: 4 });
});

Deno.test("ShareCollector takes a set that the database does not know, where the key is the same", async () => {
  const collector = new ShareCollector(facts());
  const texts = await shares();
  assert.deepEqual(kinds(texts.slice(0, 3).map((text) => collector.offer(text))), [
    "taken",
    "taken",
    "enough",
  ]);
  assert.deepEqual((await collector.combine()).key, KEY);
});

Deno.test("ShareCollector does not mix sets", async () => {
  const collector = new ShareCollector(KNOWN);
  const [first = ""] = await shares();
  const [other = ""] = await shares({ setId: OTHER_SET });
  assert.deepEqual(kinds([collector.offer(first), collector.offer(other)]), ["taken", "other_set"]);
  assert.equal(collector.progress?.given, 1);
});

Deno.test("ShareCollector takes each share once", async () => {
  const collector = new ShareCollector(KNOWN);
  const [first = ""] = await shares();
  collector.offer(first);
  assert.deepEqual(collector.offer(first.toLowerCase()), { kind: "duplicate", number: 1 });
  assert.equal(collector.progress?.given, 1);
});

Deno.test("ShareCollector names two shares that contradict each other", async () => {
  const collector = new ShareCollector(KNOWN);
  const [first = "", second = ""] = await shares();
  const [impostor = ""] = await shares({ key: new Uint8Array(32) });
  const parsed = parseRecoveryShare(first);
  assert.ok(parsed.ok);
  const renumbered = printRecoveryShare({ ...parsed.share, number: 3 });
  assert.deepEqual(kinds([first, impostor, renumbered, second].map((text) => collector.offer(text))), [
    "taken",
    "contradiction",
    "contradiction",
    "taken",
  ]);
});

Deno.test("ShareCollector holds shares to the threshold that was recorded or asked for", async () => {
  const [forged = ""] = await shares({ threshold: 2 });
  assert.deepEqual(new ShareCollector(KNOWN).offer(forged), {
    kind: "other_threshold",
    says: 2,
    expected: 3,
  });
  const [genuine = ""] = await shares();
  assert.equal(new ShareCollector(KNOWN, 2).offer(genuine).kind, "other_threshold");
  assert.equal(new ShareCollector(KNOWN, 3).offer(genuine).kind, "taken");
});

Deno.test("ShareCollector refuses to combine too few", async () => {
  const collector = new ShareCollector(KNOWN);
  await assert.rejects(() => collector.combine());
  const [first = "", second = ""] = await shares();
  collector.offer(first);
  collector.offer(second);
  await assert.rejects(() => collector.combine());
});

Deno.test("ShareCollector begins anew after a wipe", async () => {
  const collector = new ShareCollector(KNOWN);
  const [first = ""] = await shares();
  const [other = ""] = await shares({ setId: OTHER_SET });
  collector.offer(first);
  collector.wipe();
  assert.equal(collector.progress, undefined);
  assert.equal(collector.offer(other).kind, "taken");
});

Deno.test("describeOffer never holds more of a share than its set", async () => {
  const [first = "", , third = ""] = await shares();
  const [stale = ""] = await shares({ keyTag: new Uint8Array(4), kekVersion: 1 });
  const [foreign = ""] = await shares({ setId: Uint8Array.of(1, 1, 1, 1, 1), keyTag: new Uint8Array(4) });
  const collector = new ShareCollector(KNOWN);
  for (const text of [first, first, stale, foreign, third.slice(0, -1), "a password by mistake"]) {
    const words = describeOffer(collector.offer(text));
    // Two groups at a time: one of four digits can stand in the words by chance.
    const groups = text.split("-").slice(3);
    const pairs = groups.slice(1).map((group, at) => `${groups[at]}${group}`).filter((pair) =>
      pair !== "00000000"
    );
    for (const pair of pairs) assert.ok(!words.replaceAll("-", "").includes(pair), words);
    assert.match(words, /^[A-Z0-9].*[^.]$/);
  }
});

Deno.test("ShareCollector takes shares of the key before while a rotation runs, and says what proves them", async () => {
  const before = { salt: new Uint8Array(16).fill(7), sentinel: new Uint8Array(), kek_version: 1 };
  const collector = new ShareCollector({ seals: [sealOf(2), before], sets: new Map() });
  const [one = "", two = "", three = ""] = await shares({ kekVersion: 1, keyTag: keyTagOf(before.salt, 1) });
  for (const text of [one, two, three]) assert.ok(isTaken(collector.offer(text)));
  assert.equal((await collector.combine()).seal, before);
});
