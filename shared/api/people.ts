/** Wire schemas of people and their roles. */

import * as z from "zod";
import type { Frozen } from "./frozen.ts";
import { RoleGiven } from "./auth.ts";
import { oneLine } from "./text.ts";

const roles = z.array(z.object({
  role: z.enum(["super-admin", "namespace-admin", "approver", "auditor"]),
  namespaces: z.array(z.string().min(1).max(100)).min(1).max(100).nullish(),
})).max(20);

/** Body of `POST /admin/people`. */
export const InvitePersonRequest = z.object({
  email: z.string().min(1).max(400),
  display_name: oneLine(100).nullish(),
  roles,
});
export type InvitePersonRequest = z.infer<typeof InvitePersonRequest>;

/** Body of `PUT /admin/people/:id`; what is left out stays. */
export const UpdatePersonRequest = z.object({
  display_name: oneLine(100).nullish(),
  roles: roles.optional(),
});
export type UpdatePersonRequest = z.infer<typeof UpdatePersonRequest>;

/** One row of `GET /admin/people`. */
export const PersonSummary = z.object({
  id: z.string(),
  email: z.string(),
  display_name: z.string().nullable(),
  roles: z.array(RoleGiven),
  disabled_at: z.string().nullable(),
  last_sign_in_at: z.string().nullable(),
  created_at: z.string(),
  created_by: z.string(),
});
export type PersonSummary = Frozen<z.infer<typeof PersonSummary>>;

/** Answer of `POST /admin/people`: the only time that the link is shown. */
export const InvitedPerson = z.object({
  person: PersonSummary,
  path: z.string().describe("Works once, until `expires_at`; below the address of the server."),
  code: z.string(),
  expires_at: z.string(),
});
export type InvitedPerson = Frozen<z.infer<typeof InvitedPerson>>;

/** Answer of `POST /admin/people/:id/disable`. */
export const DisabledPerson = z.object({
  disabled: z.literal(true),
  id: z.string(),
  already_disabled: z.boolean(),
});

/** Answer of `POST /admin/people/:id/enable`. */
export const EnabledPerson = z.object({
  disabled: z.literal(false),
  id: z.string(),
  was_disabled: z.boolean(),
});

/** Answer of `DELETE /admin/people/:id/sessions`: how many ended. */
export const EndedSessions = z.object({ ended: z.int() });

/** Answer of `POST /admin/admin-token/rotate`: the only time that the token is shown. */
export const RotatedAdminToken = z.object({ admin_token: z.string() });
