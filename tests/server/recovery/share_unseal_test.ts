import assert from "node:assert/strict";
import { ShareUnseal } from "../../../server/recovery/share_unseal.ts";
import { kekOfPassword, proveKek, readSealRow } from "../../../server/recovery/kek_proof.ts";
import { keyTagOf, splitKey } from "../../../server/recovery/split.ts";
import { createVaultFixture, TEST_PASSWORD, type VaultFixture } from "../support/vault_fixture.ts";
import { HOUR } from "../../../shared/clock.ts";
import { VaultError } from "../../../shared/errors.ts";

interface Scene {
  readonly vault: VaultFixture;
  readonly unseal: ShareUnseal;
  /** A set of three, of which two are enough. */
  shares(of?: Uint8Array): Promise<string[]>;
}

function withScene(test: (scene: Scene) => Promise<void>): () => Promise<void> {
  return async () => {
    const vault = await createVaultFixture();
    try {
      const proven = await kekOfPassword(vault.store, vault.derive, TEST_PASSWORD);
      assert.ok(proven !== undefined);
      const { kek, salt } = proven;
      let sets = 0;
      const shares = (key: Uint8Array = kek) => {
        const setId = new Uint8Array(5).fill(++sets);
        return splitKey(key, { setId, keyTag: keyTagOf(salt, 1), kekVersion: 1, threshold: 2, total: 3 });
      };
      await test({ vault, unseal: new ShareUnseal(vault.store, vault.clock), shares });
    } finally {
      await vault.dispose();
    }
  };
}

async function reasonOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof VaultError && error.code === "recovery.share_refused", String(error));
    return error.details?.["reason"];
  }
  return assert.fail("the share was taken");
}

Deno.test(
  "ShareUnseal tells how far it is and gives the key with the last share",
  withScene(async ({ vault, unseal, shares }) => {
    const [one = "", , three = ""] = await shares();
    const first = await unseal.offer(one);
    assert.equal(first.kind, "waiting");
    assert.deepEqual([unseal.progress?.given, unseal.progress?.needed], [1, 2]);
    const last = await unseal.offer(three);
    assert.ok(last.kind === "recovered");
    assert.deepEqual(last.recovered.set.numbers, [1, 3]);
    const seal = await readSealRow(vault.store);
    assert.ok(seal !== undefined && proveKek(last.recovered.proven.kek, seal) !== undefined);
    assert.equal(unseal.progress, undefined);
  }),
);

Deno.test(
  "ShareUnseal gives the key once, however many shares arrive at the same moment",
  withScene(async ({ unseal, shares }) => {
    const steps = await Promise.all((await shares()).map((text) => unseal.offer(text)));
    assert.deepEqual(steps.map(({ kind }) => kind), ["waiting", "recovered", "waiting"]);
    assert.equal(unseal.progress?.given, 1);
  }),
);

Deno.test(
  "ShareUnseal names what is wrong with a share, in words and for programs",
  withScene(async ({ unseal, shares }) => {
    const [one = "", two = ""] = await shares();
    const [other = ""] = await shares();
    const typo = `${two.slice(0, 30)}${two[30] === "7" ? "8" : "7"}${two.slice(31)}`;
    await unseal.offer(one);
    assert.equal(await reasonOf(unseal.offer(one)), "duplicate");
    assert.equal(await reasonOf(unseal.offer(other)), "other_set");
    assert.equal(await reasonOf(unseal.offer(typo)), "mistyped");
    assert.equal(await reasonOf(unseal.offer("a password")), "not_a_share");
    await assert.rejects(unseal.offer(typo), { details: { reason: "mistyped", group: 6 } });
    assert.equal(unseal.progress?.given, 1, "what was given before stays");
  }),
);

Deno.test(
  "ShareUnseal starts over when told to",
  withScene(async ({ unseal, shares }) => {
    const [one = ""] = await shares();
    const [other = ""] = await shares();
    await unseal.offer(one);
    unseal.reset();
    assert.equal(unseal.progress, undefined);
    assert.equal((await unseal.offer(other)).kind, "waiting");
  }),
);

Deno.test(
  "ShareUnseal forgets shares that have waited an hour for the next one",
  withScene(async ({ vault, unseal, shares }) => {
    const [one = "", two = ""] = await shares();
    await unseal.offer(one);
    vault.clock.advance(HOUR - 1);
    assert.equal(unseal.progress?.given, 1);
    vault.clock.advance(1);
    assert.equal(unseal.progress, undefined);
    assert.equal((await unseal.offer(two)).kind, "waiting");
  }),
);

Deno.test(
  "ShareUnseal refuses shares that come to another key, and starts over",
  withScene(async ({ unseal, shares }) => {
    const [one = "", two = ""] = await shares(new Uint8Array(32).fill(1));
    await unseal.offer(one);
    await assert.rejects(unseal.offer(two), { code: "recovery.shares_do_not_open", message: /altered/ });
    assert.equal(unseal.progress, undefined);
    const [good = "", better = ""] = await shares();
    await unseal.offer(good);
    assert.equal((await unseal.offer(better)).kind, "recovered");
  }),
);

Deno.test(
  "ShareUnseal holds shares against the key that the vault has now",
  withScene(async ({ vault, unseal, shares }) => {
    const [one = ""] = await shares();
    await vault.ledger.commit((tx) => tx.db.updateTable("vault_seal").set({ kek_version: 2 }).execute());
    assert.equal(await reasonOf(unseal.offer(one)), "foreign");
  }),
);
