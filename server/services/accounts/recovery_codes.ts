/** Recovery codes: ten codes of 80 bits that each stand in for a lost passkey once. Only their digests are kept. */

import { sha256 } from "../../../shared/crypto/hash.ts";
import { randomBytes, randomUuid } from "../../../shared/crypto/random.ts";
import type { Tx } from "../../audit/ledger.ts";

const COUNT = 10;
const CODE_BYTES = 10;
/** Crockford's base 32: no letter looks like a digit. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/** New codes of a person, in place of all that there were. They are shown once. */
export async function makeRecoveryCodes(tx: Tx, userRef: string): Promise<string[]> {
  const codes = Array.from({ length: COUNT }, newCode);
  await tx.db.deleteFrom("admin_recovery_codes").where("user_ref", "=", userRef).execute();
  await tx.db.insertInto("admin_recovery_codes").values(codes.map((code) => ({
    id: randomUuid(),
    user_ref: userRef,
    code_hash: sha256(normalCode(code)),
    used_at: null,
  }))).execute();
  return codes;
}

/** As typed by a person: spaces, dashes and capitals do not matter, nor letters that look like digits. */
export function normalCode(text: string): string {
  return text.toLowerCase().replaceAll(/[\s-]/g, "").replaceAll("o", "0").replaceAll(/[il]/g, "1");
}

function newCode(): string {
  let bits = BigInt(`0x${randomBytes(CODE_BYTES).toHex()}`);
  let text = "";
  for (let at = 0; at < 16; at++) {
    text += ALPHABET.charAt(Number(bits & 31n));
    bits >>= 5n;
  }
  return text.replaceAll(/(.{4})(?=.)/g, "$1-");
}
