/** Wire schemas of people and their roles. */

import { z } from "zod";
import type { RoleGiven } from "./auth.ts";
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
export interface PersonSummary {
  readonly id: string;
  readonly email: string;
  readonly display_name: string | null;
  readonly roles: readonly RoleGiven[];
  readonly disabled_at: string | null;
  readonly last_sign_in_at: string | null;
  readonly created_at: string;
  readonly created_by: string;
}

/** Answer of `POST /admin/people`: the only time that the link is shown. */
export interface InvitedPerson {
  readonly person: PersonSummary;
  /** Works once, until `expires_at`; below the address of the server. */
  readonly path: string;
  readonly code: string;
  readonly expires_at: string;
}
