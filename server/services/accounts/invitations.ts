/**
 * One-time codes by which people set their password: for who was invited, and, while there is nobody, for the first account. Only the
 * digest of a code is kept; a newer code of a person ends the older ones.
 */

import { DAY, type Instant } from "../../../shared/clock.ts";
import { sha256 } from "../../../shared/crypto/hash.ts";
import { randomBytes, randomUuid } from "../../../shared/crypto/random.ts";
import { toBase64Url } from "../../../shared/encoding.ts";
import { VaultError } from "../../../shared/errors.ts";
import type { Ledger, Tx } from "../../audit/ledger.ts";

export const INVITATION_LIFE = 3 * DAY;
const CODE_BYTES = 32;

export interface Invitation {
  readonly code: string;
  /** Below the address of the server. */
  readonly path: string;
  readonly expiresAt: Instant;
}

/** For the first boot: a code that makes the first account; undefined where there are people. */
export async function firstInvitation(ledger: Ledger, now: Instant): Promise<Invitation | undefined> {
  return await ledger.commit(async (tx) => {
    const anybody = await tx.db.selectFrom("admin_users").select("id").limit(1).executeTakeFirst();
    return anybody === undefined ? await invite(tx, null, now) : undefined;
  });
}

/** For a person, or (`null`) for who will be the first. */
export async function invite(tx: Tx, userRef: string | null, now: Instant): Promise<Invitation> {
  const code = toBase64Url(randomBytes(CODE_BYTES));
  const expiresAt = now + INVITATION_LIFE;
  await tx.db.deleteFrom("admin_invitations")
    .where("user_ref", userRef === null ? "is" : "=", userRef).execute();
  await tx.db.insertInto("admin_invitations").values({
    id: randomUuid(),
    user_ref: userRef,
    code_hash: sha256(code),
    created_at: now,
    expires_at: expiresAt,
    used_at: null,
  }).execute();
  return { code, path: `/welcome/${code}`, expiresAt };
}

/** Uses a code up and gives whose it was. Of two that use it, one gets in. @throws VaultError `invitation.invalid` */
export async function useInvitation(tx: Tx, code: string, now: Instant): Promise<string | null> {
  const row = await tx.db.updateTable("admin_invitations").set({ used_at: now })
    .where("code_hash", "=", sha256(code)).where("used_at", "is", null).where("expires_at", ">", now)
    .returning("user_ref").executeTakeFirst();
  if (row !== undefined) return row.user_ref;
  throw new VaultError("invitation.invalid", "This link was used or is over; ask for another one");
}
