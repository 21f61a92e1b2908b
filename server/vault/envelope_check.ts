/** Whether a sealed row is sound, without giving what is in it: what a backup is proved with before it is trusted. */

import { wipe } from "../../shared/crypto/wipe.ts";
import type { SealedColumns } from "../store/vault_schema.ts";
import type { Place } from "./associated_data.ts";
import { openEnvelope } from "./envelope.ts";
import type { Keyring } from "./keyring.ts";

export function envelopeOpens(keyring: Keyring, place: Place, sealed: SealedColumns): boolean {
  const plaintext = openEnvelope(keyring, place, sealed);
  if (plaintext !== undefined) wipe(plaintext);
  return plaintext !== undefined;
}
