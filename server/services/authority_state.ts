/** Whether what somebody came in by still holds, for answers that go on for minutes. */

import type { AdminCaller } from "../caller.ts";
import type { Instant } from "../../shared/clock.ts";
import type { Queries } from "../store/schema.ts";

/**
 * Everything that the caller's rights come from, as one text; undefined where the session or token was ended, is over, or its
 * person was shut out. The admin token has no row of its own and gives always the same.
 */
export async function authorityState(
  db: Queries,
  { authority: { by, id } }: AdminCaller,
  now: Instant,
): Promise<string | undefined> {
  if (by === "admin_token" || id === null) return "";
  const row = by === "session" ? await ofSession(db, id, now) : await ofApiToken(db, id, now);
  return row === undefined ? undefined : JSON.stringify(row);
}

function ofSession(db: Queries, id: string, now: Instant) {
  return db.selectFrom("admin_sessions as s").innerJoin("admin_users as u", "u.id", "s.user_ref")
    .select("u.roles").where("s.id", "=", id).where("s.revoked_at", "is", null)
    .where("s.expires_at", ">", now).where("u.disabled_at", "is", null).executeTakeFirst();
}

function ofApiToken(db: Queries, id: string, now: Instant) {
  return db.selectFrom("admin_api_tokens as t").innerJoin("admin_users as u", "u.id", "t.user_ref")
    .select(["u.roles", "t.rights", "t.namespaces"]).where("t.id", "=", id).where("t.revoked_at", "is", null)
    .where("t.expires_at", ">", now).where("u.disabled_at", "is", null).executeTakeFirst();
}
