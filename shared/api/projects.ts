/** Wire schemas of the admin's projects and of the secrets granted to them (section 2.5 of the wire contract). */

import * as z from "zod";
import type { Frozen } from "./frozen.ts";
import { SignLimits } from "./sign_limits.ts";
import { PageQuery } from "./page.ts";
import { SecretType } from "./secrets.ts";

export const TokenStatus = z.enum(["active", "expired", "revoked", "none"]);
export type TokenStatus = z.infer<typeof TokenStatus>;

/** One row of `GET /admin/projects`. */
export const ProjectSummary = z.object({
  id: z.string(),
  project_name: z.string(),
  agent_id: z.string().nullable().describe(
    "The agent that the project belongs to, or null once that agent was deleted.",
  ),
  namespace: z.string(),
  env_mappings: z.record(z.string(), z.string()),
  scope: z.array(z.string()),
  created_at: z.string(),
  token_expires_at: z.string().nullable(),
  token_revoked_at: z.string().nullable(),
  token_status: TokenStatus.describe("Of the newest token; `none` where there never was one."),
  frozen_at: z.string().nullable(),
  frozen_reason: z.string().nullable(),
});
export type ProjectSummary = Frozen<z.infer<typeof ProjectSummary>>;

/** Query of `GET /admin/projects`: only what fits. */
export const ProjectListQuery = PageQuery.extend({
  namespace: z.string().max(63).optional(),
  project_name: z.string().max(1_024).optional(),
  search: z.string().max(255).optional().describe("A piece of the name, capital or small."),
});
export type ProjectListQuery = z.infer<typeof ProjectListQuery>;

/** Body of `POST /admin/projects/:name/rebind`. */
export const RebindProjectRequest = z.object({ agent_id: z.string() });
export type RebindProjectRequest = z.infer<typeof RebindProjectRequest>;

export const Delivery = z.enum(["env", "file", "template", "never"]).describe(
  "A variable, a file, only inside a rendered template, or never as a value.",
);
export type Delivery = z.infer<typeof Delivery>;

/** How a grant gives its value; what is left out stays. */
const terms = {
  delivery: Delivery.nullish().describe("How it reaches a program; `env` for a new grant."),
  read_once: z.boolean().nullish().describe("A file that can be read once; no for a new grant."),
  bound: z.boolean().nullish().describe(
    "Only to commands that a person approved one by one; no for a new grant.",
  ),
  sign: SignLimits.nullish().describe("What the key may sign; all that it can for a new grant."),
};

/** Body of `POST /admin/projects/:name/grants`. */
export const CreateGrantRequest = z.object({
  secret_id: z.string().describe("Id of the secret, as the list of secrets gives it."),
  env_var_name: z.string().nullish().describe(
    "The last segment of the key path, upper case, where it is left out.",
  ),
  ...terms,
});
export type CreateGrantRequest = z.infer<typeof CreateGrantRequest>;

/** Body of `PUT /admin/projects/:name/grants/:grant_id`. */
export const UpdateGrantRequest = z.object(terms);
export type UpdateGrantRequest = z.infer<typeof UpdateGrantRequest>;

/** Answer of `POST /admin/projects/:name/grants`. */
export const CreatedGrant = z.object({
  id: z.string(),
  project_name: z.string(),
  namespace: z.string(),
  secret_id: z.string(),
  secret_key_path: z.string(),
  secret_type: SecretType,
  env_var_name: z.string().nullable().describe("As it was sent."),
  effective_name: z.string().describe("What it comes to."),
  delivery: Delivery,
  read_once: z.boolean(),
  bound: z.boolean(),
  sign: SignLimits.optional().describe("Where it has limits."),
});
export type CreatedGrant = Frozen<z.infer<typeof CreatedGrant>>;

/** One row of `GET /admin/projects/:name/grants`. */
export const GrantSummary = z.object({
  id: z.string(),
  project_name: z.string(),
  secret_id: z.string(),
  secret_key_path: z.string(),
  secret_namespace: z.string(),
  secret_type: SecretType,
  env_var_name: z.string(),
  delivery: Delivery,
  read_once: z.boolean(),
  bound: z.boolean(),
  sign: SignLimits.optional().describe("Where it has limits."),
  granted_by: z.string(),
  granted_at: z.string(),
});
export type GrantSummary = Frozen<z.infer<typeof GrantSummary>>;

/** Answer of `DELETE /admin/projects/:name`. */
export const DeletedProject = z.object({
  deleted: z.literal(true),
  project_name: z.string(),
  tokens_deleted: z.int(),
  grants_deleted: z.int(),
  pending_grants_deleted: z.int(),
  command_grants_deleted: z.int(),
});

/** Answer of `POST /admin/projects/:name/revoke`. */
export const RevokedProject = z.object({
  revoked: z.literal(true),
  project_name: z.string(),
  already_revoked: z.literal(true).optional(),
});

/** Answer of `POST /admin/projects/:name/freeze`. */
export const FrozenProject = z.object({
  frozen: z.literal(true),
  project_name: z.string(),
  already_frozen: z.boolean(),
});

/** Answer of `POST /admin/projects/:name/unfreeze`. */
export const UnfrozenProject = z.object({
  frozen: z.literal(false),
  project_name: z.string(),
  was_frozen: z.boolean(),
});

/** Answer of `POST /admin/projects/:name/rebind`. */
export const ReboundProject = z.object({
  rebound: z.literal(true),
  project_name: z.string(),
  agent_id: z.string(),
});

/** Answer of `PUT /admin/projects/:name/grants/:grant_id`: the grant's terms as they are now. */
export const UpdatedGrant = z.object({
  updated: z.literal(true),
  id: z.string(),
  delivery: Delivery,
  read_once: z.boolean(),
  bound: z.boolean(),
  sign: SignLimits.optional(),
});
