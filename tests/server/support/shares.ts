/** Recovery shares of a database that no server holds open, made as the server makes them. */

import { systemClock } from "../../../shared/clock.ts";
import { randomBytes } from "../../../shared/crypto/random.ts";
import { printSetId, SET_ID_BYTES } from "../../../shared/recovery_share.ts";
import { kekOfPassword } from "../../../server/recovery/kek_proof.ts";
import { keyTagOf, splitKey } from "../../../server/recovery/split.ts";
import { openStore } from "../../../server/store/store.ts";
import { deriveByArgon2id } from "../../../server/vault/kdf.ts";

export interface TestSet {
  readonly id: string;
  readonly texts: readonly string[];
}

export async function makeShares(
  path: string,
  password: string,
  { threshold, total }: { threshold: number; total: number },
): Promise<TestSet> {
  const store = await openStore(path, systemClock);
  try {
    const proven = await kekOfPassword(store, deriveByArgon2id, password);
    if (proven === undefined) throw new Error("the password of the test is wrong");
    const { kek, version, salt } = proven;
    const setId = randomBytes(SET_ID_BYTES);
    const facts = { setId, keyTag: keyTagOf(salt, version), kekVersion: version, threshold, total };
    return { id: printSetId(setId), texts: await splitKey(kek, facts) };
  } finally {
    await store.close();
  }
}
