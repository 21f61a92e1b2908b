/** Signing keys with what vouches for them, out of the database. */

import { type Clock, unixSeconds } from "../../shared/clock.ts";
import { type Handover, printHandover } from "../../shared/proofs/key_handover.ts";
import type { Store } from "../store/store.ts";
import type { LoadedSigningKey } from "../vault/server_keys.ts";
import { SigningKeys } from "./signing_keys.ts";

/** The keys of an open vault. */
export async function loadSigningKeys(
  store: Pick<Store, "reader">,
  keys: readonly LoadedSigningKey[],
  clock: Clock,
): Promise<SigningKeys> {
  return new SigningKeys(keys, clock, await loadHandovers(store));
}

async function loadHandovers({ reader }: Pick<Store, "reader">): Promise<Handover[]> {
  const rows = await reader.selectFrom("signing_key_handovers").selectAll().orderBy("at").execute();
  return rows.map((row) => printHandover({ ...row, at: unixSeconds(row.at) }));
}
