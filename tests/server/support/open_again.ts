/** The vault of a harness, opened a second time from a copy of its database, as a restart would. */

import { DatabaseSync } from "node:sqlite";
import { heapKeyStorage } from "../../../shared/crypto/key_storage.ts";
import { randomUuid } from "../../../shared/crypto/random.ts";
import { openStore } from "../../../server/store/store.ts";
import { unseal, type Unsealed } from "../../../server/vault/seal.ts";
import type { Harness } from "./harness.ts";
import { TINY_KDF } from "./vault_fixture.ts";

/** The database as it is now, in a file of its own: two servers never share one. */
function snapshot(h: Harness): string {
  const path = `${h.path}.${randomUuid()}`;
  using database = new DatabaseSync(h.path, { readOnly: true });
  database.prepare("VACUUM INTO ?").run(path);
  return path;
}

/** The same vault opened as a restart with that password would. @throws StartupError for a wrong one */
export async function openAgain(
  h: Harness,
  password: string,
): Promise<{ opened: Unsealed; close(): Promise<void> }> {
  const store = await openStore(snapshot(h), h.clock);
  const options = { password, kdf: TINY_KDF, derive: h.derive, storage: heapKeyStorage, clock: h.clock };
  try {
    const opened = await unseal(store, options);
    return {
      opened,
      close: async () => {
        await opened.close();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}
