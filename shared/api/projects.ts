/** Wire schemas of the admin's projects and of the secrets granted to them (section 2.5 of the wire contract). */

import { z } from "zod";
import { SignLimits } from "./sign_limits.ts";
import { PageQuery } from "./page.ts";

export type TokenStatus = "active" | "expired" | "revoked" | "none";

/** One row of `GET /admin/projects`. */
export interface ProjectSummary {
  readonly id: string;
  readonly project_name: string;
  /** The agent that the project belongs to, or null once that agent was deleted. */
  readonly agent_id: string | null;
  readonly namespace: string;
  readonly env_mappings: Readonly<Record<string, string>>;
  readonly scope: readonly string[];
  readonly created_at: string;
  readonly token_expires_at: string | null;
  readonly token_revoked_at: string | null;
  /** Of the newest token; `none` where there never was one. */
  readonly token_status: TokenStatus;
  readonly frozen_at: string | null;
  readonly frozen_reason: string | null;
}

/** Query of `GET /admin/projects`: only what fits. */
export const ProjectListQuery = PageQuery.extend({
  namespace: z.string().max(63).optional(),
  project_name: z.string().max(1_024).optional(),
  /** A piece of the name, capital or small. */
  search: z.string().max(255).optional(),
});
export type ProjectListQuery = z.infer<typeof ProjectListQuery>;

/** Body of `POST /admin/projects/:name/rebind`. */
export const RebindProjectRequest = z.object({ agent_id: z.string() });
export type RebindProjectRequest = z.infer<typeof RebindProjectRequest>;

/** A variable, a file, only inside a rendered template, or never as a value. */
export const Delivery = z.enum(["env", "file", "template", "never"]);
export type Delivery = z.infer<typeof Delivery>;

/** How a grant gives its value; what is left out stays, or is as in parentheses. */
const terms = {
  /** (`env`) */
  delivery: Delivery.nullish(),
  /** A file that can be read once (no). */
  read_once: z.boolean().nullish(),
  /** Only to commands that a person approved one by one (no). */
  bound: z.boolean().nullish(),
  /** What the key may sign (all that it can). */
  sign: SignLimits.nullish(),
};

/** Body of `POST /admin/projects/:name/grants`. */
export const CreateGrantRequest = z.object({
  secret_id: z.string(),
  /** The last segment of the key path, upper case, where it is left out. */
  env_var_name: z.string().nullish(),
  ...terms,
});
export type CreateGrantRequest = z.infer<typeof CreateGrantRequest>;

/** Body of `PUT /admin/projects/:name/grants/:grant_id`. */
export const UpdateGrantRequest = z.object(terms);
export type UpdateGrantRequest = z.infer<typeof UpdateGrantRequest>;

/** Answer of `POST /admin/projects/:name/grants`. */
export interface CreatedGrant {
  readonly id: string;
  readonly project_name: string;
  readonly namespace: string;
  readonly secret_id: string;
  readonly secret_key_path: string;
  /** As it was sent. */
  readonly env_var_name: string | null;
  /** What it comes to. */
  readonly effective_name: string;
  readonly delivery: Delivery;
  readonly read_once: boolean;
  readonly bound: boolean;
  /** Where it has limits. */
  readonly sign?: SignLimits;
}

/** One row of `GET /admin/projects/:name/grants`. */
export interface GrantSummary {
  readonly id: string;
  readonly project_name: string;
  readonly secret_id: string;
  readonly secret_key_path: string;
  readonly secret_namespace: string;
  readonly env_var_name: string;
  readonly delivery: Delivery;
  readonly read_once: boolean;
  readonly bound: boolean;
  /** Where it has limits. */
  readonly sign?: SignLimits;
  readonly granted_by: string;
  readonly granted_at: string;
}
